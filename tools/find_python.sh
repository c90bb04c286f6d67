#!/bin/sh
# Prints a Python that can carry this project, 3.11 to 3.13 with its venv module; says what to install when there is none.
# EVSE_PYTHON names one to use and nothing else.
set -u

fits='import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
unfit=''
bare=''
for python in ${EVSE_PYTHON:-python3 python3.13 python3.12 python3.11}; do
    command -v "$python" >/dev/null 2>&1 || continue
    if ! "$python" -c "$fits" >/dev/null 2>&1; then
        unfit="$unfit $python"
    elif "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        command -v "$python"
        exit 0
    else
        bare="$bare $python"
    fi
done

if [ -n "$bare" ]; then
    echo "Found$bare, but without the module that makes virtual environments." >&2
    echo "On Debian and Raspberry Pi OS: sudo apt install python3-venv" >&2
else
    echo "No Python 3.11, 3.12 or 3.13 was found${unfit:+ (looked at$unfit)}." >&2
    echo "On Debian and Raspberry Pi OS, release 12 or later: sudo apt install python3 python3-venv" >&2
    echo "Installed elsewhere? Say where: make test EVSE_PYTHON=/path/to/python3.12" >&2
fi
exit 1
