"""One charge in three records: what meter, ledger and central system say of it, side by side (ST1001, ST1002). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.core.commissioning.model import Measured, Outcome, Quantity, Verdict, failed, passed
from agent.selftest.judging.limits import CATALOGUE, all_told, outside
from agent.values import frozen

LEAST_WH = 20
STEPS, COARSE_STEPS = 5, 2
"""Of the register: with fewer, two records may agree by chance. A coarse one needs a quarter of an hour for two."""
FINE_WH = 10.0
"""A register that moves in greater steps is a coarse one."""
ORDER = ("A", "B1", "B2", "C2", "B", "A")
"""IEC 61851-1 Annex A: plugged in, offered, asked for, stopped, unplugged. B is B1 or B2: whoever stops first."""


@frozen(kw_only=True)
class Charge:
    """`meter_wh` are two readings with nothing plugged in, before and after. `records` as `RealCharge.records`."""

    by: str
    meter_wh: tuple[int, int]
    step_wh: float
    states: tuple[str, ...]
    records: Mapping[str, Quantity]

    @property
    def counted_wh(self) -> int:
        return self.meter_wh[1] - self.meter_wh[0]

    def difference_wh(self, whose: str) -> int | None:
        """Stop less start, "ledger" or "told"."""
        start, stop = self.records.get(f"{whose}_start_wh"), self.records.get(f"{whose}_stop_wh")
        return stop - start if isinstance(start, int) and isinstance(stop, int) else None


def is_coarse(step_wh: float) -> bool:
    """Of a register: a small load takes minutes to move it."""
    return step_wh > FINE_WH


def least_wh(step_wh: float) -> float:
    """What has to flow before two records can be said to agree. Never less for a coarser register."""
    if is_coarse(step_wh):
        return max(STEPS * FINE_WH, COARSE_STEPS * step_wh)
    return max(LEAST_WH, STEPS * step_wh)


def side_by_side(charge: Charge) -> tuple[Measured, ...]:
    """The three figures: each against the meter's own, which nobody between could change."""
    counted, slack, least = charge.counted_wh, charge.step_wh, least_wh(charge.step_wh)
    ledger_wh, told_wh = charge.difference_wh("ledger"), charge.difference_wh("told")
    return (
        Measured(
            name="energy by the meter",
            value=counted,
            unit="Wh",
            low=least,
            source=f"{CATALOGUE} ST1001: {least:g} Wh of a register that counts in steps of {slack:g} Wh",
        ),
        Measured(
            name="energy by the ledger",
            value=ledger_wh,
            unit="Wh",
            low=counted - slack,
            high=counted + slack,
            source=f"{CATALOGUE} ST1001: as the meter, to one count of its register",
        ),
        Measured(
            name="energy by the central system",
            value=told_wh,
            unit="Wh",
            low=ledger_wh,
            high=ledger_wh,
            source=f"{CATALOGUE} ST1001: as the ledger, to the watt-hour",
        ),
    )


def order_of(states: Sequence[str]) -> str:
    """What is missing of the order of states, or is wrong in it; "" where nothing is."""
    wrong = sorted({state for state in states if state[0] not in "ABC"})
    if wrong:
        return f"the pilot showed {', '.join(wrong)} in between"
    at = 0
    for state in states:
        if at < len(ORDER) and state.startswith(ORDER[at]):
            at += 1
    return "" if at == len(ORDER) else f"after {'-'.join(ORDER[:at]) or 'nothing'} came no {ORDER[at]}"


def whole(charge: Charge) -> Outcome:
    """Whether everybody tells the same of this charge, and the network has acknowledged it."""
    figures = side_by_side(charge)
    records = charge.records
    shown = (
        *figures,
        Measured(name="transaction", value=records.get("transaction_id")),
        Measured(name="states", value="-".join(charge.states)),
        Measured(name="told", value=records.get("told")),
    )
    evidence: dict[str, object] = {"by": charge.by, "states": list(charge.states), "records": dict(records)}
    for says, hint, cause in _objections(charge, figures):
        return failed(f"Started by {charge.by}: {says}.", hint, *shown, cause=cause, evidence=evidence)
    says = f"Started by {charge.by}: meter, ledger and central system tell the same charge: {all_told(figures)}."
    return passed(says, *shown, evidence=evidence)


def _objections(charge: Charge, figures: tuple[Measured, ...]) -> list[tuple[str, str, str]]:
    """Each in words, with what to do and the fault; the first one is what is told."""
    records = charge.records
    found = []
    if wrong := outside(figures[:1]):
        found.append(
            (
                f"too little was counted to compare: {all_told(wrong)}",
                "Use a larger load, or let it run longer. If the load ran and the meter stood, run ST508.",
                "meter.implausible",
            )
        )
    if records.get("ledger_stop_wh") is None:
        found.append(
            ("the ledger has no end of this charge", "Look at evsectl sessions, and call support.", "storage.readonly")
        )
    if not records.get("start_answered") or not records.get("stop_answered"):
        missing = "start" if not records.get("start_answered") else "stop"
        found.append(
            (
                f"the central system has not acknowledged the {missing}",
                "Ask its operator whether it takes transactions of this charger; evsectl ocpp trace shows the "
                "messages.",
                "ocpp.offline",
            )
        )
    if records.get("stopped_id") != records.get("transaction_id"):
        ids = f"{records.get('transaction_id')} and {records.get('stopped_id')}"
        found.append((f"start and stop name different transactions, {ids}", "Call support with this report.", ""))
    if wrong := outside(figures[1:]):
        hint = "Call support with this report: nobody may be billed by a charger whose records differ."
        found.append(
            (f"the records differ: {all_told(wrong)}, the meter {charge.counted_wh} Wh", hint, "meter.implausible")
        )
    if order := order_of(charge.states):
        hint = "Repeat with the adapter, one position after the other: A, B, wait for the offer, C, B, A."
        found.append((f"the order of states is not right: {order}", hint, "cp.unstable"))
    return found


def delivered(charge: Charge, was_offline: bool) -> Outcome:
    """A charge without network, told once it was back: everything, once, and in order (ST1002)."""
    if not was_offline:
        return failed(
            "The link was to be closed, and the central system answered all the same.",
            "Call support with this report.",
            cause="ocpp.offline",
        )
    outcome = whole(charge)
    if outcome.verdict is Verdict.FAIL or charge.records.get("told_in_order"):
        return outcome
    order = str(charge.records.get("told", "")).split()
    return failed(
        f"After the network was back the charge was told in another order: {', '.join(order)}.",
        "Call support with this report: the central system may bill it wrong.",
        *outcome.measured,
        cause="ocpp.offline",
        evidence=outcome.evidence,
    )
