"""The unit file keeps its promises, and systemd agrees where it is installed."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.__main__ import DEFAULT_CONFIG, EXIT_UNUSABLE
from agent.app import ENDS_WITHIN_S
from agent.connector import retiring
from agent.control.roles import Role
from agent.core.runs import BY_MEMORY
from agent.drivers import interfaces
from agent.host.crashes import Crashes
from agent.ocpp_client import link
from agent.recorder import recorder
from agent.station import run_record, textfile, wear, wire_trace
from agent.store import journal, writer
from agent.telemetry import client
from tools.code_shape import ROOT
from tools.station import OF_THE_UNIT

PACKAGING = ROOT / "packaging"
UNIT = PACKAGING / "evse-agent.service"
MOST_EXPOSED = 2.0
"""Of the part that has the network; `systemd-analyze security` gives 0 (best) to 10."""

SLOW_CONTROLLER_S = 5.0
"""For what has no bound of its own because it waits for nothing: closing files, the end of the interpreter."""

Unit = Mapping[str, tuple[str, ...]]


def read_unit(text: str) -> Unit:
    """Every `Section.Key` with its values in order; a key may stand more than once."""
    values: dict[str, list[str]] = {}
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif line and line[0] not in "#;":
            key, _, value = line.partition("=")
            values.setdefault(f"{section}.{key}", []).append(value)
    return {key: tuple(found) for key, found in values.items()}


def rows(path: Path) -> list[list[str]]:
    """The lines of a sysusers.d or tmpfiles.d file as words; a quoted word keeps its blanks."""
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return [re.findall(r'"[^"]*"|\S+', line) for line in lines]


@pytest.fixture(scope="module")
def unit() -> Unit:
    return read_unit(UNIT.read_text())


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no pools to limit")
def test_all_threads_share_one_pool_of_memory(unit: Unit) -> None:
    probe = (
        "import ctypes, threading; thread = threading.Thread(target=bytearray, args=(1 << 16,));"
        "thread.start(); thread.join(); ctypes.CDLL(None).malloc_stats()"
    )
    words = (word.partition("=") for line in unit["Service.Environment"] for word in line.split())
    environment = {name: value for name, _, value in words}

    told = subprocess.run([sys.executable, "-c", probe], env=environment, capture_output=True, text=True, check=True)

    assert told.stderr.count("Arena ") == 1
    assert OF_THE_UNIT.items() <= environment.items()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Unit.StartLimitIntervalSec", "0"),
        ("Service.Type", "notify"),
        ("Service.NotifyAccess", "main"),
        ("Service.WatchdogSec", "10"),
        ("Service.Restart", "always"),
        ("Service.RestartSec", "2"),
        ("Service.TimeoutStopSec", "35"),
        ("Service.Nice", "-5"),
        ("Service.User", "evse-agent"),
        ("Service.NoNewPrivileges", "yes"),
        ("Service.CapabilityBoundingSet", ""),
        ("Service.ProtectSystem", "strict"),
        ("Service.ProtectHome", "yes"),
        ("Service.StateDirectory", "evse-agent"),
        ("Service.StateDirectoryMode", "0700"),
        ("Service.RuntimeDirectory", "evse-agent"),
        ("Service.RuntimeDirectoryPreserve", "restart"),
        ("Service.DevicePolicy", "closed"),
        ("Install.WantedBy", "multi-user.target"),
    ],
)
def test_the_unit_promises(unit: Unit, key: str, value: str) -> None:
    assert unit[key] == (value,)


def test_the_unit_waits_longer_than_the_program_may_take_to_end(unit: Unit) -> None:
    waits = (
        retiring.WITHOUT_POWER_WITHIN_S,
        retiring.RECORDS_WITHIN_S,
        link.GOODBYE_WITHIN_S,
        max(client.GOODBYE_WITHIN_S, textfile.CONCLUDES_WITHIN_S),
        2 * interfaces.CLOSES_WITHIN_S,
        journal.CONCLUDES_WITHIN_S,
        wire_trace.CONCLUDES_WITHIN_S,
        max(wear.CONCLUDES_WITHIN_S, recorder.CONCLUDES_WITHIN_S, run_record.CONCLUDES_WITHIN_S),
        writer.CLOSES_WITHIN_S,
    )

    assert sum(waits) == ENDS_WITHIN_S
    assert float(unit["Service.TimeoutStopSec"][0]) > ENDS_WITHIN_S + SLOW_CONTROLLER_S
    for page, words in ((UNIT, "{:g} s if everything takes"), (PACKAGING / "README.md", "all at once it is {:g} s")):
        assert words.format(ENDS_WITHIN_S) in page.read_text(encoding="utf-8")


def test_the_word_of_the_service_manager_reaches_the_next_start(unit: Unit, tmp_path: Path) -> None:
    """The line as systemd runs it: "$$" is a dollar sign there, and a leading "-" lets it fail."""
    [line] = unit["Service.ExecStopPost"]
    words = [word.replace("$$", "$") for word in shlex.split(line.removeprefix("-"))]
    environment = {"SERVICE_RESULT": "oom-kill", "RUNTIME_DIRECTORY": str(tmp_path)}

    subprocess.run(words, env=environment, check=True)

    assert Crashes(tmp_path / "state", tmp_path).collect("1.0").result == BY_MEMORY


def test_the_unit_tells_the_same_number_as_the_program() -> None:
    assert f": {ENDS_WITHIN_S:g} s if everything takes as long as it may" in UNIT.read_text()


def test_the_charger_starts_without_network_and_time(unit: Unit) -> None:
    waits = " ".join(" ".join(unit.get(f"Unit.{key}", ())) for key in ("After", "Wants", "Requires", "BindsTo"))

    assert "network" not in waits
    assert "time-sync" not in waits


def test_an_unusable_configuration_is_the_only_end_without_a_new_start(unit: Unit) -> None:
    assert unit["Service.RestartPreventExitStatus"] == (str(EXIT_UNUSABLE),)


def test_the_unit_starts_the_program_with_the_site_file_it_looks_for(unit: Unit) -> None:
    (command,) = unit["Service.ExecStart"]

    assert command.split()[1:] == ["run", "--config", str(DEFAULT_CONFIG)]


def test_the_kernels_boot_id_stays_visible(unit: Unit) -> None:
    assert "Service.ProcSubset" not in unit


def test_only_serial_ports_pins_and_what_types_are_open(unit: Unit) -> None:
    kinds = {value.split()[0] for value in unit["Service.DeviceAllow"]}

    assert kinds == {"char-ttyACM", "char-ttyAMA", "char-ttyS", "char-ttyUSB", "char-gpiochip", "char-input"}


def test_the_users_and_groups_are_those_of_the_unit_and_of_the_roles(unit: Unit) -> None:
    entries = rows(PACKAGING / "sysusers.d/evse-agent.conf")
    users = {row[1] for row in entries if row[0] == "u"}
    groups = {row[1] for row in entries if row[0] == "g"}
    memberships = {row[2] for row in entries if row[0] == "m" and row[1] == "evse-agent"}

    assert users == set(unit["Service.User"]) == set(unit["Service.Group"])
    assert {role.group for role in Role} <= groups
    assert memberships == {Role.VIEWER.group, "dialout", "gpio", "input", "systemd-journal"}
    assert memberships <= groups


def test_the_site_file_is_written_by_root_alone_and_a_plan_by_the_agent(unit: Unit) -> None:
    assert unit["Service.ReadWritePaths"] == (f"-{DEFAULT_CONFIG}.d",)
    assert {tuple(row) for row in rows(PACKAGING / "tmpfiles.d/evse-agent.conf")} == {
        ("d", str(DEFAULT_CONFIG.parent), "0755", "root", "root"),
        ("d", f"{DEFAULT_CONFIG}.d", "0755", "evse-agent", "evse-agent"),
    }


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit as it would be where the program is installed; systemd looks whether the program is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: apt install systemd)")
    path = tmp_path / UNIT.name
    path.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text(), flags=re.MULTILINE))
    return path


def analyzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"}
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, env=environment, timeout=60, check=False
    )


def test_systemd_understands_every_line(installed: Path) -> None:
    result = analyzed("verify", str(installed))

    # Newer releases of systemd may complain about other units of this machine; ours is what counts.
    assert [line for line in result.stderr.splitlines() if UNIT.name in line] == []


def test_the_sandbox_stays_tight(installed: Path) -> None:
    result = analyzed("security", "--offline=yes", "--no-pager", str(installed))
    if "unrecognized option" in result.stderr:
        pytest.skip("this systemd cannot judge a unit that is not loaded (it came with 250)")

    found = re.search(r"exposure level for \S+: ([\d.]+)", result.stdout)
    assert found, result.stderr
    assert float(found[1]) <= MOST_EXPOSED
