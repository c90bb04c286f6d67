"""Which of several addresses the next connection goes to, and how a change of one is tried out. Pure.

The words are those of OCPP 2.0.1: a *network connection profile* says where a central system is, a numbered *slot* of
the configuration holds one, and a list of slots is their priority. Times, credentials and connections are elsewhere;
what happens comes in, the next state goes out.

- Every slot has some attempts, then it is the next one's turn: after the last good one the others by priority, round
  and round. The last good one is where an attempt begins, so that a charger stays where it was heard.
- A profile that was changed from afar is on *trial*: it goes first, some attempts long. Accepted, it is the slot's;
  otherwise everything is as it was. So neither a dead address nor a power cut can lock the charger out.
- Slots with one name of a network are addresses of one central system, which knows a transaction wherever it hears of
  it. Another *network* has never heard of it: as long as the charger owes one network the rest of a transaction, it
  goes to no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from agent.values import frozen

TRIAL_ATTEMPTS = 3
"""Failures of a profile on trial before everything is as it was again (proposed)."""
ACCEPTED_WITHIN_S = 300.0
"""A new connection must be accepted within this, unless it is where the charger was heard last (proposed)."""
MOST_SLOTS = 4


@frozen(kw_only=True)
class NetworkProfile:
    """`url` as a person writes it, the identity in it or left out; `network` is the name of whose central system."""

    url: str
    network: str = ""


@frozen(kw_only=True)
class Trial:
    """What a slot is to hold if it works. `failures`: attempts that came to nothing, over power cuts too."""

    slot: int
    profile: NetworkProfile
    failures: int = 0


@frozen(kw_only=True)
class Target:
    """Where an attempt goes."""

    slot: int
    profile: NetworkProfile
    is_trial: bool = False


@frozen(kw_only=True)
class Slots:
    """`priority` names the slots in use, the preferred one first, and at least one.

    `network` is the one that may have heard of transactions: of the profile that was accepted last. `at`, `failures`
    and `returns` are of the moment and gone with a restart: the slot whose turn it is, its failed attempts in a row,
    and whether the next attempt is one to come back to the preferred slot.
    """

    profiles: Mapping[int, NetworkProfile]
    priority: tuple[int, ...]
    network: str = ""
    last_good: int | None = None
    trial: Trial | None = None
    at: int | None = None
    failures: int = 0
    returns: bool = False

    @property
    def preferred(self) -> int:
        return self.priority[0]

    @property
    def home(self) -> int:
        """Where attempts begin."""
        return self.last_good if self.last_good in self.priority else self.preferred

    @property
    def spans_networks(self) -> bool:
        """Whether anything here is another network's."""
        ahead = () if self.trial is None else (self.trial.profile,)
        return any(one.network != self.network for one in (*self.profiles.values(), *ahead))

    def is_open(self, profile: NetworkProfile, *, owes: bool) -> bool:
        """Whether a charger that `owes` something may go there."""
        return profile.network == self.network or not owes

    def next(self, may_use: Callable[[int], bool], *, owes: bool) -> Target | None:
        """Where the next attempt goes, of the slots that `may_use` allows; None where there is nowhere to go."""
        trial = self.trial
        if trial is not None and may_use(trial.slot) and self.is_open(trial.profile, owes=owes):
            return Target(slot=trial.slot, profile=trial.profile, is_trial=True)
        usable = [one for one in self._round() if may_use(one) and self.is_open(self.profiles[one], owes=owes)]
        if not usable:
            return None
        slot = self.preferred if self.returns and self.preferred in usable else self._turn(usable)
        return Target(slot=slot, profile=self.profiles[slot])

    def _round(self) -> tuple[int, ...]:
        """The slots in the order of their turns, the last good one first."""
        return (self.home, *(one for one in self.priority if one != self.home))

    def _turn(self, usable: list[int]) -> int:
        """The slot whose turn it is, or the next one in the round that is usable."""
        order = self._round()
        start = order.index(self.at) if self.at in order else 0
        return next(one for one in order[start:] + order[:start] if one in usable)

    def failed(self, used: Target, attempts: int) -> Slots:
        """An attempt came to nothing; `attempts` is what each slot has."""
        if used.is_trial:
            return self._trial_failed(used)
        if self.returns:
            return replace(self, returns=False, at=self.home, failures=0)
        failures = self.failures + 1 if used.slot == self.at else 1
        return replace(self, at=used.slot, failures=failures) if failures < attempts else self._passed_on(used)

    def expired(self, used: Target) -> Slots:
        """A connection was there for long, and this charger was not accepted over it."""
        if used.is_trial:
            return self.given_up() if self._is_on_trial(used) else self
        return replace(self, returns=False, at=self.home, failures=0) if self.returns else self._passed_on(used)

    def _passed_on(self, used: Target) -> Slots:
        order = self._round()
        after = order.index(used.slot) + 1 if used.slot in order else 0
        return replace(self, at=order[after % len(order)], failures=0)

    def _is_on_trial(self, used: Target) -> bool:
        """Whether it is still this one: it may have been changed again meanwhile, or given up."""
        trial = self.trial
        return used.is_trial and trial is not None and (trial.slot, trial.profile) == (used.slot, used.profile)

    def _trial_failed(self, used: Target) -> Slots:
        trial = self.trial
        if trial is None or not self._is_on_trial(used):
            return self
        if trial.failures + 1 >= TRIAL_ATTEMPTS:
            return self.given_up()
        return replace(self, trial=replace(trial, failures=trial.failures + 1))

    def given_up(self) -> Slots:
        """No trial any more: what was before is as it was, and where the charger was heard last comes first."""
        return replace(self, trial=None, at=None, failures=0)

    def answered(self, used: Target) -> Slots:
        """Somebody answered there. That alone commits nothing."""
        return self if used.is_trial else replace(self, at=used.slot, failures=0)

    def accepted(self, used: Target) -> Slots:
        """The network accepted this charger there: what was on trial is the slot's, and a new slot the least liked."""
        if not (self._is_on_trial(used) if used.is_trial else used.slot in self.profiles):
            return self
        profiles = {**self.profiles, used.slot: used.profile} if used.is_trial else self.profiles
        return replace(
            self,
            profiles=profiles,
            priority=self.priority if used.slot in self.priority else (*self.priority, used.slot),
            network=used.profile.network,
            last_good=used.slot,
            trial=None if used.is_trial else self.trial,
            at=used.slot,
            failures=0,
            returns=False,
        )

    # Changes.

    def trying(self, slot: int, profile: NetworkProfile) -> Slots:
        """`profile` is to be tried for `slot` from the next connection on; an earlier trial is forgotten."""
        is_there = self.profiles.get(slot) == profile
        return replace(self, trial=None if is_there else Trial(slot=slot, profile=profile), returns=False)

    def without(self, slot: int) -> Slots:
        """The slot is empty; never the one where the charger was heard last, nor the only one."""
        left = {number: profile for number, profile in self.profiles.items() if number != slot}
        trial = None if self.trial is not None and self.trial.slot == slot else self.trial
        priority = tuple(one for one in self.priority if one != slot)
        return replace(self, profiles=left, priority=priority, trial=trial, at=None, failures=0)

    def ordered(self, priority: tuple[int, ...]) -> Slots:
        """Another priority, of slots there are."""
        return replace(self, priority=priority, at=self.at if self.at in priority else None, returns=False)

    def starting_at(self, slot: int) -> Slots:
        """The next attempt goes to `slot`, whatever went before; a trial that waits is given up."""
        return replace(self, at=slot, failures=0, returns=False, trial=None)

    def returning(self) -> Slots:
        """The next attempt is one with the preferred slot; if it fails, the last good one is next."""
        return replace(self, returns=True)


# As text, for its file.


def written(slots: Slots, site: Mapping[int, NetworkProfile]) -> dict[str, object]:
    """For its file. What is of the moment is left out."""
    trial = slots.trial
    return {
        "site": _written(site),
        "profiles": _written(slots.profiles),
        "priority": list(slots.priority),
        "network": slots.network,
        "last_good": slots.last_good,
        "trial": None if trial is None else _written_trial(trial),
    }


def _written_trial(trial: Trial) -> dict[str, object]:
    profile = trial.profile
    return {"slot": trial.slot, "failures": trial.failures, "url": profile.url, "network": profile.network}


def restored(text: object, site: Mapping[int, NetworkProfile]) -> Slots:
    """What `written` wrote, as far as it holds beside what the site file says now; else what that says.

    What a person changed there since then is meant, and ends what the network changed. Where the charger was heard
    last stays known, and so does which network may have heard of transactions.
    """
    own = Slots(profiles=dict(site), priority=tuple(sorted(site)), network=site[min(site)].network)
    match text:
        case {"site": then, "network": str(network), "last_good": int() | None as last_good, **rest}:
            own = replace(own, network=network, last_good=last_good)
            return own if _read(then) != dict(site) else _changed(own, rest)
    return own


def _changed(own: Slots, text: Mapping[object, object]) -> Slots:
    match text:
        case {"profiles": profiles, "priority": list(priority), "trial": trial}:
            found = _read(profiles)
            if found and priority and all(one in found for one in priority) and len(set(priority)) == len(priority):
                return replace(own, profiles=found, priority=tuple(priority), trial=_trial(trial))
    return own


def _trial(text: object) -> Trial | None:
    match text:
        case {"slot": int(slot), "failures": int(failures), "url": str(url), "network": str(network)}:
            profile = NetworkProfile(url=url, network=network)
            return Trial(slot=slot, profile=profile, failures=failures) if slot in range(1, MOST_SLOTS + 1) else None
    return None


def _written(profiles: Mapping[int, NetworkProfile]) -> dict[str, object]:
    return {str(number): {"url": one.url, "network": one.network} for number, one in sorted(profiles.items())}


def _read(text: object) -> dict[int, NetworkProfile]:
    """Empty for what nobody wrote."""
    found: dict[int, NetworkProfile] = {}
    for number, one in text.items() if isinstance(text, dict) else ():
        match number, one:
            case str(), {"url": str(url), "network": str(network)} if number in map(str, range(1, MOST_SLOTS + 1)):
                found[int(number)] = NetworkProfile(url=url, network=network)
            case _:
                return {}
    return found
