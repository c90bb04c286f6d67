"""Where the next connection goes to: the client's `Way`, over several slots, kept over restarts.

The plan is agent/security/slots.py, the credentials of each slot are an `AccessKeeper`. Here they meet the site file,
the disk, the clock and what the connections came to. Slots that bring no credentials of their own share those of slot
1, so that a key which is changed at one of them is changed for all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from agent.config.model import OcppConfig, endpoint_of
from agent.core.link_figures import SlotFigures
from agent.errors import Busy, StoreError
from agent.ocpp_client.causes import Cause, LinkFailed
from agent.ocpp_client.link import LinkOptions
from agent.security.events import SecurityEvent
from agent.security.slots import ACCEPTED_WITHIN_S, NetworkProfile, Slots, Target, Trial
from agent.station.access import AccessKeeper, Surroundings, with_scheme
from agent.station.quiet import is_owing, is_quiet
from agent.station.slot_file import SlotFile
from agent.station.station import Station

log = logging.getLogger(__name__)

LOOKS_EVERY_S = 10.0
LONGEST_RETURN_WAIT_S = 86_400.0
NOT_ABOUT_THE_SLOT = frozenset({Cause.STOPPED, Cause.RECONNECTS})


async def _nothing_left_behind() -> None:
    return


class SlotKeeper:
    """A `Way` (ocpp_client/connections.py). `base` is how slot 1 logs in. Raises StoreError where a change is lost."""

    def __init__(self, station: Station, ocpp: OcppConfig, base: Surroundings) -> None:
        self._station, self._ocpp, self._note = station, ocpp, base.note
        self.site = profiles_of(ocpp)
        self._file = SlotFile(base.file, base.disk, self.site)
        self.slots = self._file.read()
        self._accesses = {1: AccessKeeper(base)} | {
            number: AccessKeeper(of_slot(base, number))
            for number, slot in enumerate(ocpp.slots, 2)
            if not slot.logs_in_alike
        }
        self._used: Target | None = None
        self._good: Target | None = None
        """The target that was accepted last in this run, while nothing else was."""
        self._is_good = False
        self._began_s: float | None = None
        """When a connection to the present target was first open without being accepted."""
        self._away_since_s: float | None = None
        self._seen_trial: Trial | None = None
        self._returns = 0
        self._failures: dict[int, tuple[int, str]] = {}
        self._changed = asyncio.Event()
        self._changing = asyncio.Lock()
        self.reconnect: Callable[[str], None] = lambda _: None
        """Opens another connection soon; given by the wiring."""
        self.leave_network: Callable[[], Awaitable[None]] = _nothing_left_behind
        """Forgets what one network left here, before another one takes over; given by the wiring."""

    # Credentials.

    @property
    def access(self) -> AccessKeeper:
        """How the charger logs in where it is, or will be next."""
        return self.access_of(self.present)

    @property
    def present(self) -> int:
        """The slot in use, or tried last; before the first attempt where that will go."""
        return self.slots.home if self._used is None else self._used.slot

    def access_of(self, slot: int) -> AccessKeeper:
        return self._accesses.get(slot, self._accesses[1])

    def accesses(self) -> tuple[AccessKeeper, ...]:
        return tuple(self._accesses.values())

    def endpoint(self, slot: int, profile: NetworkProfile) -> str:
        """The whole address, with the scheme that the security profile wants."""
        endpoint = endpoint_of(profile.url, self._ocpp.of_slot(slot).identity)
        return with_scheme(endpoint, is_encrypted=self.access_of(slot).plan.latest.is_encrypted)

    def may_use(self, slot: int) -> bool:
        """A slot that is less well protected than what the network raised another one to is passed over."""
        raised = [one.plan.proven.profile for one in self.accesses() if one.is_raised]
        return self.access_of(slot).plan.latest.profile >= max(raised, default=0)

    # The way to the next connection.

    async def options(self) -> LinkOptions:
        """Raises LinkFailed where there is no way just now."""
        owes = await self._may_owe()
        target = self.slots.next(self.may_use, owes=owes)
        self._is_good = False
        if target is None:
            self._used = None
            raise LinkFailed(Cause.CONFIGURATION, self._nowhere(owes=owes))
        if target != self._used:
            self._began_s = None
        self._used = target
        endpoint = endpoint_of(target.profile.url, self._ocpp.of_slot(target.slot).identity)
        return self.access_of(target.slot).options(endpoint, self._ocpp.of_slot(target.slot).identity)

    async def preview(self, slot: int | None) -> LinkOptions:
        """With what a connection to `slot` would be opened, without a number to the one in use, else to the next.

        Nothing is changed or tried by it. Raises LinkFailed, and Busy where there is no such slot.
        """
        if slot is not None:
            profile = self.slots.profiles.get(slot)
            if profile is None:
                raise Busy(f"slot {slot} has no address; see: evsectl ocpp status")
            return self._preview(slot, profile)
        owes = await self._may_owe()
        target = self._used if self._is_good else self.slots.next(self.may_use, owes=owes)
        if target is None:
            raise LinkFailed(Cause.CONFIGURATION, self._nowhere(owes=owes))
        return self._preview(target.slot, target.profile)

    def _preview(self, slot: int, profile: NetworkProfile) -> LinkOptions:
        identity = self._ocpp.of_slot(slot).identity
        return self.access_of(slot).preview(endpoint_of(profile.url, identity), identity)

    def opened(self, believed_by: tuple[bytes, ...]) -> None:
        self.access.opened(believed_by)
        if self._began_s is None:
            self._began_s = self._now_s()

    def failed(self, failure: LinkFailed) -> None:
        used = self._used
        if used is None or failure.cause in NOT_ABOUT_THE_SLOT:
            return
        self.access.failed(failure)
        count = self._failures.get(used.slot, (0, ""))[0] + 1
        self._failures[used.slot] = (count, str(failure))
        before = self.slots
        self.slots = before.failed(used, self._station.settings.connection_attempts)
        self._trial_may_have_ended(before, str(failure))

    def answered(self) -> None:
        used = self._used
        if used is None:
            return
        self.access.answered()
        self.slots = self.slots.answered(used)
        if self._good is not None and _place(self._good) == _place(used):
            self._is_good_now(used)

    async def accepted(self) -> None:
        """The network accepted this charger; durable before anything else is told there. Raises StoreError."""
        used, before, seen = self._used, self.slots, self.slots
        if used is None:
            return
        after = _accepted(before, used)
        if after.network != before.network:
            await self.leave_network()
        if (after.network, after.trial) != (before.network, before.trial):
            before = await self._become(lambda now: _accepted(now, used, seen))
        else:
            self.slots = after
            if after.last_good != before.last_good:
                # Only where to begin after a restart: a full disk must not keep a charger from its central system.
                self._station.deeds.do("keep the slots", self._keep)
        self._good = used
        self._failures.pop(used.slot, None)
        self._is_good_now(used)
        self._tell_change(before, used)

    def garbled(self, what: str) -> None:
        self.access.garbled(what)

    def repeated(self, action: str) -> None:
        self.access.repeated(action)

    # Running.

    async def run(self) -> None:
        """Give up what is not accepted, begin trials that had to wait, and come back to the preferred slot."""
        while True:
            if len(self.slots.priority) < 2 and self.slots.trial is None:
                self._changed.clear()
                await self._changed.wait()
            await asyncio.sleep(LOOKS_EVERY_S)
            try:
                await self._look()
            except StoreError as error:
                log.warning("whether another address may be tried is not known", extra={"why": str(error)})

    async def _look(self) -> None:
        used, now_s = self._used, self._now_s()
        if used is None:
            return
        if not self._is_good:
            self._look_at_patience(used, now_s)
        elif self.slots.trial is not None:
            await self._look_at_trial(self.slots.trial)
        elif self._is_time_to_return(now_s) and await is_quiet(self._station):
            self._returns += 1
            self._away_since_s = now_s
            self.slots = self.slots.returning()
            self.reconnect("the preferred address is tried again")

    async def _look_at_trial(self, trial: Trial) -> None:
        """One that had to wait begins. It is seen twice first: the answer to the command that asked for it leaves."""
        is_new, self._seen_trial = trial != self._seen_trial, trial
        target = self.slots.next(self.may_use, owes=await self.owes())
        if not is_new and target is not None and target.is_trial and await is_quiet(self._station):
            self.reconnect("another address is tried")

    def _look_at_patience(self, used: Target, now_s: float) -> None:
        is_where_it_was_heard = used.slot == self.slots.last_good and not used.is_trial
        if is_where_it_was_heard or self._began_s is None or now_s - self._began_s < ACCEPTED_WITHIN_S:
            return
        why = f"the charger was not accepted there within {ACCEPTED_WITHIN_S:g} s"
        self._failures[used.slot] = (self._failures.get(used.slot, (0, ""))[0] + 1, why)
        before, self._began_s = self.slots, None
        self.slots = before.expired(used)
        self._trial_may_have_ended(before, why)
        self.reconnect(why)

    def _is_time_to_return(self, now_s: float) -> bool:
        after_s = self._station.settings.return_after_s
        if after_s <= 0 or self._away_since_s is None or not self.may_use(self.slots.preferred):
            return False
        wait_s = min(float(after_s * (1 << min(self._returns, 16))), LONGEST_RETURN_WAIT_S)
        return now_s - self._away_since_s >= wait_s

    def _is_good_now(self, used: Target) -> None:
        self._is_good, self._began_s = True, None
        if used.slot == self.slots.preferred:
            self._away_since_s, self._returns = None, 0
        elif self._away_since_s is None:
            self._away_since_s = self._now_s()

    # Changes.

    async def change(self, how: Callable[[Slots], Slots], what: str) -> None:
        """From the next connection on. `what` is told as a security event. Raises StoreError, and what `how` does."""
        await self._become(how)
        slots, self._away_since_s, self._returns = self.slots, None, 0
        if self._is_good and self.present != slots.preferred and slots.trial is None:
            self._away_since_s = self._now_s() - LONGEST_RETURN_WAIT_S  # at the next quiet moment
        self._changed.set()
        self._note(SecurityEvent.RECONFIGURED, what)
        if slots.trial is not None:
            target = slots.trial
            self._station.tell("slot.tried", slot=target.slot, endpoint=self.endpoint(target.slot, target.profile))

    async def use(self, slot: int) -> None:
        """A person wants the next connection to go to `slot`. Raises Busy where it may not, and StoreError."""
        profile = self.slots.profiles.get(slot)
        if profile is None or slot not in self.slots.priority:
            raise Busy(f"slot {slot} is not in use; see: evsectl ocpp status")
        if self._is_good and slot == self.present:
            raise Busy(f"slot {slot} is connected and was accepted already; nothing was changed")
        if not self.may_use(slot):
            raise Busy(f"slot {slot} is less well protected than what the central system asked for")
        if not self.slots.is_open(profile, owes=await self.owes()):
            raise Busy(f"network {self.slots.network!r} has not heard the end of a charge yet; wait until it has")
        await self._become(lambda now: now.starting_at(slot))
        self._away_since_s, self._returns = None, 0
        self.reconnect(f"slot {slot} was asked for at the charger")

    async def owes(self) -> bool:
        """Whether the network has not heard of all that it must; looked up only where there is another one."""
        return self.slots.spans_networks and await is_owing(self._station)

    async def _may_owe(self) -> bool:
        """The same; where it cannot be looked up the charger keeps to the network it was at."""
        try:
            return await self.owes()
        except StoreError as error:
            log.warning("what the network has not heard yet is not known", extra={"why": str(error)})
            return True

    def erase(self) -> None:
        """Forget what the network changed, here and in credentials; blocks. Raises OSError."""
        for access in self.accesses():
            access.erase()
        self._file.erase()

    # What is seen.

    def figures(self) -> tuple[SlotFigures, ...]:
        """By priority; a slot that is only on trial yet comes last."""
        slots = self.slots
        new = () if slots.trial is None or slots.trial.slot in slots.priority else (slots.trial.slot,)
        return tuple(self._figures_of(number) for number in (*slots.priority, *new))

    def _figures_of(self, number: int) -> SlotFigures:
        slots, trial = self.slots, self.slots.trial
        is_on_trial = trial is not None and trial.slot == number
        profile = slots.profiles.get(number)
        failures, why = self._failures.get(number, (0, ""))
        return SlotFigures(
            number=number,
            endpoint="" if profile is None else self.endpoint(number, profile),
            network="" if profile is None else profile.network,
            security_profile=self.access_of(number).plan.latest.profile,
            is_active=self._used is not None and self._used.slot == number,
            is_last_good=number == slots.last_good,
            failures=failures,
            why=why,
            trial=self.endpoint(number, trial.profile) if trial is not None and is_on_trial else "",
            trial_failures=trial.failures if trial is not None and is_on_trial else 0,
        )

    # Inside.

    def _trial_may_have_ended(self, before: Slots, why: str) -> None:
        trial = before.trial
        if trial == self.slots.trial or trial is None:
            return
        self._station.deeds.do("keep the slots", self._keep)
        if self.slots.trial is None:
            endpoint = self.endpoint(trial.slot, trial.profile)
            self._note(SecurityEvent.RECONFIGURED, f"slot {trial.slot} stays as it was; {endpoint}: {why}")
            self._station.tell("slot.reverted", slot=trial.slot, endpoint=endpoint, why=why)

    def _tell_change(self, before: Slots, used: Target) -> None:
        endpoint = self.endpoint(used.slot, used.profile)
        if before.trial is not None and self.slots.trial is None:
            self._note(SecurityEvent.RECONFIGURED, f"in use: slot {used.slot} is {endpoint}")
            self._station.tell("slot.changed", slot=used.slot, endpoint=endpoint)
        elif used.slot != before.last_good:
            previous = 0 if before.last_good is None else before.last_good
            self._station.tell("slot.taken", slot=used.slot, endpoint=endpoint, previous_slot=previous)

    def _nowhere(self, *, owes: bool) -> str:
        if owes:
            return (
                f'no slot leads to network "{self.slots.network}" any more, which has not heard the end of a charge; '
                "put its address back into the site file until the queue is empty"
            )
        return "no slot is as well protected as the central system asked for; look at the slots of the site file"

    async def _become(self, how: Callable[[Slots], Slots]) -> Slots:
        """What they were right before `how` changed them. It is asked again after each write: things happen meanwhile.

        On disk first. Raises StoreError, and what `how` does.
        """
        async with self._changing:
            kept = ""
            while (text := self._file.text(how(self.slots))) != kept:
                await self._file.write(text)
                kept = text
            before, self.slots = self.slots, how(self.slots)
            return before

    async def _keep(self) -> None:
        async with self._changing:
            await self._file.write(self._file.text(self.slots))

    def _now_s(self) -> float:
        return self._station.clock.now().monotonic_s


def _accepted(slots: Slots, used: Target, before: Slots | None = None) -> Slots:
    """Where somebody said since `before` where the next attempt is to go, it goes there. Raises StoreError."""
    after = slots.accepted(used)
    if used.profile.network != after.network:
        raise StoreError("the address was changed again meanwhile")
    if before is None or (slots.at, slots.returns) == (before.at, before.returns):
        return after
    return replace(after, at=slots.at, failures=slots.failures, returns=slots.returns)


def profiles_of(ocpp: OcppConfig) -> dict[int, NetworkProfile]:
    """What the site file says of each slot, by its number."""
    slots = {number: ocpp.of_slot(number) for number in range(1, len(ocpp.slots) + 2)}
    return {number: NetworkProfile(url=slot.url, network=slot.network) for number, slot in slots.items()}


def _place(target: Target) -> tuple[int, NetworkProfile]:
    return target.slot, target.profile


def of_slot(base: Surroundings, number: int) -> Surroundings:
    """How a slot with credentials of its own logs in."""
    slot, tls = base.ocpp.slots[number - 2], base.tls
    if slot.client_certificate_file is not None:
        own = {"client_certificate_file": slot.client_certificate_file, "client_key_file": slot.client_key_file}
        tls = replace(tls, **own)
    if slot.ca_file is not None:
        tls = replace(tls, ca_file=slot.ca_file)
    return replace(base, file=base.file.with_name(f"access-{number}.json"), ocpp=base.ocpp.of_slot(number), tls=tls)
