"""With what the charger presents itself and whom it trusts, and how a change of that is tried out. Pure.

A change that came over the network may lock the charger out: a mistyped key, a central system that was told of a new
certificate and never got it, a root that nothing leads to. So what was changed is a *trial* beside what is *proven*,
the access the network last answered over. The trial goes first; after some failures both go in turn, and the first that
is answered wins. Neither is given up while neither is answered: a central system may take a new key into use late, and
would never see it again otherwise (OCPP 1.6 security whitepaper, A05.FR.08; ocpp16.md section 14).

Roots are an exception: one that was installed for a change to come leads nowhere yet. It stays the second choice.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from agent.secret import Secret
from agent.values import frozen

TRIAL_ATTEMPTS = 3
"""Failures of a trial before what was there before is tried again (proposed)."""
FORMER_KEY_REFUSALS = 20
"""So many refusals of the former key while a new one is on trial, and it is forgotten: some two hours of back-off."""
SITE = "site"
"""Stands among the roots for what the site file names, or without one for the system's authorities."""


class Failure(Enum):
    """What a failed attempt says about the access it was made with."""

    NOTHING = "nothing"
    """The network is away, or the central system has no time."""
    REFUSED = "refused"
    """The central system turned the credentials down."""
    OTHER = "other"
    """Anything that another access could make better: no TLS there, a certificate nobody vouches for, silence."""


@frozen(kw_only=True)
class Access:
    """`chain` is the id of the charger's own certificate, "" the site file's; `roots` are ids, and SITE."""

    profile: int
    key: Secret | None = None
    chain: str = ""
    roots: tuple[str, ...] = (SITE,)

    @property
    def is_encrypted(self) -> bool:
        return self.profile >= 2


@frozen(kw_only=True)
class Plan:
    """`leads`: the trial goes first. `failures` counts the attempts since the network last answered."""

    proven: Access
    trial: Access | None = None
    leads: bool = False
    failures: int = 0
    refusals: int = 0

    @property
    def latest(self) -> Access:
        """What the next change builds upon."""
        return self.trial or self.proven

    def next(self) -> Access:
        """The access of the next attempt."""
        if self.trial is None:
            return self.proven
        turn = self.failures
        if self.leads:
            if turn < TRIAL_ATTEMPTS:
                return self.trial
            turn -= TRIAL_ATTEMPTS
        return self.proven if turn % 2 == 0 else self.trial

    def failed(self, used: Access, failure: Failure) -> Plan:
        """An attempt with `used` came to nothing."""
        if failure is Failure.NOTHING:
            return self
        refusals = self.refusals + (used == self.proven and failure is Failure.REFUSED)
        if self.trial is not None and refusals >= FORMER_KEY_REFUSALS and self.trial.key != self.proven.key:
            return Plan(proven=replace(self.proven, key=self.trial.key), trial=self.trial, leads=True).tidied()
        return replace(self, failures=self.failures + 1, refusals=refusals)

    def answered(self, used: Access, tried: Plan) -> Plan:
        """The network answered over a connection that was opened with `used`, out of the plan `tried`.

        What changed while that connection was open is not judged by it.
        """
        if self.trial is not None and used == self.trial:
            return Plan(proven=used)
        if used != self.proven:
            return self
        if self.trial is None or self.trial != tried.trial:
            return replace(self, failures=0, refusals=0)
        left = replace(self.proven, roots=self.trial.roots)
        return Plan(proven=self.proven, trial=left).tidied()

    def changed(self, wanted: Access) -> Plan:
        """`wanted` is to be tried from the next connection on."""
        return Plan(proven=self.proven, trial=wanted, leads=True).tidied()

    def tidied(self) -> Plan:
        """A trial of what is proven already is none."""
        return Plan(proven=self.proven) if self.trial == self.proven else self

    def trusting(self, root: str) -> Plan:
        """A further root beside those there are: nothing can fail by it, so nothing is tried."""
        trial = None if self.trial is None else _with_root(self.trial, root)
        return replace(self, proven=_with_root(self.proven, root), trial=trial).tidied()

    def without_root(self, root: str) -> Plan:
        """A root was deleted. Where none is left, what the site file says counts again."""
        trial = None if self.trial is None else _without_root(self.trial, root)
        return replace(self, proven=_without_root(self.proven, root), trial=trial).tidied()


def _with_root(access: Access, root: str) -> Access:
    return access if root in access.roots else replace(access, roots=(*access.roots, root))


def _without_root(access: Access, root: str) -> Access:
    left = tuple(one for one in access.roots if one != root)
    return replace(access, roots=left or (SITE,))


# As text, for its file.


def written(plan: Plan) -> dict[str, object]:
    """The plan for its private file: it holds the keys themselves."""
    trial = None if plan.trial is None else _written(plan.trial)
    return {"proven": _written(plan.proven), "trial": trial, "leads": plan.leads}


def read(text: object) -> Plan | None:
    """What `written` wrote; None for anything else."""
    match text:
        case {"proven": dict(proven), "trial": trial, "leads": bool(leads)}:
            first, second = _read(proven), _read(trial)
            if first is None or (second is None and trial is not None):
                return None
            return Plan(proven=first, trial=second, leads=leads).tidied()
        case _:
            return None


def _written(access: Access) -> dict[str, object]:
    return {
        "profile": access.profile,
        "key": None if access.key is None else access.key.reveal(),
        "chain": access.chain,
        "roots": list(access.roots),
    }


def _read(text: object) -> Access | None:
    match text:
        case {"profile": int(profile), "key": str() | None as key, "chain": str(chain), "roots": list(roots)}:
            if 0 <= profile <= 3 and roots and all(isinstance(root, str) for root in roots):
                secret = None if key is None else Secret(key)
                return Access(profile=profile, key=secret, chain=chain, roots=tuple(roots))
    return None
