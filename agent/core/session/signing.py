"""What the meter signs: asked for at both ends of a charge, waited for within a bound, never invented.

A begin is signed before its record, and so before power: what is signed is the register the charge begins at. An end is
signed where the begin was, once the contactor is open and the register is final, since nothing flows any more then. It
may be asked for again after a restart: a meter that has ended already gives what it signed. What it cannot give is said
so on record; no charge waits for ever.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.identity import TransactionKey
from agent.core.session.deadlines import BEGIN_SIGNS_WITHIN_S, SIGN_AGAIN_S
from agent.core.session.effects import SignBegin, SignEnd
from agent.core.session.events import MeterSigned
from agent.core.session.model import Session, Signing, Transaction
from agent.core.session.turn import Turn
from agent.core.signatures import Signature, SignedEdge, SignedValue, identification

FAULT = "meter.signature"
NO_ANSWER = "the meter gave no signature in time"


def begin_is_settled(turn: Turn) -> bool:
    """Whether a start may go on record: its register is signed, or nobody insists. Asks the meter where it must."""
    session = turn.session
    if session.settings.signature is Signature.OFF or session.token is None:
        return True
    signing = _of_this_start(turn)
    if not signing.is_over:
        _ask_begin(turn, signing)
        if session.settings.signature is Signature.WHEN_AVAILABLE and _is_late(turn, signing):
            _is_over(turn)
    now = turn.session.signing
    return now is not None and now.is_over


def _of_this_start(turn: Turn) -> Signing:
    """The signature of the start that is being tried now; one of an earlier try is none of its."""
    session, signing = turn.session, turn.session.signing
    is_ours = (
        signing is not None
        and signing.edge is SignedEdge.BEGIN
        and signing.since.monotonic_s >= session.phase_since.monotonic_s
    )
    if signing is None or not is_ours:
        key, now = turn.keys.transaction_key(), turn.now
        signing = Signing(key=key, edge=SignedEdge.BEGIN, since=now, ask_at=now.monotonic_s)
        turn.session = replace(session, signing=signing)
    return signing


def _ask_begin(turn: Turn, signing: Signing) -> None:
    session = turn.session
    if not _is_due(turn, signing) or session.token is None:
        return
    settings, is_remote = session.settings, session.remote_start_id is not None
    who = identification(
        session.token, signing.key, settings.signed_identity, is_remote=is_remote, place=settings.evse_id
    )
    turn.session = replace(session, signing=replace(signing, ask_at=None))
    turn.orders.append(SignBegin(key=signing.key, identification=who))


def _is_late(turn: Turn, signing: Signing) -> bool:
    return turn.now.monotonic_s >= signing.since.monotonic_s + BEGIN_SIGNS_WITHIN_S


def _is_due(turn: Turn, signing: Signing) -> bool:
    return signing.ask_at is not None and turn.now.monotonic_s >= signing.ask_at


def _is_over(turn: Turn) -> None:
    """Nothing more is waited for: there is a value, or there will be none."""
    signing = turn.session.signing
    assert signing is not None
    why = "" if signing.value is not None else signing.why or NO_ANSWER
    turn.session = replace(turn.session, signing=replace(signing, ask_at=None, why=why, is_over=True))
    if signing.value is None:
        missing(turn, signing, why)


def missing(turn: Turn, signing: Signing, why: str) -> None:
    """Say that a signature was due and is not there."""
    turn.tell("signature.missing", transaction=signing.key, edge=signing.edge.value, why=why)
    turn.observe(FAULT, present=True, evidence=(("edge", signing.edge.value), ("why", why)))


def end_is_due(transaction: Transaction) -> bool:
    """What was begun is to be ended, whatever the site wants by now."""
    return transaction.signed is not None


def end_is_settled(turn: Turn, transaction: Transaction, *, is_out_of_time: bool) -> bool:
    """Whether a stop may go on record. Asks the meter where it has to be."""
    session, signing = turn.session, turn.session.signing
    assert transaction.signed is not None
    if signing is None or signing.edge is not SignedEdge.END or signing.key != transaction.key:
        signing = Signing(key=transaction.key, edge=SignedEdge.END, since=turn.now, ask_at=turn.now.monotonic_s)
        turn.session = replace(session, signing=signing)
    if signing.is_over:
        return True
    # A meter that fell silent in a charge will sign nothing now; one from before a restart may still be starting.
    is_gone = session.meter_lost_since is not None and session.found is None
    if is_out_of_time or is_gone:
        _is_over(turn)
        return True
    if _is_due(turn, signing):
        turn.session = replace(turn.session, signing=replace(signing, ask_at=None))
        turn.orders.append(SignEnd(key=transaction.key, begun=transaction.signed))
    return False


def meter_signed(turn: Turn, event: MeterSigned) -> None:
    """The meter's answer; one that nobody waits for any more changes nothing, and is told."""
    signing = turn.session.signing
    is_awaited = signing is not None and (signing.key, signing.edge) == (event.key, event.edge) and not signing.is_over
    if signing is None or not is_awaited:
        if event.value is not None:
            turn.tell("signature.late", transaction=event.key, edge=event.edge.value)
        return
    if event.value is None:
        again_at = turn.now.monotonic_s + SIGN_AGAIN_S
        turn.session = replace(turn.session, signing=replace(signing, why=event.why, ask_at=again_at))
        return
    turn.session = replace(turn.session, signing=replace(signing, value=event.value, is_over=True, ask_at=None))
    if turn.session.faults.find(FAULT) is not None:
        turn.observe(FAULT, present=False)


def not_asked(turn: Turn, key: TransactionKey) -> None:
    """The order did not reach the meter."""
    signing = turn.session.signing
    if signing is not None and signing.key == key and not signing.is_over:
        turn.session = replace(turn.session, signing=replace(signing, ask_at=turn.now.monotonic_s + SIGN_AGAIN_S))


def compare(
    turn: Turn, transaction: Transaction, edge: SignedEdge, value: SignedValue | None, register_wh: int
) -> None:
    """Tell where the register that was signed is not the one on record: whoever bills has to know."""
    if value is not None and not value.agrees_with(register_wh):
        turn.tell(
            "signature.disagreed",
            transaction=transaction.key,
            edge=edge.value,
            register_wh=register_wh,
            signed_wh=value.signed_wh,
        )


def why_no_begin(session: Session) -> str | None:
    """Why a start that must be signed was not, in words; None where that is not what it lacks."""
    signing = session.signing
    if session.settings.signature is not Signature.REQUIRED or signing is None or signing.is_over:
        return None
    return signing.why or NO_ANSWER
