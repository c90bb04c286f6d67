"""Who may charge: what the list, the cache and the network say, and what counts where nobody can be asked.

The order of ocpp16.md section 4: the network's list beats the list a person keeps here, and that the cache; the network
is asked unless local knowledge is enough; where it gives no answer, the offline rules decide. Free vending comes before
all of them. docs/authorization.md is generated from these functions.
"""

from __future__ import annotations

from typing import Protocol

from agent.core.identity import IdToken
from agent.core.session.events import AuthorizationDecided, AuthorizationStatus
from agent.core.time import Instant
from agent.values import frozen

FREE_VENDING = "free vending: nobody has to identify"
WAS_AWAY = "the network was away"
GAVE_NO_WORD = "the network gave no word on it"


class Word(Protocol):
    """What somebody once said about a token; the stored tokens and the network's answers have this shape."""

    @property
    def status(self) -> AuthorizationStatus: ...

    @property
    def group(self) -> IdToken | None: ...

    @property
    def expires_ms(self) -> int | None:
        """UTC milliseconds."""
        ...


class Knowledge(Protocol):
    """The local words on one token; None where there is none."""

    @property
    def listed(self) -> Word | None:
        """On the list that the network sent."""
        ...

    @property
    def kept(self) -> Word | None:
        """On the list that a person keeps at this charger."""
        ...

    @property
    def cached(self) -> Word | None: ...


@frozen(kw_only=True)
class AuthorizationPolicy:
    """What the site and the network want (keys of ocpp16.md section 15, whose defaults these are)."""

    free: bool = False
    """Nobody has to identify: whoever shows a token all the same is let in by it."""
    list_enabled: bool = True
    """LocalAuthListEnabled: the network's list counts. What a person keeps here counts in any case."""
    cache_enabled: bool = True
    """AuthorizationCacheEnabled"""
    pre_authorize: bool = False
    """LocalPreAuthorize: who is known locally need not wait for the network."""
    authorize_offline: bool = True
    """LocalAuthorizeOffline: who is known locally may start while the network is away."""
    allow_unknown_offline: bool = False
    """AllowOfflineTxForUnknownId: nothing known against them, and the network away."""


@frozen
class _Local:
    """The one local word that counts. `why_not` says why it does not let anybody in, "" where it does."""

    word: Word
    place: str
    status: AuthorizationStatus
    why_not: str

    @property
    def accepts(self) -> bool:
        return not self.why_not


def before_asking(
    token: IdToken, known: Knowledge, policy: AuthorizationPolicy, now: Instant, *, online: bool
) -> AuthorizationDecided | None:
    """The decision that needs no question to the network; None where it is to be asked.

    `online` means that the network answers, not that a socket is open.
    """
    if policy.free:
        return _accepted(token, None, FREE_VENDING)
    if not online:
        return _without_network(token, known, policy, now, WAS_AWAY)
    local = _local(known, policy, now)
    if policy.pre_authorize and local is not None and local.accepts:
        return _accepted(token, local.word.group, f"{local.place}; the network was not asked (LocalPreAuthorize)")
    return None


def after_asking(
    token: IdToken, known: Knowledge, policy: AuthorizationPolicy, now: Instant, *, answer: Word | None
) -> AuthorizationDecided:
    """The decision after the network was asked; `answer` None is an error or a time-out, which counts as offline."""
    if policy.free:
        return _accepted(token, None, FREE_VENDING)
    if answer is None or answer.status is AuthorizationStatus.UNREACHABLE:
        # It may well be connected, and is shown so: only about this token it said nothing.
        return _without_network(token, known, policy, now, GAVE_NO_WORD)
    detail = f"the network: {answer.status.value}"
    return AuthorizationDecided(token=token, status=answer.status, group=answer.group, detail=detail)


def lets_anybody_in(known: Knowledge, policy: AuthorizationPolicy, now: Instant) -> bool:
    """Whether somebody may start a charge while the network is away. `known`: of each list, the best word on it."""
    if policy.free or policy.allow_unknown_offline:
        return True
    words = (known.listed if policy.list_enabled else None, known.kept, known.cached if policy.cache_enabled else None)
    return policy.authorize_offline and any(_judged(one, "", now).accepts for one in words if one is not None)


def contradicts(listed: Word, said: Word, now: Instant) -> bool:
    """Whether the network's word on a token is another one than that of the list it sent.

    A token in use elsewhere (ConcurrentTx) is a good one. Of one that is listed up to a date nobody can tell without a
    trusted clock.
    """
    accepts = said.status in (AuthorizationStatus.ACCEPTED, AuthorizationStatus.CONCURRENT_TX)
    local = _judged(listed, "the local list", now)
    is_unknown = AuthorizationStatus.UNREACHABLE in (said.status, local.status)
    return not is_unknown and accepts != (local.accepts or local.status is AuthorizationStatus.CONCURRENT_TX)


def _without_network(
    token: IdToken, known: Knowledge, policy: AuthorizationPolicy, now: Instant, network: str
) -> AuthorizationDecided:
    """The offline rules. `network` says what it did, in the past: the words outlive the moment of the decision."""
    local = _local(known, policy, now)
    if local is not None and not local.accepts:
        detail = f"{local.why_not}, and {network}"
        return AuthorizationDecided(token=token, status=local.status, group=local.word.group, detail=detail)
    if local is not None and policy.authorize_offline:
        return _accepted(token, local.word.group, f"{local.place}; {network} (LocalAuthorizeOffline)")
    if policy.allow_unknown_offline:
        # Somebody known to be good is let in here too: it would be odd to prefer a stranger.
        group = local.word.group if local is not None else None
        return _accepted(token, group, f"the rule for strangers; {network} (AllowOfflineTxForUnknownId)")
    why = "the token is not known here" if local is None else "LocalAuthorizeOffline is off"
    detail = f"{why}, and {network}"
    return AuthorizationDecided(token=token, status=AuthorizationStatus.UNREACHABLE, detail=detail)


def _accepted(token: IdToken, group: IdToken | None, detail: str) -> AuthorizationDecided:
    return AuthorizationDecided(token=token, status=AuthorizationStatus.ACCEPTED, group=group, detail=detail)


def _local(known: Knowledge, policy: AuthorizationPolicy, now: Instant) -> _Local | None:
    """The first word that there is, even a bad one: the network's list, the list of this charger, the cache."""
    if policy.list_enabled and known.listed is not None:
        return _judged(known.listed, "the local list", now)
    if known.kept is not None:
        return _judged(known.kept, "the list of this charger", now)
    if policy.cache_enabled and known.cached is not None:
        return _judged(known.cached, "the authorisation cache", now)
    return None


def _judged(word: Word, place: str, now: Instant) -> _Local:
    """A word with an end counts only while a trusted clock says that the end has not come."""
    if word.status is not AuthorizationStatus.ACCEPTED:
        return _Local(word, place, word.status, f"{place} says {word.status.value}")
    if word.expires_ms is None:
        return _Local(word, place, word.status, "")
    if now.utc_ms is None:
        why_not = f"{place} accepts it up to a date, and the clock is not trusted"
        return _Local(word, place, AuthorizationStatus.UNREACHABLE, why_not)
    if now.utc_ms >= word.expires_ms:
        return _Local(word, place, AuthorizationStatus.EXPIRED, f"in {place} it has expired")
    return _Local(word, place, word.status, "")
