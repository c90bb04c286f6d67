"""mypy over the board's program with MicroPython's library: `python -m tools.typecheck_firmware [OPTION …]`.

The installed stubs lie among everything else in site-packages, where mypy would take CPython's modules for
MicroPython's. So they are linked into a folder of their own, and that is all mypy sees.
"""

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory

STUBS = ("micropython-stdlib-stubs", "micropython-rp2-rpi-pico-stubs")
TOP = Path(__file__).resolve().parent.parent


def link_stubs(name: str, folder: Path) -> None:
    """Every stub of one installed distribution, at its place below `folder`. Raises PackageNotFoundError."""
    for file in distribution(name).files or ():
        if file.suffix == ".pyi" or file.name == "VERSIONS":
            link = folder / file
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(Path(str(file.locate())).resolve())


def main() -> int:
    """mypy's exit code, 2 where the stubs are not installed."""
    with TemporaryDirectory(prefix="micropython-stubs") as stubs:
        (Path(stubs) / "stubs" / "mypy-extensions").mkdir(parents=True)
        try:
            for name in STUBS:
                link_stubs(name, Path(stubs))
        except PackageNotFoundError as error:
            print(f"{error.name} is not installed; the dev extra of pyproject.toml has it", file=sys.stderr)
            return 2
        path = os.pathsep.join((stubs, *(str(TOP / "firmware" / folder) for folder in ("pilot_board", "loader"))))
        command = [sys.executable, "-m", "mypy", "--config-file", "firmware/mypy.ini", "--custom-typeshed-dir", stubs]
        environment = {**os.environ, "MYPYPATH": path}
        return subprocess.run([*command, *sys.argv[1:]], cwd=TOP, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
