"""What an explanation is drawn from: a session, its board, the central system, the clocks."""

from __future__ import annotations

from dataclasses import replace

from agent.core.asking import Asking
from agent.core.control_pilot import MIN_OFFER_A
from agent.core.crash_loop import CrashLoop
from agent.core.explain.sharing import SharedSupply, Standing
from agent.core.identity import ConnectorId
from agent.core.limits import LimitSource
from agent.core.schedule.compose import ScheduledLimit
from agent.core.session.model import BUSY, Session
from agent.core.time import Instant
from agent.core.visits.model import Attempt
from agent.values import frozen

READER = "reader.failed"
"""The fault of a reader that does not answer."""


@frozen(kw_only=True)
class NetworkState:
    """The central system as this charger sees it. Connected means answered within its bound, not socket open.

    `since` is when `connected` last changed, `is_missed` that it has not been so for a minute, over restarts of the
    program; `cause` says in a sentence why it is not connected, "" where it is.
    `registration` is the answer to BootNotification ("Accepted", "Pending", "Rejected"), "" before the first.
    """

    configured: bool
    connected: bool = False
    is_missed: bool = False
    since: Instant | None = None
    cause: str = ""
    registration: str = ""
    host: str = ""
    identity: str = ""
    queued_facts: int = 0
    unanswered_facts: int = 0
    """Of the queued ones: set aside because the central system answers everything but them."""
    last_answer_s: float | None = None
    """Seconds since the central system answered last; None where it never did."""
    passed_over: str = ""
    """Why another address than the preferred one is in use; "" where it is the preferred one."""
    found: str = ""
    """What the charger's own check of its network blames, while it is not connected; "" before the first."""
    found_next: str = ""
    """And what to do about it."""
    found_at: str = ""
    """The layer that it blames, by its name there."""
    lets_anybody_in: bool = True
    """Somebody may charge without its word: a list, a cache, a rule for strangers, or nobody has to identify."""
    clock_ahead_s: float | None = None
    """Of its clock, before this charger's, when it told it last; None where that is not known."""

    @property
    def is_unaccepted(self) -> bool:
        """It has answered the registration, and not with a yes."""
        return self.registration not in ("", "Accepted")

    @property
    def asking(self) -> Asking:
        """Whether it can be asked who may charge, and what holds where it cannot."""
        if not self.configured:
            return Asking()
        return Asking(
            is_connected=self.connected,
            has_accepted=not self.is_unaccepted,
            is_missed=self.is_missed,
            lets_anybody_in=self.lets_anybody_in,
        )

    @property
    def is_in_the_way(self) -> bool:
        """Nobody can be let in: it alone could say who may charge, and cannot be asked."""
        return self.asking.is_in_the_way

    @property
    def answer_to_registration(self) -> str:
        """In a sentence; of use where it is not a yes."""
        return f'the central system answered "{self.registration}" to the registration of {self.identity}'

    @property
    def why_away(self) -> str:
        """The best that is known: what the layers show comes before what the connection says of itself."""
        return self.found or self.cause


NO_NETWORK = NetworkState(configured=False)


@frozen(kw_only=True)
class BoardState:
    """The pilot board of one connector, beyond what its session knows.

    `waits_for` is the board's own word on what stands between now and a closing of the contactor: "nothing", a key of
    `agent.core.explain.waiting.OBSTACLES`, or "" where it does not say.
    """

    answering: bool
    since: Instant | None = None
    waits_for: str = ""
    high_v: float | None = None
    low_v: float | None = None
    offered_a: float | None = None
    """What the board encodes now; 0 in x1."""
    name: str = ""
    firmware_version: str = ""
    live_phases: tuple[str, ...] = ()
    lock: str = "none"
    """"none", "unlocked", "locked", "moving" or "fault"."""
    cable_a: float | None = None
    limit_a: float | None = None
    """The most that the board lets be offered, for a reason of its own: heat, the cable."""
    testing: bool = False
    shows_f: bool = False
    """State F is driven, so that no car can be seen."""
    capabilities: tuple[str, ...] = ()


@frozen(kw_only=True)
class Scene:
    """Everything an explanation is drawn from."""

    session: Session
    network: NetworkState
    now: Instant
    board: BoardState | None = None
    notices: tuple[str, ...] = ()
    controller: str = "pilot board"
    """What reads the pilot and closes the contactor, as people call it: "pilot board", "simple-evse"."""
    allows_again_at: Instant | None = None
    """When the charging profiles will allow 6 A again, where they do not now; None is unknown, or not within a day."""
    of_next_charge: ScheduledLimit | None = None
    """What the charging profiles leave to a charge that begins now, which is not what they say while none runs; None:
    nobody asked them."""
    reader_is_shared: bool = False
    """A card is shown to all connectors at once; which one takes it depends on all of them."""
    shared: SharedSupply | None = None
    """The supply, where other connectors draw from it, too."""
    others: tuple[Session, ...] = ()
    """The other connectors of this charger."""
    firmware_waits: bool = False
    """New firmware is to be installed once no car charges, and no charge begins before."""
    failed_start: Attempt | None = None
    """The last start that a fault of the charger kept from coming about, until one comes about."""
    crash_loop: CrashLoop | None = None
    """The program starts again and again after ends that were not in order."""
    ends_power: str = "it opens the contactor by itself"
    """What ends the power where that does not answer; "" where nothing may."""

    @property
    def reads_cards(self) -> bool:
        """Nobody can show one to a reader that does not answer."""
        return self.session.faults.find(READER) is None

    @property
    def charging_elsewhere(self) -> tuple[ConnectorId, ...]:
        """The other connectors at which a charge is under way."""
        return tuple(one.connector for one in self.others if one.phase in BUSY)


def levels(scene: Scene) -> tuple[tuple[str, float], ...]:
    """What the pilot board measures on the pilot."""
    board = scene.board
    if board is None:
        return ()
    found = (("high_v", board.high_v), ("low_v", board.low_v), ("offered_a", board.offered_a))
    return tuple((name, value) for name, value in found if value is not None)


def with_its_part(session: Session, shared: SharedSupply | None) -> Session:
    """As it would stand with a charge of its own, where the supply is shared.

    A connector without a charge has no share while others use the whole supply; it gets one when a charge begins, so
    that its 0 A are nobody's to raise. Where not all can have 6 A at once they stay: it would have to wait.
    """
    limit = session.limits.named(LimitSource.SUPPLY)
    if shared is None or limit is None or limit.current_a >= MIN_OFFER_A:
        return session
    part_a = shared.if_due(session.connector)
    if part_a < MIN_OFFER_A or shared.of(session.connector).standing is not Standing.OUT:
        return session
    words = f"{limit.detail}, and a part of it is free once a charge begins here"
    return replace(session, limits=session.limits.with_limit(LimitSource.SUPPLY, part_a, words, limit.since))
