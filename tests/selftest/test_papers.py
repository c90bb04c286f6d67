"""What the installer types, judged: ST104 and ST901 to ST910."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.circuit import CircuitConfig, Curve, Earthing, RcdType
from agent.config.countries import country_of
from agent.core.commissioning.measurement_file import read_measurements
from agent.core.commissioning.model import Outcome, Verdict, failed, passed
from agent.selftest.bench import Declined, once_a_job
from agent.selftest.judging import papers as judging
from tests.selftest.site import Site, tell
from tests.selftest.typist import TESTER, Desk, site

FILES = {
    "ST104": "st104_cfg_supply",
    "ST901": "st901_doc_pe",
    "ST902": "st902_doc_insulation",
    "ST903": "st903_doc_zs",
    "ST904": "st904_doc_rcd",
    "ST905": "st905_doc_polarity",
    "ST906": "st906_doc_ra",
    "ST907": "st907_doc_leak",
    "ST908": "st908_doc_devices",
    "ST909": "st909_doc_torque",
    "ST910": "st910_doc_signoff",
}
GOOD: dict[str, dict[str, str]] = {
    "ST104": {"breaker_a": "32", "curve": "C", "section_mm2": "10", "length_m": "20", "own_circuit": "yes"},
    "ST901": {"resistance_ohm": "180 mΩ", "current_ma": "0.21 A"},
    "ST902": {"l1_pe_mohm": "> 999", "l2_pe_mohm": "> 999", "l3_pe_mohm": "> 999", "n_pe_mohm": "640", "test_v": "500"},
    "ST903": {"zs_l1_ohm": "0.41", "zs_l2_ohm": "0.43", "zs_l3_ohm": "0.42", "drop_percent": "1.4"},
    "ST904": {"half_trips": "no", "ac_0_ms": "24", "ac_180_ms": "29", "ac5_0_ms": "11", "ac5_180_ms": "12"},
    "ST905": {"wiring": "yes", "order": "right"},
    "ST906": {"ra_ohm": "90"},
    "ST907": {"leakage_ma": "0.4"},
    "ST908": {"rcd": "A", "rcd_ma": "30", "dc_detection": "charger", "surge": "T2"},
    "ST909": {"low_nm": "2", "high_nm": "3", "torque_nm": "2.5"},
    "ST910": {"name": "E. Voss", "licence": "HWK 4711", "place": "QUAY-7", "photos": "-", "signed": "yes"},
}
CLAMP = {key.replace("tester", "clamp"): value for key, value in TESTER.items()}
WRENCH = {key.replace("tester", "wrench"): value for key, value in TESTER.items()}
INSTRUMENTS = TESTER | CLAMP | WRENCH
OF_TT = {"earthing": "TT"}
GOOD_901 = {f"ST901.{key}": value for key, value in GOOD["ST901"].items()}


def tried(test: str, folder: Path, *, answers: dict[str, str] | None = None, **how: Any) -> tuple[Outcome, Desk]:
    """One attempt with the good answers, but for `answers`; `place` is what the site file says otherwise."""
    typed = {f"{test}.{key}": value for key, value in {**GOOD[test], **(answers or {})}.items()}
    place = how.pop("place", OF_TT if test == "ST906" else {})
    desk = Desk(site(folder, **place), typed, **{"remembered": INSTRUMENTS, **how})
    check = import_module(f"agent.selftest.checks.{FILES[test]}")
    return asyncio.run(check.run(desk.bench)), desk


@pytest.mark.parametrize("test", FILES)
def test_a_good_installation_passes(test: str, tmp_path: Path) -> None:
    outcome, desk = tried(test, tmp_path)

    assert outcome.verdict is Verdict.PASS, outcome
    assert outcome.next == ""
    assert all(value.source for value in outcome.measured)
    assert set(desk.person.asked) >= {f"{test}.{key}" for key in GOOD[test]}


@pytest.mark.parametrize(
    ("test", "answers", "verdict", "says"),
    [
        ("ST104", {"breaker_a": "16"}, Verdict.FAIL, "32 A is above the 16 A the breaker carries"),
        ("ST104", {"section_mm2": "2.5"}, Verdict.FAIL, "2.5 mm² carries 24 A"),
        ("ST104", {"own_circuit": "no"}, Verdict.FAIL, "other loads hang on this circuit"),
        ("ST104", {"length_m": "300"}, Verdict.WARN, "300 m of 10 mm² lose"),
        ("ST104", {"curve": "B"}, Verdict.WARN, "breaker_curve is B here and C in the site file"),
        ("ST901", {"resistance_ohm": "1.4"}, Verdict.FAIL, "protective conductor 1.4 Ω (at most 1 Ω)"),
        ("ST901", {"resistance_ohm": "0"}, Verdict.WARN, "null them there"),
        ("ST901", {"resistance_ohm": "0.6"}, Verdict.WARN, "at most 0.3 Ω"),
        ("ST901", {"current_ma": "20"}, Verdict.FAIL, "test current 20 mA (at least 200 mA)"),
        ("ST902", {"n_pe_mohm": "700 kOhm"}, Verdict.FAIL, "insulation N-PE 0.7 MΩ (at least 1 MΩ)"),
        ("ST902", {"test_v": "250", "surge_connected": "no"}, Verdict.FAIL, "test voltage 250 V (at least 500 V)"),
        ("ST903", {"drop_percent": "4"}, Verdict.FAIL, "voltage drop 4 % (at most 3 %)"),
        ("ST904", {"ac_180_ms": "320"}, Verdict.FAIL, "trip time at 180° 320 ms (at most 300 ms)"),
        ("ST904", {"ac5_0_ms": "60"}, Verdict.FAIL, "trip time at 5 × and 0° 60 ms (at most 40 ms)"),
        ("ST904", {"half_trips": "yes"}, Verdict.FAIL, "trips at half"),
        ("ST905", {"wiring": "no"}, Verdict.FAIL, "do not sit where they are marked"),
        ("ST905", {"order": "left"}, Verdict.WARN, "L1 L3 L2"),
        ("ST905", {"order": "single"}, Verdict.FAIL, "phases = 3"),
        ("ST906", {"ra_ohm": "1800"}, Verdict.FAIL, "earth electrode 1800 Ω"),
        ("ST906", {"ra_ohm": "400"}, Verdict.WARN, "above 200 Ω"),
        ("ST907", {"leakage_ma": "4"}, Verdict.FAIL, "leakage at rest 4 mA (at most 3.5 mA)"),
        ("ST908", {"rcd": "AC"}, Verdict.FAIL, "an RCD of type AC, 30 mA, will not do here"),
        ("ST908", {"dc_detection": "none"}, Verdict.FAIL, "plan type B, or A or F where"),
        ("ST908", {"surge": "none"}, Verdict.WARN, "no surge protection"),
        ("ST909", {"torque_nm": "1.2"}, Verdict.FAIL, "torque 1.2 Nm (2…3 Nm)"),
        ("ST909", {"low_nm": "4"}, Verdict.FAIL, "cannot say from 4 to 3 Nm"),
        ("ST910", {"signed": "no"}, Verdict.FAIL, "does not sign"),
    ],
)
def test_a_bad_reading_is_told_with_its_limit_and_what_to_do(
    test: str, answers: dict[str, str], verdict: Verdict, says: str, tmp_path: Path
) -> None:
    outcome, _ = tried(test, tmp_path, answers=answers)

    assert outcome.verdict is verdict, outcome
    assert says in outcome.says + outcome.next
    assert outcome.next
    assert outcome.cause in ("comm.site_docs", "comm.supply_mismatch", "mains.polarity") or verdict is Verdict.WARN


# Loops (self-test catalogue, section 6).

TABLE = {
    Curve.B: (3.07, 1.92, 1.53, 1.23, 0.96, 0.77, 0.49),
    Curve.C: (1.53, 0.96, 0.77, 0.61, 0.48, 0.38, 0.24),
    Curve.D: (0.77, 0.48, 0.38, 0.31, 0.24, 0.19, 0.12),
}
RATINGS = (10, 16, 20, 25, 32, 40, 63)


def circuit(curve: Curve, breaker_a: float, **how: Any) -> CircuitConfig:
    words: dict[str, Any] = {
        "cable_section_mm2": 10.0,
        "cable_length_m": 20.0,
        "earthing": Earthing.TN_S,
        "rcd": RcdType.NONE,
    } | how
    return CircuitConfig(breaker_current_a=breaker_a, breaker_curve=curve, **words)


@pytest.mark.parametrize("curve", TABLE)
def test_the_limits_of_the_table_are_reproduced(curve: Curve) -> None:
    country = country_of("DE")

    for breaker_a, ohm in zip(RATINGS, TABLE[curve], strict=True):
        limit = judging.loop_limit(circuit(curve, breaker_a), country.measurements.loop, country.voltages.three_v)
        assert limit is not None
        assert round(limit.ohm, 2) == ohm


def test_great_britain_counts_with_its_own_factor() -> None:
    limit = judging.loop_limit(circuit(Curve.B, 32), country_of("GB").measurements.loop, 230)

    assert limit is not None
    assert round(limit.ohm, 2) == 1.09


@pytest.mark.parametrize(("rcd", "verdict"), [("A", Verdict.WARN), ("none", Verdict.FAIL)])
def test_a_loop_above_its_limit_fails_unless_an_rcd_may_see_to_it(rcd: str, verdict: Verdict, tmp_path: Path) -> None:
    outcome, _ = tried("ST903", tmp_path, answers={"zs_l2_ohm": "0.9"}, place={"rcd": rcd})

    assert outcome.verdict is verdict
    assert "loop L2 0.9 Ω (at most 0.4792 Ω) (0.667 × 230 V / (10 × 32 A), C32)" in outcome.says


def test_the_breaker_that_was_found_counts_and_not_the_one_that_was_planned(tmp_path: Path) -> None:
    remembered = INSTRUMENTS | {"ST104.curve": "B"}

    outcome, _ = tried("ST903", tmp_path, answers={"zs_l1_ohm": "0.9"}, remembered=remembered)

    assert outcome.verdict is Verdict.PASS


def test_for_a_fuse_its_table_is_asked_for(tmp_path: Path) -> None:
    place = {"curve": "gG", "rcd": "none"}

    assert tried("ST903", tmp_path, answers={"limit_ohm": "0.5"}, place=place)[0].verdict is Verdict.PASS
    assert tried("ST903", tmp_path, answers={"limit_ohm": "0.4"}, place=place)[0].verdict is Verdict.FAIL


@given(
    ohm=st.floats(0.01, 10), better=st.floats(0, 1), breaker_a=st.sampled_from(RATINGS), curve=st.sampled_from(Curve)
)
def test_a_smaller_loop_is_never_worse(ohm: float, better: float, breaker_a: int, curve: Curve) -> None:
    rule, disconnection = country_of("DE").measurements.loop, country_of("DE").measurements.disconnection
    where = circuit(curve, breaker_a)
    limit = judging.loop_limit(where, rule, 230) or judging.entered_limit(1.0, curve)

    def is_good(value: float) -> bool:
        return judging.loop({"L1": value}, limit, where, disconnection, rule).verdict is Verdict.PASS

    assert is_good(ohm) == (ohm <= limit.ohm)
    assert is_good(ohm * better) or not is_good(ohm)


# Instruments.


@pytest.mark.parametrize(
    ("calibrated", "utc_ms", "says"),
    [
        ("2025-01-31", None, "cannot be judged"),
        ("2025-01-31", 1_780_000_000_000, "ended on 2026-01-31"),
        ("none", 1_780_000_000_000, "has no date of calibration"),
    ],
)
def test_an_instrument_that_cannot_be_relied_on_is_a_warning_with_its_text(
    calibrated: str, utc_ms: int | None, says: str, tmp_path: Path
) -> None:
    remembered = TESTER | {"instrument.tester.calibrated": calibrated}

    outcome, _ = tried("ST901", tmp_path, remembered=remembered, utc_ms=utc_ms)

    assert outcome.verdict is Verdict.WARN
    assert says in outcome.says
    assert "Metrel MI 3152, 19280123" in outcome.says
    assert outcome.next


def test_an_instrument_is_asked_for_once_and_again_until_its_date_is_one(tmp_path: Path) -> None:
    wrong = {"instrument.tester.calibrated": ["03/04/2026"]}

    desk = Desk(site(tmp_path), GOOD_901 | TESTER, remembered={}, wrong=wrong)
    outcome = asyncio.run(import_module("agent.selftest.checks.st901_doc_pe").run(desk.bench))

    assert outcome.verdict is Verdict.PASS, outcome
    assert desk.person.asked.count("instrument.tester.calibrated") == 2
    assert "write it as 2026-03-31" in desk.person.told[0]


def test_a_date_that_is_none_three_times_ends_the_test(tmp_path: Path) -> None:
    wrong = {"instrument.tester.calibrated": ["x", "y", "z"]}

    desk = Desk(site(tmp_path), GOOD_901 | TESTER, remembered={}, wrong=wrong)

    with pytest.raises(Declined, match="3 answers could not be used"):
        asyncio.run(import_module("agent.selftest.checks.st901_doc_pe").run(desk.bench))


@pytest.mark.parametrize(("calibrated", "then"), [("2026-12-24", "the day that was typed"), ("none", "have this one")])
def test_a_day_that_is_still_to_come_is_looked_at_and_no_instrument_sent_away(
    calibrated: str, then: str, tmp_path: Path
) -> None:
    outcome, _ = tried("ST901", tmp_path, remembered=TESTER | {"instrument.tester.calibrated": calibrated})

    assert outcome.verdict is Verdict.WARN
    assert then in outcome.next


def test_what_was_typed_wrongly_is_no_proposal_at_the_next_try(tmp_path: Path) -> None:
    """The plan is."""
    desk = Desk(
        site(tmp_path),
        {f"ST908.{key}": value for key, value in GOOD["ST908"].items() if key != "dc_detection"},
        remembered={"ST908.dc_detection": "none"},
    )
    outcome = asyncio.run(import_module("agent.selftest.checks.st908_doc_devices").run(desk.bench))

    assert outcome.verdict is Verdict.PASS, outcome


def test_a_torque_is_on_record_also_where_its_range_cannot_be(tmp_path: Path) -> None:
    outcome, _ = tried("ST909", tmp_path, answers={"low_nm": "4"})

    assert [(one.name, one.value, one.unit) for one in outcome.measured] == [("torque", 2.5, "Nm")]
    assert outcome.evidence["instrument"] == {
        "kind": "torque wrench", "make": "Metrel MI 3152", "serial": "19280123", "calibrated": "2026-02-11",
    }  # fmt: skip


# Places.


@pytest.mark.parametrize(
    ("test", "place", "says"),
    [
        ("ST904", {"rcd": "none"}, "no RCD in front"),
        ("ST906", {}, "TN-S supply brings its earth along"),
        (
            "ST903",
            {"country": "US", "curve": "inverse-time", "earthing": "split", "phases": 1, "supply_a": 24},
            "judge no loop",
        ),
    ],
)
def test_what_a_place_has_not_is_not_applicable(test: str, place: dict[str, Any], says: str, tmp_path: Path) -> None:
    outcome, desk = tried(test, tmp_path, place={"earthing": "TN-S", **place})

    assert outcome.is_not_applicable, outcome
    assert says in outcome.says
    assert desk.person.asked == []


def test_a_device_of_its_own_for_direct_current_is_measured(tmp_path: Path) -> None:
    place = {"rcd": "none", "dc": "device"}

    assert tried("ST904", tmp_path, answers={"dc_ma": "4.8", "dc_ms": "900"}, place=place)[0].verdict is Verdict.PASS
    assert tried("ST904", tmp_path, answers={"dc_ma": "8", "dc_ms": "900"}, place=place)[0].verdict is Verdict.FAIL


def test_what_the_charger_sees_of_the_phases_is_held_against_what_was_found(tmp_path: Path) -> None:
    seen = {"ST503": failed("wrong way round", "swap", cause="mains.rotation")}

    outcome, _ = tried("ST905", tmp_path, outcomes=seen)

    assert outcome.verdict is Verdict.FAIL
    assert "you found the phase order right, the charger sees it wrong" in outcome.says
    assert tried("ST905", tmp_path, outcomes={"ST503": passed("right")})[0].verdict is Verdict.PASS


def test_without_a_circuit_in_the_site_file_what_was_typed_counts(tmp_path: Path) -> None:
    outcome, _ = tried("ST104", tmp_path, place={"circuit": False}, answers={"breaker_a": "20"})

    assert outcome.verdict is Verdict.FAIL
    assert "20 A the breaker carries" in outcome.says


def test_who_signs_is_whoever_began_the_job(tmp_path: Path) -> None:
    desk = Desk(
        site(tmp_path),
        {"ST910.signed": "yes"},
        remembered={"installer.person": "E. Voss", "installer.licence": "HWK 4711"},
    )

    outcome = asyncio.run(import_module("agent.selftest.checks.st910_doc_signoff").run(desk.bench))

    assert outcome.says == "signed by E. Voss, HWK 4711, for QUAY-7"


def test_a_file_gives_the_same_answers_as_a_keyboard(tmp_path: Path) -> None:
    rows = "name,value,unit,instrument,serial,calibrated\ncontinuity,180,mΩ,Metrel MI 3152,19280123,11.02.2026\n"
    answers = dict(read_measurements(f"{rows}continuity_current,0.21,A,,,\n".encode()).answers())

    desk = Desk(site(tmp_path), answers, remembered=answers)
    outcome = asyncio.run(import_module("agent.selftest.checks.st901_doc_pe").run(desk.bench))

    assert outcome == tried("ST901", tmp_path)[0]


def test_papers_are_asked_for_at_a_real_charger_and_are_on_record_with_its_attempt() -> None:
    async def story(site: Site) -> None:
        site.typed.update(INSTRUMENTS)
        for test in ("ST104", "ST901", "ST902", "ST910"):
            site.installer.answers = {f"{test}.{key}": value for key, value in GOOD[test].items()}
            await site.check(test)

        found = {attempt.test: attempt for attempt in site.attempts}
        assert [one.outcome.verdict for one in found.values()] == [Verdict.WARN] + [Verdict.PASS] * 3, found
        assert "the site file has no [circuit]" in found["ST104"].outcome.says
        assert found["ST901"].answers["ST901.resistance_ohm"] == "0.18"

    tell(story)


def test_whoever_did_not_sign_finds_place_and_photos_again(tmp_path: Path) -> None:
    before = {"ST910.place": "bay 12", "ST910.photos": "p1.jpg", "ST910.name": "A", "ST910.licence": "7"}

    desk = Desk(site(tmp_path), {"ST910.signed": "yes"}, remembered=before)

    outcome = asyncio.run(import_module(f"agent.selftest.checks.{FILES['ST910']}").run(desk.bench))

    assert [one.value for one in outcome.measured] == ["A", "7", "bay 12", "p1.jpg"]


def test_what_is_the_same_everywhere_is_asked_at_the_first_connector_and_where_a_test_is_repeated(
    tmp_path: Path,
) -> None:
    known, answers = {"ST412.fitted": "no"}, {"ST412.fitted": "yes"}
    elsewhere = Desk(site(tmp_path), answers, remembered=known)
    repeated = Desk(site(tmp_path), answers, remembered=known, outcomes={"ST412": passed("")})

    assert not asyncio.run(once_a_job(elsewhere.bench, "ST412.fitted", "Is one wired?"))
    assert asyncio.run(once_a_job(repeated.bench, "ST412.fitted", "Is one wired?"))
    assert (elsewhere.person.asked, repeated.person.asked) == ([], ["ST412.fitted"])
