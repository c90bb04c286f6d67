"""systemd's own journald and journalctl, in a namespace of their own, where this machine lets us."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.code_shape import ROOT

JOURNALD = Path("/lib/systemd/systemd-journald")
SCRIPT = """
mount -t tmpfs own /run && mkdir -p /run/systemd/journal /run/log/journal && cd {root} || exit 77
{journald} & journald=$!
{python} -c '{program}'
ended=$?
kill $journald
exit $ended
"""
PROGRAM = """
import json, socket, struct, sys, time
from agent.errors import NotTold
from agent.host.system_log import Span, SystemLog

def told(of):
    try:
        return [json.loads(line) for line in of(Span(oldest_ms=1000))]
    except NotTold as why:
        return str(why)

def send(fields):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect("/run/systemd/journal/socket")
        out.send("".join(f"{name}={value}\\n" for name, value in fields.items()).encode())

def until(seen):
    give_up = time.monotonic() + 15
    while not seen() and time.monotonic() < give_up:
        time.sleep(0.05)

def sent():
    try:
        for text in ("link lost reconnects=3", "idTag=ABC of 04A1B2C3D4E5F6"):
            send({"MESSAGE": text, "PRIORITY": 4, "SYSLOG_IDENTIFIER": "evse-agent",
                  "OBJECT_SYSTEMD_UNIT": "evse-agent.service"})
        return True
    except OSError:
        return False

until(sent)
until(lambda: len(told(SystemLog().own_lines)) == 2)
print(json.dumps([told(SystemLog().own_lines), told(SystemLog().kernel_lines)]))
"""


@pytest.mark.skipif(os.geteuid() != 0 or not JOURNALD.exists(), reason="needs root and systemd's journald")
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare")
def test_a_real_journal_is_read_and_its_lines_are_made_fit_to_leave() -> None:
    script = SCRIPT.format(root=ROOT, journald=JOURNALD, python=sys.executable, program=PROGRAM.replace("'", '"'))
    ran = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    if ran.returncode == 77 or "unshare:" in ran.stderr:
        pytest.skip(f"no namespace here: {ran.stderr.strip()[-200:]}")

    own, kernel = json.loads(ran.stdout.splitlines()[-1])

    assert [one["text"] for one in own] == ["idTag=… of …", "link lost reconnects=3"]
    assert {one["priority"] for one in own} == {4} and {one["from"] for one in own} == {"evse-agent"}
    assert isinstance(kernel, str) or all(one["about"] for one in kernel)
