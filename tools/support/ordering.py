"""An order from the question to its end: what is known of the charger, the order shown, sent, waited for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agent.control.arguments import checked, redacted
from agent.control.registry import find
from agent.control.verb import Action, Effect
from agent.control.wire import Argument
from agent.core.orders.effects import LEAST_ROLE, KeyRole
from agent.core.orders.envelope import Order, moment, signed
from agent.core.orders.judging import FORGED, SKEW_MS, STALE
from agent.errors import BadRequest
from agent.tables import close_to
from agent.telemetry.letters import BadDocument, read
from agent.telemetry.topics import DEVICE, RESULT, Topics, place_of
from agent.values import frozen
from tools.support.answers import Answers, Kind, reason_of
from tools.support.blobs import Arriving, promise_of
from tools.support.door import door_of
from tools.support.failures import NoAnswer, NonceRefused, NotReachable, OrderRefused, SupportError, WrongUse
from tools.support.here import Here
from tools.support.keys import loaded
from tools.support.link import AT_LEAST_ONCE, Link, Message
from tools.support.picture import Device, Picture, Presence, moment_ms
from tools.support.settings import KeyTable
from tools.support.telling import age_words

KEPT_WITHIN_S = 2.0
"""A broker sends what it keeps at once; after this it keeps nothing."""
QUIET_S = 0.15
ACKNOWLEDGED_WITHIN_S = 15.0
VALID_S = 120
"""A charger on a slow link still gets it in time; one that was away does not do tomorrow what was asked today."""
BETWEEN_PIECES_S = 60.0
PATIENCE_S = 3.0
"""Longer without a word, and who waits asks himself whether it hangs."""
RIGHTS = {one.word: one for one in KeyRole}

Tell = Callable[[str], None]
Progress = Callable[[Mapping[str, Any]], None]


@frozen(kw_only=True)
class Wish:
    """What shall be asked of whom. `effect`: the worst that can come of it."""

    device: str
    words: str
    arguments: Mapping[str, Argument]
    action: Action
    effect: Effect


@frozen(kw_only=True)
class Desk:
    """Where orders go out, and whose."""

    link: Link
    prefix: str
    key: KeyTable
    acknowledged_within_s: float = ACKNOWLEDGED_WITHIN_S
    patience_s: float = PATIENCE_S
    """After that who waits is told that it was taken."""


@frozen(kw_only=True)
class Outcome:
    """How it ended well. `passed` false is a verdict. `file`: what came with it, whole and with the right hash."""

    body: Mapping[str, Any]
    passed: bool = True
    file: bytes | None = None
    file_name: str = ""
    doubt: str = ""
    clocks: str = ""
    """That the charger's clock and this computer's are apart, and by how much; "" where they are not."""


def wish(device: str, words: str, arguments: Mapping[str, Argument]) -> Wish:
    """Checked by the charger's own table. Raises WrongUse and BadRequest with what there is."""
    action = find(words)
    if action.remote is None:
        raise WrongUse(f'"{words}" is done at the charger only: evsectl {words}')
    try:
        checked(action, arguments)
    except BadRequest as error:
        raise BadRequest(door_of(device).told(str(error))) from error
    return Wish(device=device, words=words, arguments=arguments, action=action, effect=action.remote)


def known(link: Link, prefix: str, name: str) -> Device:
    """What the broker keeps of this charger. Raises WrongUse, and NotReachable with the nearest name there is."""
    if not DEVICE.fullmatch(name):
        raise WrongUse(f'"{name[:70]}" is no name of a charger: letters, digits and . _ : -; see: evse-support fleet')
    topics, picture = Topics(prefix, name), Picture()
    link.subscribe([topics.state, f"{topics.base}/port/+/status", topics.health])
    _gather(link, picture)
    if name in picture.devices:
        return picture.devices[name]
    everybody = Picture()
    link.subscribe([Topics(prefix, "+").state])
    _gather(link, everybody)
    names = list(everybody.devices)
    there = f"; {_others(len(names))} there" if names else "; no charger is, under this prefix"
    spelled = [one for one in names if one.lower() == name.lower()]
    close = f'; did you mean "{spelled[0]}"?' if spelled else close_to(name, names)
    raise NotReachable(f'no charger "{name}" has ever told anything to this broker{close or there}')


def _others(count: int) -> str:
    return f"{count} other{' is' if count == 1 else 's are'}"


def _gather(link: Link, picture: Picture) -> None:
    """Until it is there and nothing more that is kept comes, or the broker keeps nothing."""
    here = link.here
    now = kept = here.monotonic()
    end = now + KEPT_WITHIN_S
    while now < end and not (picture.devices and now - kept > QUIET_S):
        message = link.next(QUIET_S)
        now = here.monotonic()
        if message is not None:
            kept = now if message.retained else kept
            picture.take(
                message.topic, message.payload, message.content_type, retained=message.retained, now_ms=here.now_ms()
            )


def standing(device: Device, now_ms: int) -> str:
    """One line: whether it is there, since when, and what it said last."""
    presence, age = device.presence(now_ms), device.age_s(now_ms)
    since = f"last word {age_words(age)} ago" if age is not None else "nobody knows since when"
    ports = ", ".join(f"port {number} {port.state}" for number, port in sorted(device.ports.items()) if port.state)
    reason = f" ({device.reason})" if device.reason else ""
    then = "now" if presence is Presence.ONLINE else "then"
    return f"{device.name} is {presence.value}{reason}, {since}" + (f"; {then}: {ports}" if ports else "")


def refuse_hopeless(device: Device, now_ms: int, *, anyway: bool) -> None:
    """Raises NotReachable or OrderRefused where the charger would never see or take an order."""
    if device.takes_orders is False:
        raise OrderRefused(
            f"{device.name} takes no orders over MQTT: its site file has no [support] with orders = true; "
            f"what it tells by itself: evse-support show {device.name}"
        )
    if device.online is False and not anyway:
        raise NotReachable(
            f"{standing(device, now_ms)}; nothing was sent. An order is good for {VALID_S} s: wait for it to come back "
            f"(evse-support fleet --match {device.name}), or send it all the same with --anyway"
        )


def written(asked: Wish, device: Device, key: KeyTable, case: str, here: Here) -> Order:
    """Unsigned. The nonce stands in for the time where the charger has no clock, or doubts it (security.md S-23)."""
    now = here.now_ms()
    return Order(
        id=here.token(16),
        device=asked.device,
        verb=asked.words,
        args=dict(asked.arguments),
        issued=moment(now),
        expires=moment(now + 1000 * VALID_S),
        nonce=device.nonce,
        key_id=key.id,
        case=case,
    )


def needed_role(action: Action, effect: Effect) -> KeyRole:
    """The least that a key needs: by the effect, and by the role that the verb wants at the socket."""
    return next(one for one in KeyRole if one >= max(action.role, LEAST_ROLE[effect]))


def shown(asked: Wish, order: Order, key: KeyTable) -> list[str]:
    """What a person reads before it is sent; tokens masked."""
    arguments = redacted(asked.action, asked.arguments)
    role = RIGHTS.get(key.role, KeyRole.VIEWER)
    needed = needed_role(asked.action, asked.effect)
    lines = [
        f"order    {asked.words}{' ' + arguments if arguments else ''}",
        f"to       {asked.device}" + (f", for case {order.case}" if order.case else ""),
        f"effect   {asked.effect.value}",
        f"key      {key.id}, {key.role}" + ("" if role >= needed else f"; needs {needed.word}: expect a refusal"),
        f"expires  {order.expires}",
    ]
    return lines


def carried_out(desk: Desk, asked: Wish, order: Order, *, progress: Progress, tell: Tell) -> Outcome:
    """Signs, sends and waits. Raises OrderRefused, NoAnswer, WrongUse, SupportError."""
    link = desk.link
    payload = signed(order, loaded(desk.key).sign)
    topics = Topics(desk.prefix, asked.device)
    link.subscribe([topics.result(order.id), f"{topics.base}/blob/{order.id}/+"], AT_LEAST_ONCE)
    if not link.publish(topics.command, payload):
        tell("the broker knows nobody who listens for this charger's orders; waiting all the same")
    waiting = _Waiting(topics, order.id, progress, desk.acknowledged_within_s)
    longest_s = _longest_silence_s(asked.action) + desk.acknowledged_within_s
    words = f'{asked.device} has taken "{asked.words}" and is at it; it is waited for up to {age_words(longest_s)}'
    waiting.run(link, longest_s, AtIt(desk.patience_s, lambda: tell(words)))
    return waiting.outcome(asked, desk.key.id)


def _longest_silence_s(action: Action) -> float:
    """An answer that streams says something all the while; any other comes whole, within what the charger gives it."""
    if action.follows and action.timeout_s is not None:
        return action.timeout_s
    return action.remote_within_s


@frozen
class AtIt:
    """What is told once of an order that was taken, and of which nothing was heard for so long."""

    after_s: float
    tell: Callable[[], None]


class _Waiting:
    """For the end of one order, and for the file that comes with it."""

    def __init__(self, topics: Topics, id: str, progress: Progress, acknowledged_within_s: float) -> None:
        self._topics, self._progress, self._patience_s = topics, progress, acknowledged_within_s
        self.answers, self.file = Answers(id), Arriving()
        self._ahead_s: float | None = None
        """The charger's clock, as its first answer came."""

    def run(self, link: Link, silence_s: float, at_it: AtIt) -> None:
        """Until the end, or silence for too long."""
        heard, is_told = link.here.monotonic(), False
        while not self._is_over():
            message = link.next(0.25)
            now = link.here.monotonic()
            if message is not None and self._take(message, link.here.now_ms()):
                heard = now
            if self.answers.acknowledged and not is_told and now - heard > at_it.after_s:
                at_it.tell()
                is_told = True
            if now - heard > self._limit(silence_s):
                return
        for message in link.drained():
            self._take(message, link.here.now_ms())

    def _limit(self, silence_s: float) -> float:
        if not self.answers.acknowledged:
            return self._patience_s
        return BETWEEN_PIECES_S if self.answers.end is not None else silence_s

    def _is_over(self) -> bool:
        end = self.answers.end
        if end is None:
            return False
        return self.answers.kind is not Kind.RESULT or "blob" not in end or self.file.is_complete

    def _take(self, message: Message, now_ms: int) -> bool:
        place = place_of(message.topic)
        if place is None or place.order != self.answers.id or place.device != self._topics.device:
            return False
        if place.kind != RESULT:
            self.file.take(place.chunk, message.payload)
            return True
        try:
            body = read(message.payload, message.content_type)
        except BadDocument:
            return False
        if self._ahead_s is None and (clock_ms := moment_ms(body.get("time"))) is not None:
            self._ahead_s = (clock_ms - now_ms) / 1000
        told = self.answers.take(body)
        if told is not None:
            self._progress(told)
        end = self.answers.end
        if end is not None and isinstance(end.get("blob"), dict):
            self.file.expect(promise_of(end["blob"]))
        return True

    def outcome(self, asked: Wish, key_id: str) -> Outcome:
        """Raises what it came to."""
        answers, end = self.answers, self.answers.end
        clocks, door = clock_words(asked.device, self._ahead_s), door_of(asked.device)
        if not answers.acknowledged:
            raise NoAnswer(
                f"{asked.device} did not acknowledge within {self._patience_s:g} s; whether it was done is not "
                "known. It may be away, or the broker's access list keeps the order or the answer back. "
                f"See: evse-support fleet --match {asked.device}"
            )
        if end is None:
            raise NoAnswer(
                f'{asked.device} took "{asked.words}" and did not end it in time; it may still be at it. '
                f"Its record: evse-support do {asked.device} events"
            )
        if answers.kind is Kind.REFUSED:
            why = f"{asked.device} refused: {door.told(reason_of(end))}{_whose(end, key_id)}"
            raise NonceRefused(why, clocks) if _refusal(end) == STALE else OrderRefused(why + _by_clock(end, clocks))
        body = end.get("body") if isinstance(end.get("body"), dict) else {}
        assert isinstance(body, dict)
        if answers.kind is Kind.FAILED:
            raise SupportError(f"{asked.device} could not do it: {door.told(reason_of(end))}")
        promise = self.file.promise if "blob" in end else None
        return Outcome(
            body=body,
            passed=end.get("passed", True) is not False,
            file=None if promise is None else self.file.whole(),
            file_name="" if promise is None else promise.name,
            doubt=answers.doubt,
            clocks=clocks,
        )


def _refusal(end: Mapping[str, Any]) -> object:
    """Its word for programs."""
    reason = end.get("reason")
    return reason.get("key") if isinstance(reason, Mapping) else None


def clock_words(device: str, ahead_s: float | None) -> str:
    """ "" while both clocks take each other's orders."""
    if ahead_s is None or abs(ahead_s) * 1000 <= SKEW_MS:
        return ""
    way = "ahead of" if ahead_s > 0 else "behind"
    return f"the clock of {device} is {age_words(abs(ahead_s))} {way} this computer's; one of the two is wrong"


def _by_clock(end: Mapping[str, Any], clocks: str) -> str:
    """Of a charger whose release takes no order while it does not know its clock to be wrong."""
    if not clocks or _refusal(end) not in ("expired", "not_yet"):
        return ""
    return f". {clocks[0].upper()}{clocks[1:]}: a new order fares no better before that one is set"


def _whose(end: Mapping[str, Any], key_id: str) -> str:
    """What to do at this end about a signature that is not good."""
    if _refusal(end) != FORGED.key:
        return ""
    return (
        f"; so the private key of this configuration is not the other half of what the charger has under {key_id}. "
        "Compare: evse-support key show"
    )
