"""What the pilot, and the proximity contact, show of a test adapter (ST206 to ST208, ST210 to ST212). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.commissioning.model import Measured, Outcome, Verdict, failed, passed
from agent.core.control_pilot import CableReading, PilotState, cable_rating_from_pp
from agent.selftest.judging.limits import CATALOGUE, all_told, fits, outside
from agent.selftest.judging.pilot import BAND_V, band
from agent.values import frozen

PULL_UP_OHM, PULL_UP_V = 1000.0, 3.3
"""Of the proximity contact (pilot-board-hardware.md, section 4)."""
OHM_ERROR = 0.05
E_WITHIN_MS = 200
DIODE_WITHIN_MS = 200
BACK_WITHIN_S = 0.3
ADAPTER_FIRST = "Check that the adapter stood where it was asked for, and repeat. "


@frozen(kw_only=True)
class Shown:
    """One position of the adapter, and what the board made of it once it was steady.

    `high_v` None: this controller tells states and no levels.
    """

    asked: PilotState
    state: PilotState | None
    high_v: float | None
    stayed: bool = True
    is_open: bool = True
    faults: tuple[str, ...] = ()


def states(shown: Sequence[Shown]) -> Outcome:
    """Each position is recognised, in its band, steady, and closes nothing (ST206)."""
    measured = tuple(band(one.asked, one.high_v) for one in shown if one.high_v is not None)
    evidence = {"positions": [[one.asked.value, one.state and one.state.value, one.high_v] for one in shown]}
    problem = next((words for one in shown if (words := _problem(one))), "")
    if problem:
        is_live = any(not one.is_open for one in shown)
        hint = (
            "Switch the supply off: a contactor closed without a permission. Replace the pilot board."
            if is_live
            else ADAPTER_FIRST
            + "A level that is too high is a bad contact in pilot or earth wire: check their terminals and the plug's "
            "pins. One that is too low is a leak: dry the connector."
        )
        cause = "output.live" if is_live else _cause(shown)
        return failed(problem, hint, *measured, cause=cause, evidence=evidence)
    names = ", ".join(one.asked.value for one in shown)
    return passed(f"Every position was recognised: {names}. The contactor stayed open.", *measured, evidence=evidence)


def _problem(one: Shown) -> str:
    at, level = one.asked.value, "no level" if one.high_v is None else f"{one.high_v:.2f} V"
    if not one.is_open:
        return f"The contactor closed at {at} although nothing was permitted."
    if one.state is not one.asked:
        seen = "nothing" if one.state is None else one.state.value
        return f"At {at} the pilot shows {seen} at {level}."
    if one.high_v is not None and not fits(band(one.asked, one.high_v)):
        low, high = BAND_V[one.asked]
        return f"At {at} the pilot has {level}, where {low:g}…{high:g} V are right."
    if not one.stayed:
        return f"At {at} the state did not hold for two seconds."
    return f"At {at} the board reports {', '.join(one.faults)}." if one.faults else ""


def _cause(shown: Sequence[Shown]) -> str:
    reported = [fault for one in shown for fault in one.faults]
    return reported[0] if reported else "cp.range"


def refused(
    fault: str, seen: bool, after_ms: int | None, within_ms: int, *, stayed_open: bool, cleared: bool
) -> Outcome:
    """A car that is wrong is refused: the fault comes in time, nothing closes, and it ends with the plug (ST207, 208).

    `after_ms` is the board's own time from the reading to the fault; None: its record does not tell.
    """
    time = Measured(name=f"{fault} after", value=after_ms, unit="ms", high=within_ms, source=CATALOGUE)
    if not stayed_open:
        says = f"The contactor closed although the adapter shows {fault}."
        return failed(
            says, "Switch the supply off and replace the pilot board: it gives power to a wrong car.", time, cause=fault
        )
    if not seen:
        says = f"The board did not notice {fault}."
        return failed(says, ADAPTER_FIRST + "If it was right, replace the pilot board.", time, cause=fault)
    if after_ms is not None and not fits(time):
        says = f"{fault} was noticed after {after_ms} ms, where at most {within_ms} ms are right."
        return failed(says, "Update the board's firmware (evsectl board flash), and repeat.", time, cause=fault)
    if not cleared:
        says = f"{fault} stays although the adapter is back at A."
        hint = (
            "Take the adapter out. If the fault stays, dry the connector and look for a short of pilot and earth wire."
        )
        return failed(says, hint, time, cause=fault)
    took = "" if after_ms is None else f" after {after_ms} ms"
    return passed(f"{fault} was noticed{took}, nothing closed, and it ended with A.", time)


def cut(away_v: float, back_s: float | None, display: str) -> Outcome:
    """The series switch hides the car from the board and the board from the car, and lets both back (ST210).

    `display`: what the person saw at the adapter meanwhile, "yes" where the pilot was gone, "no display" without one.
    """
    gone = band(PilotState.A, away_v)
    back = Measured(
        name="B back after",
        value=None if back_s is None else round(back_s, 3),
        unit="s",
        high=BACK_WITHIN_S,
        source=f"{CATALOGUE} ST210",
    )
    if not fits(gone) or display == "no":
        says = f"The pilot was to be cut, and the adapter is still seen: {all_told((gone,))}."
        if display == "no":
            says = "The pilot was to be cut, and the adapter shows it still."
        hint = "Repeat. If it stays, replace the pilot board: it cannot wake a sleeping car. It may serve until then."
        return failed(says, hint, gone, back, cause="cp.generator")
    if back_s is None or not fits(back):
        says = f"After the cut the adapter came back too late: {all_told((back,))}."
        return failed(
            says, ADAPTER_FIRST + "If it was at B, replace the pilot board.", gone, back, cause="cp.generator"
        )
    return passed("The pilot was cut, and came back at once.", gone, back)


# --- proximity


@frozen(kw_only=True)
class Cable:
    """A coding that the adapter was set to, and what the board made of it. `rating_a` None: no cable."""

    asked_ohm: float
    contact_v: float
    rating_a: float | None
    faults: tuple[str, ...] = ()

    @property
    def ohm(self) -> float | None:
        """What the contact's voltage means; None for an open contact."""
        if self.contact_v >= PULL_UP_V:
            return None
        return round(PULL_UP_OHM * self.contact_v / (PULL_UP_V - self.contact_v), 1)


def ratings(cables: Sequence[Cable], phases: int) -> Outcome:
    """Each coding is measured right, and taken for the current it stands for (ST211)."""
    measured = tuple(_coding(cable) for cable in cables)
    evidence = {"cables": [[cable.asked_ohm, cable.ohm, cable.rating_a] for cable in cables]}
    wrong = outside(measured)
    misread = [cable for cable in cables if cable.rating_a != _expected_a(cable.asked_ohm, phases)]
    if not wrong and not misread:
        return passed("Every cable coding was read right.", *measured, evidence=evidence)
    says = f"The proximity contact reads {all_told(wrong)}." if wrong else _misread(misread[0], phases)
    faults = tuple(fault for cable in cables for fault in cable.faults)
    return failed(
        says,
        ADAPTER_FIRST + "Then check the contact and its wire: the socket's PP pin, and its terminal at the board.",
        *measured,
        cause=faults[0] if faults else "pp.range",
        evidence=evidence,
    )


def _coding(cable: Cable) -> Measured:
    return Measured(
        name=f"coding {cable.asked_ohm:g} Ω",
        value=cable.ohm,
        unit="Ω",
        low=round(cable.asked_ohm * (1 - OHM_ERROR), 1),
        high=round(cable.asked_ohm * (1 + OHM_ERROR), 1),
        source="IEC 61851-1 Annex B, ±3 %; self-test catalogue ST211",
    )


def _expected_a(ohm: float, phases: int) -> float | None:
    rating = cable_rating_from_pp(ohm)
    if isinstance(rating, CableReading):
        return None
    # A cable for 63 A on three phases is one for 70 A on one.
    return 70.0 if rating == 63.0 and phases == 1 else rating


def _misread(cable: Cable, phases: int) -> str:
    seen = "no cable" if cable.rating_a is None else f"a cable for {cable.rating_a:g} A"
    return f"{cable.asked_ohm:g} Ω is taken for {seen}, where it stands for {_expected_a(cable.asked_ohm, phases):g} A."


def contact_faults(noticed: dict[str, float | None]) -> Outcome:
    """Short and open proximity contact with a car in: seconds until the board reported each, None for never (ST212)."""
    measured = tuple(
        Measured(name=f"{fault} after", value=None if took is None else round(took, 2), unit="s")
        for fault, took in noticed.items()
    )
    missed = [fault for fault, took in noticed.items() if took is None]
    if not missed:
        return passed(f"The board noticed {' and '.join(noticed)}.", *measured)
    return Outcome(
        verdict=Verdict.FAIL,
        says=f"The board did not notice {' or '.join(missed)}.",
        next=ADAPTER_FIRST + "Then check the wire of the proximity contact: it may be bridged, or end nowhere.",
        cause=missed[0],
        measured=measured,
    )
