"""docs/add-a-meter.md, followed: its files, its commands with what they print, its mistakes, on a meter at the wire.

The meter is filled from the page's own tables of registers, by hands that know nothing of the agent's maps.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.__main__ import main as evse_agent
from agent.config.load import load
from agent.drivers import loader
from agent.drivers.interfaces import Meter
from firmware_sim.meters.points import MeterModel
from firmware_sim.virtual_loop import run
from tests.docs.page import Command, File, Page
from tests.docs.paper_meter import Row, paper_meter
from tests.drivers.world import LoopClock, charger
from tools.check_meter_map import carry_out

PAGE = Page("add-a-meter.md")
MEASUREMENTS, INFORMATION = PAGE.table("Registers"), PAGE.table("Register")
MISTAKES = PAGE.table("Mistake")
PORT = "/dev/ttyUSB0"
TOOL = ("python", "-m", "tools.check_meter_map")
POWERS = ("113–114", "115–116", "117–118", "119–120")
VOLTAGE_L2 = "103–104"
NOT_AVAILABLE = str(0x7FFFFFFF)

Capture = pytest.CaptureFixture[str]


def meter(rows: list[Row] = MEASUREMENTS) -> MeterModel:
    """With the limits of the page's data sheet."""
    return paper_meter({4: rows, 3: INFORMATION}, longest_read=64, quiet_s=0.02)


def with_shown(rows: list[Row], shown: dict[str, str]) -> list[Row]:
    return [[*row[:-1], shown.get(row[0], row[-1])] for row in rows]


EXPORTING = with_shown(MEASUREMENTS, {row[0]: f"-{row[-1]}" for row in MEASUREMENTS if row[0] in POWERS})
WITHOUT_L2 = with_shown(MEASUREMENTS, {VOLTAGE_L2: NOT_AVAILABLE})


def link_port_to(path: str) -> None:
    """A name that does not change from one world to the next."""
    Path("port").unlink(missing_ok=True)
    Path("port").symlink_to(path)


def typed(words: tuple[str, ...], model: MeterModel) -> int:
    """What the tool returns on a machine whose PORT leads to this meter."""

    async def body() -> int:
        async with charger() as site:
            site.meter.become(model)
            link_port_to(site.port("rs485"))
            return await carry_out(["port" if word == PORT else word for word in words])

    return run(body())


def printed(command: Command, capture: Capture) -> str:
    """By the program of this command."""
    capture.readouterr()
    if command.words[: len(TOOL)] == TOOL:
        typed(command.words[len(TOOL) :], meter())
    else:
        assert command.words[0] == "evse-agent"
        evse_agent(list(command.words[1:]))
    said = capture.readouterr()
    return said.err + said.out


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the person of the page works."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_is_followed_to_its_end_and_prints_what_it_says(folder: Path, capsys: Capture) -> None:
    for step in PAGE.steps():
        match step:
            case File(name, text):
                (folder / name).write_text(text, encoding="utf-8")
            case Command():
                assert printed(step, capsys) == step.prints, step.words


@pytest.mark.parametrize(("mistake", "change", "told"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_shows_as_the_page_says(mistake: str, change: str, told: str, folder: Path, capsys: Capture) -> None:
    PAGE.write_files(folder)
    right, wrong = (each.strip("`") for each in change.split(" → "))
    text = (folder / "acme-pm3.toml").read_text()
    assert right in text
    (folder / "acme-pm3.toml").write_text(text.replace(right, wrong))
    rows = EXPORTING if "exports" in mistake else WITHOUT_L2 if "L2" in mistake else MEASUREMENTS

    typed(("acme-pm3.toml", "--port", PORT), meter(rows))

    said = capsys.readouterr()
    assert any(line.endswith(told) for line in (said.err + said.out).splitlines()), said


def test_where_l2_has_no_value_the_right_map_tells_none(folder: Path, capsys: Capture) -> None:
    PAGE.write_files(folder)

    assert typed(("acme-pm3.toml", "--port", PORT), meter(WITHOUT_L2)) == 0

    assert "voltage_l2             no value\n" in capsys.readouterr().out


def test_what_follows_once_the_first_mistakes_are_mended_is_told(folder: Path, capsys: Capture) -> None:
    PAGE.write_files(folder)
    wrong = (folder / "wrong.toml").read_text().replace("126", "8").replace("volatge", "voltage")
    (folder / "wrong.toml").write_text(wrong)

    assert typed(("wrong.toml",), meter()) == 1

    identity, plan = capsys.readouterr().err.splitlines()
    assert "nothing tells this meter from another one" in identity
    assert "no block brings frequency" in plan


def test_the_charger_of_the_page_reads_the_meter(folder: Path) -> None:
    PAGE.write_files(folder)
    config = load(folder / "site.toml", loader)
    driver = config.board.connectors[0].drivers["meter"]

    async def body() -> None:
        async with charger() as site:
            site.meter.become(meter())
            line = loader.create_bus("rs485", "modbus_rtu", {"port": site.port("rs485")})
            made: Meter = loader.create_driver("meter", driver.driver, driver.options, {"rs485": line}, LoopClock())  # type: ignore[assignment]  # the interface that was asked for
            await line.open()
            sample = await made.read()
            await line.aclose()
        assert sample.register_wh == 12_345_670
        assert sample.power_w == 11_062.9
        assert sample.voltages_v == (230.1, 231.4, 229.7)
        assert sample.currents_a == (16.02, 15.98, 16.11)
        assert sample.frequency_hz == 49.98

    run(body())
