"""The programs as a service manager, an installer and a newcomer start them: real processes, the real clock."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.searching import at_length
from tools.code_shape import ROOT
from tools.station import StationPlan, agent, bench, evsectl, world

pytestmark = pytest.mark.processes

AGENT = [sys.executable, "-m", "agent"]
TRIALS = at_length("2", "4")
"""`make kill` plays hundreds."""


def run(*arguments: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False)


def test_the_demonstration_without_a_terminal_tells_one_charge_and_three_equal_energies() -> None:
    shown = run(sys.executable, "-m", "tools.demo", "--charge-s", "4", timeout_s=110)

    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "equal" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_kills_at_random_instants_lose_nothing(tmp_path: Path) -> None:
    done = run(sys.executable, "-m", "tools.kill", "--trials", TRIALS, "--dir", str(tmp_path), timeout_s=200)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_turn_of_a_soak_charges_and_is_accounted_for(tmp_path: Path) -> None:
    command = ("--hours", "0.001", "--seed", "145", "--dir", str(tmp_path / "soak"))

    done = run(sys.executable, "-m", "tools.soak", *command, timeout_s=200)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"that drew energy +1\n", done.stdout)


def test_a_soak_refuses_a_folder_that_is_in_use_and_no_time_at_all(tmp_path: Path) -> None:
    (tmp_path / "agent.db").touch()

    used = run(sys.executable, "-m", "tools.soak", "--dir", str(tmp_path))
    never = run(sys.executable, "-m", "tools.soak", "--hours", "0")

    assert (used.returncode, never.returncode) == (2, 2)
    assert "is not empty" in used.stderr
    assert "0 is no number of hours" in never.stderr


@pytest.mark.parametrize("folder", ["/dev/null", "/dev/null/below", "/proc/x"])
def test_a_soak_says_of_a_folder_that_is_none_to_name_another(folder: str) -> None:
    ended = run(sys.executable, "-m", "tools.soak", "--dir", folder)

    assert ended.returncode == 2
    assert f"--dir: {folder} cannot hold logs and databases: " in ended.stderr
    assert ended.stderr.endswith("; name another folder\n")


def test_a_wrong_site_file_ends_with_78_and_every_problem_by_file_and_line(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        'board = "sim-singel"\n[site]\ncountry = "Germany"\nsupply_current_a = 5\n'
        '[ocpp]\nversion = "1.6"\nulr = "ws://x"\nidentity = "A"\n[ocpp.settings]\nHeartbeatIntervall = 5\n'
    )

    ended = run(*AGENT, "run", "--config", str(site))

    assert ended.returncode == 78
    for line in (1, 3, 4, 7):
        assert f"{site}:{line}:" in ended.stderr, ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_wrong_ocpp_setting_is_found_by_check(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        'board = "sim-single"\n[site]\ncountry = "DE"\nsupply_current_a = 16\n[ocpp]\nversion = "1.6"\n'
        'url = "ws://127.0.0.1:1"\nidentity = "A"\nsecurity_profile = 0\n[ocpp.settings]\nHeartbeatIntervall = 5\n'
    )

    ended = run(*AGENT, "check", "--config", str(site))

    assert ended.returncode == 78
    assert f"{site}:11: ocpp.settings.HeartbeatIntervall" in ended.stderr
    assert "HeartbeatInterval" in ended.stderr


def test_a_scan_without_an_agent_finds_the_devices_of_a_world_in_another_process(tmp_path: Path) -> None:
    async def story() -> list[tuple[str, ...]]:
        plan = StationPlan(folder=tmp_path, micropython="never")
        plan.world.mkdir()
        async with world(plan) as simulated:
            await simulated.ready(15)
            found = []
            for wire in ("pilot", "rs485"):
                port = str(plan.world / wire)
                body = await evsectl(plan, "hardware", "scan", "--alone", "--to", "2", "--port", port)
                found.append(tuple(finding["what"] for finding in body["ports"][0]["findings"]))
        return found

    pilot, meter = asyncio.run(story())

    assert pilot[0].startswith("pilot board pilot-board a, firmware ")
    assert meter == ("address 1 (0x01): eastron-sdm630",)


def test_a_terminated_agent_ends_in_order_and_goes_on_with_its_charge(tmp_path: Path) -> None:
    async def story() -> tuple[int, list[dict[str, object]]]:
        plan = StationPlan(folder=tmp_path, micropython="never")
        async with bench(plan) as running:
            async with agent(plan) as charger:
                await running.ask_csms.ask("wait", until="status", status="Available", connector=1)
                await running.ask_world.ask("plug_in", connector=1, ready_delay_s=0.2, draw_delay_s=0.2)
                await running.ask_csms.ask("wait", until="status", status="Preparing", connector=1)
                await running.ask_world.ask("swipe", token="04A1B2C3")
                await running.ask_world.ask("wait", until="charging", connector=1, timeout_s=20)
                code = await charger.stop()
            await running.ask_world.ask("wait", until="open", connector=1, timeout_s=1)
            async with agent(plan):
                await running.ask_world.ask("wait", until="charging", connector=1, timeout_s=30)
                await running.ask_world.ask("plug_out", connector=1)
                await running.ask_csms.ask("wait", until="transactions", count=1, ended=True)
                sessions = (await evsectl(plan, "sessions"))["sessions"]
        return code, sessions

    code, sessions = asyncio.run(story())

    assert code == 0
    assert [session["stop_reason"] for session in sessions] == ["EVDisconnected"]
