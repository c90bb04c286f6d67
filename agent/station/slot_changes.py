"""What the central system may write about slots: `URL [network=NAME]` for one, `2,1` for their priority.

A refusal says why in an event, for ChangeConfiguration cannot.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from urllib.parse import urlsplit

from agent.config.model import NETWORK_NAME, OcppConfig
from agent.config.slots import objection_to_address
from agent.errors import SecurityError
from agent.security.slots import MOST_SLOTS, NetworkProfile, Slots
from agent.station.slots import SlotKeeper
from agent.station.station import Station

NETWORK = "network="


class SlotRefused(SecurityError):
    """A change of the slots that is none; its text goes on after what was written."""


class SlotChanges:
    """`AddressPort` of the OCPP client."""

    def __init__(self, station: Station, ocpp: OcppConfig, keeper: SlotKeeper) -> None:
        self._station, self._ocpp, self._keeper = station, ocpp, keeper

    def network_profile(self, slot: int) -> str:
        """One on trial is not the slot's yet."""
        profile = self._keeper.slots.profiles.get(slot)
        if profile is None:
            return ""
        return f"{profile.url} {NETWORK}{profile.network}" if profile.network else profile.url

    def tries(self, slot: int) -> bool:
        trial = self._keeper.slots.trial
        return trial is not None and trial.slot == slot

    def priority(self) -> str:
        return _listed(self._keeper.slots.priority)

    async def change_network_profile(self, slot: int, text: str) -> bool:
        change = self._change_profile(slot, text) if text.strip() else self._empty(slot)
        return await self._done(f"slot {slot}", change)

    async def change_priority(self, text: str) -> bool:
        return await self._done("the priority of slots", self._change_priority(text))

    async def _done(self, what: str, change: Awaitable[None]) -> bool:
        try:
            await change
        except SlotRefused as refused:
            self._station.tell("slot.refused", what=what, why=str(refused))
            return False
        return True

    async def _change_profile(self, slot: int, text: str) -> None:
        keeper, profile = self._keeper, self._read(slot, text)
        slots = keeper.slots.trying(slot, profile)
        if slots.trial is not None or keeper.slots.trial is not None:
            what = f"slot {slot} is to be {keeper.endpoint(slot, profile)}"
            await keeper.change(lambda now: now.trying(slot, profile), what)

    async def _empty(self, slot: int) -> None:
        keeper, slots = self._keeper, self._keeper.slots
        if slot not in slots.profiles:
            if slots.trial is not None and slots.trial.slot == slot:
                await keeper.change(lambda now: now.given_up(), f"slot {slot} stays empty")
            return
        await keeper.change(lambda now: self._without(now, slot), f"slot {slot} is empty")

    def _without(self, slots: Slots, slot: int) -> Slots:
        if slot in (slots.last_good, self._keeper.present):
            raise SlotRefused("an empty text would empty the slot in use")
        if slots.priority == (slot,):
            raise SlotRefused("an empty text would leave no slot in use")
        return slots.without(slot)

    async def _change_priority(self, text: str) -> None:
        keeper = self._keeper
        words = [one.strip() for one in text.split(",")]
        if not all(one.isascii() and one.isdecimal() and len(one) == 1 for one in words):
            raise SlotRefused(f"is no list of slots from 1 to {MOST_SLOTS}, as 2,1")
        wanted = tuple(map(int, words))
        if len(set(wanted)) < len(wanted):
            raise SlotRefused("names a slot twice")
        for one in wanted:
            if one not in keeper.slots.profiles:
                raise SlotRefused(f"names slot {one}, which is empty")
            if not keeper.may_use(one):
                raise SlotRefused(f"names slot {one}, which is less well protected than what is in use")
        if wanted != keeper.slots.priority:
            await keeper.change(lambda now: now.ordered(wanted), f"the priority of slots is {_listed(wanted)}")

    def _read(self, slot: int, text: str) -> NetworkProfile:
        keeper, ocpp = self._keeper, self._ocpp
        url, *more = text.split()
        if len(more) > 1 or any(not one.startswith(NETWORK) for one in more):
            raise SlotRefused(f"is not written as URL, or URL {NETWORK}NAME")
        before = keeper.slots.profiles.get(slot)
        network = more[0].removeprefix(NETWORK) if more else (before.network if before is not None else ocpp.network)
        if not re.fullmatch(NETWORK_NAME, network):
            raise SlotRefused("names a network by more than up to 30 letters, digits, dots and dashes")
        access = keeper.access_of(slot).plan.latest
        why = objection_to_address(url, profile=access.profile, allow_insecure=ocpp.allow_insecure)
        if why is not None:
            raise SlotRefused(why)
        profile = NetworkProfile(url=_without_identity(url, ocpp.of_slot(slot).identity), network=network)
        for number, other in keeper.slots.profiles.items():
            if keeper.endpoint(number, other) == keeper.endpoint(slot, profile):
                if number == slot and other.network == network:
                    return other
                raise SlotRefused(f"is the address of slot {number} already")
        if not keeper.may_use(slot):
            raise SlotRefused(f"would never be tried: slot {slot} is less well protected than what is in use")
        return profile


def _listed(slots: tuple[int, ...]) -> str:
    return ",".join(map(str, slots))


def _without_identity(url: str, identity: str) -> str:
    """Some central systems write the whole address, with the charger's name at the end."""
    path = urlsplit(url).path
    return url.removesuffix(identity) + "{identity}" if path.endswith(f"/{identity}") else url
