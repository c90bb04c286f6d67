"""Commissioning jobs made by hand, for whoever reads them: report, pack, store, figures.

`job()` is a healthy one of a dual charger in which every test of the catalogue has an attempt; `with_attempt`,
`without`, `with_step` change it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from agent.core.commissioning.catalogue import Row, catalogue
from agent.core.commissioning.model import Attempt, Job, JobState, Measured, Outcome, StepRecord, Verdict, passed
from agent.core.commissioning.model import not_applicable as no_such_part
from agent.core.commissioning.report import Facts
from agent.core.commissioning.steps import Site, Step
from agent.core.identity import ConnectorId
from agent.core.time import Instant

BOOT = "3f1c2c1e-9d0b-4a57-8d7e-5b0f3f3d2a11"
BEGAN = Instant(120.0, 1_796_040_000_000, BOOT)
ONE, TWO = ConnectorId(1), ConnectorId(2)
SITE = Site(connectors=(ONE, TWO))
NOT_FITTED = frozenset(
    {"ST304", "ST603", "ST604", "ST605", "ST609", "ST805", "ST807", "ST811", "ST906", "ST211", "ST212"}
)
ANSWERS: Mapping[str, str] = {
    "installer.company": "Hafen Elektro GmbH",
    "installer.person": "M. Brandt",
    "installer.licence": "HWK Hamburg 4711",
    "customer.name": "Quay Logistics, site 7",
    "label.serial": "QE-000123",
    "plan.limit": "yes",
    "instrument.tester.make": "Gossen Profitest Mxtra",
    "instrument.tester.serial": "PM-88812",
    "instrument.tester.calibrated": "2026-03-14",
    "instrument.clamp.make": "Chauvin F65",
    "instrument.clamp.serial": "F65-1190",
    "instrument.clamp.calibrated": "2026-02-02",
    "inspection.mounting": "yes",
    "inspection.ingress": "yes",
    "inspection.glands": "yes",
    "inspection.torque": "yes",
    "inspection.labels": "yes",
    "inspection.conductors": "yes",
    "inspection.access": "yes",
    "inspection.ventilation": "n.a.",
    "inspection.bollard": "no",
    "inspection.bollard.remark": "kerb of 15 cm in front; the customer wants none",
    "inspection.documents": "yes",
    "handover.operator": "Quay Power GmbH",
    "handover.phone": "+49 40 555 0100",
    "handover.support_link": "https://support.quay-power.example/QE-000123",
    "handover.price": "0.39 EUR/kWh, posted at the entrance",
    "handover.disconnection": "main switch Q1, distribution board UV-3 in the entrance hall",
    "handover.cards": "…B2C3, …19F0",
    "handover.app": "Quay Power",
    "handover.warranty_years": "2",
    "handover.support_until": "2034-12",
}


def pilot_capture() -> list[int]:
    """Two and a half cycles at 1 kHz and half duty, in mV, 20 µs apart, with the slopes of a real cable."""
    return [round(12000 * math.tanh(6 * math.sin(2 * math.pi * n / 50)) * 0.98 + 30 * math.sin(n)) for n in range(125)]


def load_test() -> dict[str, list[float]]:
    times = [1000 * n for n in range(0, 120, 2)]
    power = [0.0 if t < 4000 else 3650 + 18 * math.sin(t / 5000) for t in times]
    voltage = [231.0 if t < 4000 else 228.6 + 0.3 * math.sin(t / 7000) for t in times]
    return {
        "t_ms": [float(t) for t in times],
        "power_w": [round(p, 1) for p in power],
        "voltage_v": [round(v, 2) for v in voltage],
    }


def outcome_of(row: Row) -> Outcome:
    """What a healthy charger gives."""
    if row.test in NOT_FITTED:
        return no_such_part("this charger has none")
    found = MEASURED.get(row.test)
    if found is None:
        return passed(f"{row.purpose}: as it should be")
    evidence: dict[str, object] = {}
    if row.test == "ST202":
        evidence = {"capture_mv": pilot_capture(), "step_us": 20}
    if row.test == "ST508":
        evidence = dict(load_test())
    return passed(f"{row.purpose}: as it should be", *found, evidence=evidence)


def _m(name: str, value: float | str | bool, unit: str, *limit: float | str | None) -> Measured:
    low, high, source = limit
    assert not isinstance(low, str)
    assert not isinstance(high, str)
    return Measured(name=name, value=value, unit=unit, low=low, high=high, source=str(source))


MEASURED: Mapping[str, tuple[Measured, ...]] = {
    "ST202": (
        _m("high level", 12.03, "V", 11.4, 12.6, "IEC 61851-1:2017, table A.2"),
        _m("low level", -11.97, "V", -12.6, -11.4, "IEC 61851-1:2017, table A.2"),
    ),
    "ST203": (_m("frequency", 1000.4, "Hz", 980, 1020, "IEC 61851-1:2017, A.2.3"),),
    "ST302": (
        _m("DC trip current", 4.6, "mA", 3.0, 6.0, "IEC 62955:2018, 9.9"),
        _m("trip time at 6 mA DC", 0.42, "s", None, 10.0, "IEC 62955:2018, table 4"),
    ),
    "ST303": (_m("AC trip time at 30 mA", 24.0, "ms", None, 300.0, "IEC 61008-1, table 1"),),
    "ST402": (_m("closing time", 34.0, "ms", None, 100.0, "contactor's data sheet"),),
    "ST403": (_m("opening time", 18.0, "ms", None, 100.0, "IEC 61851-1:2017, 6.3.1"),),
    "ST501": tuple(
        _m(f"voltage L{n}", v, "V", 207.0, 253.0, "EN 50160") for n, v in ((1, 231.2), (2, 230.4), (3, 232.0))
    ),
    "ST502": (_m("frequency", 49.98, "Hz", 49.5, 50.5, "EN 50160"),),
    "ST503": (_m("phase order", "right", "", None, None, "plan"),),
    "ST508": (
        _m("energy against the reference", 0.6, "%", -3.0, 3.0, "self-test catalogue ST508"),
        _m("energy", 118.0, "Wh", 20.0, None, "operations reference, step 8"),
    ),
    "ST511": (_m("supply resistance", 0.31, "Ω", None, 0.8, "computed from the circuit"),),
    "ST809": (_m("round trip, slowest of ten", 96.0, "ms", None, 2000.0, "self-test catalogue ST809"),),
    "ST901": (_m("protective conductor", 0.12, "Ω", None, 0.3, "DIN VDE 0100-600, 6.4.3.2"),),
    "ST902": (
        _m("L1 to PE", 410.0, "MΩ", 1.0, None, "DIN VDE 0100-600, 6.4.3.3"),
        _m("L2 to PE", 398.0, "MΩ", 1.0, None, "DIN VDE 0100-600, 6.4.3.3"),
        _m("L3 to PE", 405.0, "MΩ", 1.0, None, "DIN VDE 0100-600, 6.4.3.3"),
        _m("N to PE", 388.0, "MΩ", 1.0, None, "DIN VDE 0100-600, 6.4.3.3"),
    ),
    "ST903": (
        _m("loop impedance L1", 0.42, "Ω", None, 0.96, "DIN VDE 0100-600, 6.4.3.7: 2/3 of 230 V/(5 · 32 A)"),
        _m("voltage drop", 1.4, "%", None, 3.0, "DIN 18015-1"),
    ),
    "ST904": (
        _m("trip time at 30 mA, 0°", 21.0, "ms", None, 300.0, "DIN EN 61008-1, table 1"),
        _m("trip time at 150 mA, 0°", 9.0, "ms", None, 40.0, "DIN EN 61008-1, table 1"),
        _m("trips at half", False, "", None, None, "DIN EN 61008-1"),
    ),
    "ST905": (_m("wiring as marked", True, "", None, None, "DIN VDE 0100-600, 6.4.3.6"),),
    "ST907": (_m("leakage at rest", 0.8, "mA", None, 3.5, "manufacturer's limit"),),
    "ST1001": (
        _m("energy by the meter", 121.0, "Wh", 20.0, None, "operations reference, step 8"),
        _m("difference to the central system", 0.0, "Wh", -1.0, 1.0, "operations reference, step 8"),
    ),
}


def attempt(
    test: str, outcome: Outcome, *, connector: ConnectorId | None = None, number: int = 1, at: Instant = BEGAN
) -> Attempt:
    row = catalogue()[test]
    return Attempt(
        test=test,
        connector=connector,
        version=1,
        attempt=number,
        started=at,
        duration_ms=round(1000 * row.seconds) + 40,
        outcome=outcome,
        by="installer mbrandt",
    )


def steps(site: Site = SITE) -> tuple[StepRecord, ...]:
    found = []
    for n, step in enumerate(Step):
        started = BEGAN.plus(240.0 * n)
        why = site.why_not(step)
        verdict, says = (Verdict.SKIP, f"not applicable: {why}") if why else (Verdict.PASS, "all passed")
        if step is Step.HAND_OVER:
            continue
        ended = None if step is Step.REPORT else started.plus(215.0)
        verdict_now = None if step is Step.REPORT else verdict
        found.append(StepRecord(key=step.value, started=started, ended=ended, verdict=verdict_now, says=says))
    return tuple(found)


def job(site: Site = SITE) -> Job:
    """Complete: every must has passed, or the charger has no such part."""
    attempts, at = [], BEGAN.plus(60.0)
    for row in catalogue().values():
        for _, connector in site.places(row):
            attempts.append(attempt(row.test, outcome_of(row), connector=connector, at=at))
            at = at.plus(row.seconds + 2)
    return Job(
        number=3,
        job_id="7d0c7f2e53f74f0b9a0c6a1f0e4a9b11",
        state=JobState.RUNNING,
        started=BEGAN,
        by="installer mbrandt",
        software="0.1.0",
        config_hash="9b1f" * 16,
        answers=ANSWERS,
        steps=steps(site),
        attempts=tuple(attempts),
    )


def with_attempt(before: Job, test: str, outcome: Outcome, connector: ConnectorId | None = None) -> Job:
    """One more attempt of a test, later than all."""
    number = 1 + sum(one.test == test and one.connector == connector for one in before.attempts)
    at = BEGAN.plus(7200.0 + len(before.attempts))
    return replace(
        before, attempts=(*before.attempts, attempt(test, outcome, connector=connector, number=number, at=at))
    )


def without(before: Job, test: str) -> Job:
    return replace(before, attempts=tuple(one for one in before.attempts if one.test != test))


def with_step(before: Job, step: Step, verdict: Verdict | None, says: str = "", *, by: str = "", why: str = "") -> Job:
    def changed(record: StepRecord) -> StepRecord:
        if record.key != step.value:
            return record
        return replace(record, verdict=verdict, says=says, accepted_by=by, accepted_why=why)

    return replace(before, steps=tuple(changed(record) for record in before.steps))


def facts(**changed: object) -> Facts:
    """Of a dual charger of 11 kW in Germany."""
    known: dict[str, object] = {
        "number": 1,
        "report_id": "QE-000123-R1",
        "made": BEGAN.plus(8100.0),
        "site": SITE,
        "charger": {
            "vendor": "Quay Electric",
            "model": "Dual 11",
            "serial_number": "QE-000123",
            "board": "pi-pilot-dual-11kw",
            "rated_current_a": 16,
            "phases": 3,
            "outlets": 2,
            "country": "DE",
        },
        "versions": {"evse-agent": "0.1.0", "firmware, connector 1": "1.4.0", "firmware, connector 2": "1.4.0"},
        "config_hash": "9b1f" * 16,
        "connectors": (
            {"number": 1, "outlet": "tethered", "limit_a": 16, "evse_id": "DE*QEP*E0007*1", "meter": "SDM72D-M-2"},
            {"number": 2, "outlet": "tethered", "limit_a": 16, "evse_id": "DE*QEP*E0007*2", "meter": "SDM72D-M-2"},
        ),
        "references": {"order": "A-2026-118", "contract": "", "site": "HH-07", "customer": "C-0092"},
        "circuit": {
            "breaker_current_a": 32,
            "breaker_curve": "B",
            "cable_section_mm2": 6,
            "cable_length_m": 28,
            "conductor": "copper",
            "laying": "C",
            "earthing": "TN-S",
            "phases": 3,
            "rcd": "A",
            "rcd_current_ma": 30,
            "dc_detection": "charger",
            "pen_protection": "none",
            "dedicated": True,
        },
        "limits": {"supply_current_a": 32, "phases": 3, "safe_current_a": 8, "safe_after_s": 600, "power_w": 22080},
        "network": {
            "host": "csms.quay-power.example",
            "identity": "CP-0123",
            "security_profile": 2,
            "registration": "Accepted",
        },
        "lights": tuple(
            {"signal": signal, "colours": colours.split("+"), "rhythm_s": rhythm} for signal, colours, rhythm in LIGHTS
        ),
        "upkeep": {
            "country": "Germany",
            "rcd_button_months": 6,
            "look_months": 12,
            "verification_months": 48,
            "source": "DGUV Vorschrift 3, table 1A",
        },
    }
    return Facts(**(known | changed))  # type: ignore[arg-type]


LIGHTS = (
    ("available", "green", [3.9, 0.1]),
    ("preparing", "green", [1.0, 1.0]),
    ("accepted", "green", [0.2, 0.2]),
    ("refused", "red", [0.2, 0.2]),
    ("charging", "blue", [1.0, 1.0]),
    ("paused", "blue", [0.1, 1.9]),
    ("finishing", "blue", [3.9, 0.1]),
    ("unavailable", "red+green", [3.9, 0.1]),
    ("fault", "red", [1.0, 1.0]),
    ("offline", "red+green", [0.1, 1.9]),
    ("update", "red+blue", [1.0, 1.0]),
)
