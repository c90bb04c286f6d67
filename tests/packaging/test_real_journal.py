"""The charger's log as systemd's own journald keeps it and `journalctl -x` explains it, in a namespace of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent.journal_entry import id_of_fault
from tools.code_shape import ROOT

JOURNALD = Path("/lib/systemd/systemd-journald")
CATALOG = Path("/usr/lib/systemd/catalog")
DATABASE = Path("/var/lib/systemd/catalog")
SCRIPT = f"""
cd {ROOT} && mount -t tmpfs own /run && mkdir -p /run/systemd/journal /run/log/journal || exit 77
mount -t tmpfs own {CATALOG} && mount -t tmpfs own {DATABASE} || exit 77
cp packaging/catalog/evse-agent.catalog {CATALOG}/ && journalctl --update-catalog || exit 1
{JOURNALD} & journald=$!
{sys.executable} -c "$PROGRAM"
ended=$?
kill $journald
exit $ended
"""
PROGRAM = """
import json, logging, os, socket, subprocess, sys, time
from agent import logs
from agent.bus import News
from agent.core.identity import ConnectorId
from agent.core.time import Instant

STDOUT = "/run/systemd/journal/stdout"

def until(seen):
    give_up = time.monotonic() + 15
    while not seen() and time.monotonic() < give_up:
        time.sleep(0.05)

def shown(*words):
    return subprocess.run(["journalctl", *words], capture_output=True, text=True).stdout

until(lambda: os.path.exists(STDOUT))
ours = socket.socket(socket.AF_UNIX)
ours.connect(STDOUT)
# As systemd does for a service: who it is, its unit, a priority, whether "<4>" is read, no copies elsewhere.
ours.sendall(b"evse-agent\\n\\n6\\n1\\n0\\n0\\n0\\n")
status = os.fstat(ours.fileno())
os.environ["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
stream = ours.makefile("w")
logs.setup(logging.INFO, stream)
log = logging.getLogger("agent.room")
log.warning("meter answered late", extra={"connector": 2, "waited_ms": 740})
fields = (("id", "cp.short"), ("severity", "C"), ("evidence", "high_v=0.4"))
news = News(name="fault.raised", at=Instant(5.0, None, "boot-7"), connector=ConnectorId(1), fields=fields)
log.info(news.name, extra={**dict(fields), logs.NEWS: news, logs.STATE: "Faulted"})
try:
    int("no number")
except ValueError:
    log.exception("task failed")
print("of another program", file=stream, flush=True)
of_ours = ("-t", "evse-agent", "-o", "json")
until(lambda: len(shown(*of_ours).splitlines()) >= 4)
time.sleep(0.2)
entries = [json.loads(line) for line in shown(*of_ours).splitlines()]
print(json.dumps([entries, shown("-x", "EVSE_CODE=cp.short"), shown("-p", "crit", "-o", "cat")]))
"""


@pytest.mark.skipif(os.geteuid() != 0 or not JOURNALD.exists(), reason="needs root and systemd's journald")
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare")
@pytest.mark.skipif(not CATALOG.is_dir() or not DATABASE.is_dir(), reason="systemd has no catalogue here")
def test_a_real_journal_keeps_each_line_once_with_its_fields_and_explains_it() -> None:
    ran = subprocess.run(
        ["unshare", "--mount", "sh", "-c", SCRIPT],
        env={**os.environ, "PROGRAM": PROGRAM, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if ran.returncode == 77 or "unshare:" in ran.stderr:
        pytest.skip(f"no namespace here: {ran.stderr.strip()[-200:]}")
    assert ran.returncode == 0, ran.stderr[-2000:]

    entries, explained, grave = json.loads(ran.stdout.splitlines()[-1])

    # The two ways into the journal overtake each other.
    entries.sort(key=lambda one: one["_TRANSPORT"])
    told = [(one["MESSAGE"].partition("\n")[0], one["PRIORITY"], one["_TRANSPORT"]) for one in entries]
    assert told == [
        ("meter answered late connector=2 waited_ms=740", "4", "journal"),
        ('fault.raised id=cp.short severity=C evidence="high_v=0.4"', "2", "journal"),
        ("task failed", "3", "journal"),
        ("of another program", "6", "stdout"),
    ]
    ours = {name: value for name, value in entries[1].items() if name.startswith("EVSE_") or name == "MESSAGE_ID"}
    assert ours == {
        "MESSAGE_ID": id_of_fault("cp.short"),
        "EVSE_CODE": "cp.short",
        "EVSE_MREC": "CX014",
        "EVSE_PORT": "1",
        "EVSE_STATE": "Faulted",
        "EVSE_BOOT": "boot-7",
        "EVSE_SEQ": "2",
    }
    assert entries[2]["MESSAGE"].splitlines()[-1].endswith("'no number'")
    assert "Likely causes: wet or damaged connector, cut cable, faulty car." in explained
    assert "evsectl explain --connector 1" in explained
    assert grave.splitlines() == ['fault.raised id=cp.short severity=C evidence="high_v=0.4"']
