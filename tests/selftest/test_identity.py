"""Who this charger is, what it runs, and that it is locked: ST101, ST102, ST103, ST105, on the simulated board."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.commissioning.model import Verdict
from agent.core.identity import ConnectorId
from agent.drivers.interfaces import CommissionedBus
from agent.host.release import software
from agent.selftest.judging import identity
from agent.selftest.judging.lockout import Tried, judged
from tests.host.test_release import installed
from tests.selftest.site import Site, run_check, tell

CIRCUIT = """
[circuit]
breaker_current_a = 32
cable_section_mm2 = 10
cable_length_m = 20
laying = "C"
earthing = "TN-S"
rcd = "A"
dc_detection = "charger"
[station]
serial_number = "QE-000123"
"""


def test_the_right_board_with_known_software_and_a_complete_file_passes_and_is_locked() -> None:
    async def story(site: Site) -> None:
        site.typed["label.serial"] = "qe-000123"
        found = {test: await site.check(test) for test in ("ST101", "ST102", "ST103", "ST105")}

        assert [found[test].verdict for test in ("ST101", "ST102", "ST105")] == [Verdict.PASS] * 3, found
        assert "serial number QE-000123" in found["ST101"].says
        assert "32 A, 3 phases" in found["ST101"].says
        assert "firmware 0.1.0" in found["ST102"].says
        assert found["ST103"].says.startswith("security profile 0"), found["ST103"]
        assert len(str(found["ST103"].measured[0].value)) == 64
        assert found["ST105"].says == "no power without a token, and none with a wrong one"

    tell(story, commissioning="required", more_site=CIRCUIT)


def test_another_charger_than_the_planned_one_is_told_by_its_label() -> None:
    outcome = run_check("ST101", typed={"label.serial": "QE-000777"}, more_site=CIRCUIT)

    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "config.invalid")
    assert outcome.says == "the label says QE-000777, the site file QE-000123"


def test_a_board_that_bears_less_than_its_file_says_is_another_one() -> None:
    outcome = run_check("ST101", board_kind={"rated_da": 160})

    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "mcu.config_mismatch")
    assert "bears 16 A on 3 phases" in outcome.says


def test_a_board_of_another_configuration_than_the_pinned_one_is_named() -> None:
    async def story(site: Site) -> None:
        outlet = site.charger.agent.tests.charger.outlet(ConnectorId(1))
        assert outlet.board is not None
        described = await outlet.board.describe()

        outcome = identity.board(replace(described, pinned="00c0ffee"), ())

        assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "mcu.config_mismatch")
        assert outcome.says == f"this board is {described.mark}, the board file pins 00c0ffee"
        assert identity.board(replace(described, pinned=described.mark), ()).verdict is Verdict.PASS

    tell(story)


def test_software_that_is_not_as_released_is_named_by_its_files(tmp_path: Path) -> None:
    place = installed(tmp_path / "site-packages")
    good = identity.versions("0.1.0", "0.1.0", (), software(place))
    (place / "agent/core/limits.py").write_text("MOST_A = 63\n")
    bad = identity.versions("0.1.0", "0.1.0", (), software(place))
    unknown = identity.versions("0.1.0", "0.1.0", (), software(tmp_path))
    unread = identity.versions("0.1.0", "0.1.0", (), {"problem": "Input/output error"})

    assert (good.verdict, bad.verdict, bad.cause) == (Verdict.PASS, Verdict.FAIL, "fw.signature_invalid")
    assert "as released (4 files)" in good.says
    assert bad.says == "1 of 4 files of the software are not as released: agent/core/limits.py"
    assert (unknown.verdict, unread.verdict) == (Verdict.PASS, Verdict.WARN)
    assert "not compared with its release: it runs from a checkout" in unknown.says
    assert str(unknown.measured[-1].value).startswith("none, it runs from a checkout")


def test_firmware_that_does_not_fit_is_named() -> None:
    outcome = run_check("ST102", board="sim-openevse", world=[("fault", {"name": "rapi_lacks", "what": "heartbeat"})])

    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "mcu.firmware_mismatch"), outcome


def test_that_a_board_is_silent_is_a_fault_of_its_own() -> None:
    outcome = run_check("ST101", world=[("fault", {"name": "link_cut"})])

    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "mcu.comm")
    assert "did not say who it is" in outcome.says


def test_a_file_without_its_circuit_is_not_complete() -> None:
    outcome = run_check("ST103")

    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "config.invalid")
    assert "nobody wrote down the circuit" in outcome.says
    assert "evsectl plan new" in outcome.next


def test_the_mark_of_a_configuration_changes_with_a_key() -> None:
    marks = [run_check("ST103", supply_current_a=amperes).measured[0].value for amperes in (32, 16)]

    assert marks[0] != marks[1]


async def plug_was_in(site: Site) -> None:
    """The board counts its plugs, and takes a permission for the plug that it was given for only."""
    for verb in ("plug_in", "plug_out"):
        await site.world(verb, connector=1)
        await site.passes(2.0)


@pytest.mark.parametrize("plugs", [1, 2])
def test_the_lock_is_seen_also_after_a_plug_was_in(plugs: int) -> None:
    async def story(site: Site) -> None:
        for _ in range(plugs):
            await plug_was_in(site)
        outcome = await site.check("ST105")

        assert outcome.verdict is Verdict.PASS, outcome
        assert outcome.measured[0].value == "commissioning"

    tell(story, commissioning="required")


def test_a_permission_that_the_board_did_not_count_says_nothing_about_its_lock() -> None:
    wrong = Tried(closed=False, refusal="the proof is wrong")
    found = {word: judged(Tried(closed=False, refusal=word), wrong) for word in ("permit", "offer", "car", "nothing")}

    assert [one.verdict for one in found.values()] == [Verdict.ERROR] + [Verdict.FAIL] * 3
    assert "not seen" in found["permit"].says


@pytest.mark.parametrize("plugs", [0, 1])
def test_a_board_that_was_told_to_be_in_service_is_not_locked(plugs: int) -> None:
    """As an agent would that takes somebody's word for a record."""

    async def story(site: Site) -> None:
        for _ in range(plugs):
            await plug_was_in(site)
        for bus in site.charger.agent.tests.charger.wires().values():
            if isinstance(bus, CommissionedBus):
                bus.commission(True)
        await site.passes(2.0)
        outcome = await site.check("ST105")

        assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "comm.not_commissioned")
        assert "would give power" in outcome.says

    tell(story, commissioning="required")


def test_a_charger_in_service_and_a_plug_are_no_time_for_it() -> None:
    assert "in service already" in run_check("ST105", commissioning="lab").says
    assert run_check("ST105", commissioning="required", world=[("plug_in", {})]).verdict is Verdict.SKIP


@pytest.mark.parametrize("test", ["ST201", "ST301", "ST304", "ST306"])
def test_a_silent_board_lacks_no_part(test: str) -> None:
    """A must that does not apply is missing from nothing, so nobody may take silence for that."""
    outcome = run_check(test, world=[("fault", {"name": "link_cut"})])

    assert outcome.verdict is Verdict.ERROR
    assert not outcome.is_not_applicable
