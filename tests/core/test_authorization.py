"""Who may charge: the matrix of list, cache and network, and what no policy may undo."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.authorization import AuthorizationPolicy, after_asking, before_asking, contradicts, lets_anybody_in
from agent.core.identity import IdToken
from agent.core.session.events import AuthorizationStatus
from agent.core.time import Instant

CARD = IdToken("04A1B2C3")
FAMILY = IdToken("FAMILY")
NOW = Instant(10.0, 1_800_000_000_000)
NO_CLOCK = Instant(10.0)

ACCEPTED, BLOCKED = AuthorizationStatus.ACCEPTED, AuthorizationStatus.BLOCKED
EXPIRED, UNREACHABLE = AuthorizationStatus.EXPIRED, AuthorizationStatus.UNREACHABLE


@dataclass(frozen=True)
class Said:
    status: AuthorizationStatus = ACCEPTED
    group: IdToken | None = None
    expires_ms: int | None = None


@dataclass(frozen=True)
class Known:
    listed: Said | None = None
    kept: Said | None = None
    cached: Said | None = None


GOOD, BAD = Said(group=FAMILY), Said(BLOCKED)
PAST = Said(expires_ms=1_800_000_000_000)
FUTURE = Said(expires_ms=1_800_000_000_001)
NOBODY = Known()
PLAIN = AuthorizationPolicy()
PRE = AuthorizationPolicy(pre_authorize=True)
OPEN_OFFLINE = AuthorizationPolicy(allow_unknown_offline=True)
STRICT_OFFLINE = AuthorizationPolicy(authorize_offline=False)

ASK = None
"""What the matrix says where the network is to be asked."""

MATRIX = [
    # known locally, policy, answered while online without asking, decided while offline
    (NOBODY, PLAIN, ASK, UNREACHABLE),
    (NOBODY, PRE, ASK, UNREACHABLE),
    (NOBODY, OPEN_OFFLINE, ASK, ACCEPTED),
    (NOBODY, STRICT_OFFLINE, ASK, UNREACHABLE),
    (Known(listed=GOOD), PLAIN, ASK, ACCEPTED),
    (Known(listed=GOOD), PRE, ACCEPTED, ACCEPTED),
    (Known(listed=GOOD), OPEN_OFFLINE, ASK, ACCEPTED),
    (Known(listed=GOOD), STRICT_OFFLINE, ASK, UNREACHABLE),
    (Known(listed=BAD), PLAIN, ASK, BLOCKED),
    (Known(listed=BAD), PRE, ASK, BLOCKED),
    (Known(listed=BAD), OPEN_OFFLINE, ASK, BLOCKED),
    (Known(listed=BAD), STRICT_OFFLINE, ASK, BLOCKED),
    (Known(listed=PAST), PLAIN, ASK, EXPIRED),
    (Known(listed=PAST), PRE, ASK, EXPIRED),
    (Known(listed=PAST), OPEN_OFFLINE, ASK, EXPIRED),
    (Known(listed=FUTURE), PRE, ACCEPTED, ACCEPTED),
    (Known(cached=GOOD), PLAIN, ASK, ACCEPTED),
    (Known(cached=GOOD), PRE, ACCEPTED, ACCEPTED),
    (Known(cached=GOOD), STRICT_OFFLINE, ASK, UNREACHABLE),
    (Known(cached=BAD), PRE, ASK, BLOCKED),
    (Known(cached=BAD), OPEN_OFFLINE, ASK, BLOCKED),
    (Known(cached=PAST), OPEN_OFFLINE, ASK, EXPIRED),
    (Known(listed=BAD, cached=GOOD), PRE, ASK, BLOCKED),
    (Known(listed=GOOD, cached=BAD), PRE, ACCEPTED, ACCEPTED),
    (Known(listed=PAST, cached=GOOD), PRE, ASK, EXPIRED),
    (Known(listed=BAD, cached=GOOD), replace(PRE, list_enabled=False), ACCEPTED, ACCEPTED),
    (Known(kept=GOOD), PRE, ACCEPTED, ACCEPTED),
    (Known(kept=GOOD), replace(PRE, list_enabled=False), ACCEPTED, ACCEPTED),
    (Known(kept=GOOD), STRICT_OFFLINE, ASK, UNREACHABLE),
    (Known(listed=BAD, kept=GOOD), PRE, ASK, BLOCKED),
    (Known(listed=GOOD, kept=BAD), PRE, ACCEPTED, ACCEPTED),
    (Known(kept=BAD, cached=GOOD), PRE, ASK, BLOCKED),
    (Known(cached=GOOD), replace(PRE, cache_enabled=False), ASK, UNREACHABLE),
    (Known(listed=GOOD), replace(STRICT_OFFLINE, allow_unknown_offline=True), ASK, ACCEPTED),
    (Known(listed=BAD), AuthorizationPolicy(free=True), ACCEPTED, ACCEPTED),
]


@pytest.mark.parametrize(("known", "policy", "online", "offline"), MATRIX)
def test_matrix_of_list_cache_policy_and_network(
    known: Known, policy: AuthorizationPolicy, online: AuthorizationStatus | None, offline: AuthorizationStatus
) -> None:
    while_online = before_asking(CARD, known, policy, NOW, online=True)
    while_offline = before_asking(CARD, known, policy, NOW, online=False)

    assert (while_online and while_online.status) == online
    assert while_offline is not None and while_offline.status is offline


def test_the_answer_of_the_network_is_followed_with_its_group() -> None:
    decided = after_asking(CARD, Known(listed=GOOD), PLAIN, NOW, answer=Said(BLOCKED, IdToken("OTHERS")))

    assert (decided.status, decided.group) == (BLOCKED, IdToken("OTHERS"))
    assert decided.detail == "the network: Blocked"


def test_no_answer_counts_as_offline() -> None:
    decided = after_asking(CARD, Known(cached=GOOD), PLAIN, NOW, answer=None)

    assert (decided.status, decided.group) == (ACCEPTED, FAMILY)
    assert "the authorisation cache" in decided.detail


def _details(known: Known, policy: AuthorizationPolicy) -> tuple[str, str]:
    """What is told of the decision while the network is away, and after it was asked and said nothing."""
    away = before_asking(CARD, known, policy, NOW, online=False)
    assert away is not None
    return away.detail, after_asking(CARD, known, policy, NOW, answer=None).detail


@pytest.mark.parametrize(
    ("known", "policy"),
    [
        (Known(cached=GOOD), PLAIN),
        (Known(listed=Said(BLOCKED)), PLAIN),
        (Known(), PLAIN),
        (Known(), AuthorizationPolicy(allow_unknown_offline=True)),
    ],
)
def test_a_network_that_is_there_and_says_nothing_is_not_told_as_away(
    known: Known, policy: AuthorizationPolicy
) -> None:
    away, silent = _details(known, policy)

    # In the past: the words are still shown when the network is back.
    assert "the network was away" in away
    assert "away" not in silent
    assert "the network gave no word on it" in silent


def test_a_date_cannot_be_checked_without_a_trusted_clock() -> None:
    decided = before_asking(CARD, Known(listed=FUTURE), PRE, NO_CLOCK, online=False)

    assert before_asking(CARD, Known(listed=FUTURE), PRE, NO_CLOCK, online=True) is None
    assert decided is not None and decided.status is UNREACHABLE
    assert "the clock is not trusted" in decided.detail


def test_a_word_without_a_date_needs_no_clock() -> None:
    decided = before_asking(CARD, Known(listed=GOOD), PLAIN, NO_CLOCK, online=False)

    assert decided is not None and decided.status is ACCEPTED


said = st.builds(
    Said,
    status=st.sampled_from(AuthorizationStatus),
    group=st.sampled_from([None, FAMILY]),
    expires_ms=st.none() | st.integers(1_799_999_999_990, 1_800_000_000_010),
)
knowledge = st.builds(Known, listed=st.none() | said, kept=st.none() | said, cached=st.none() | said)
policies = st.builds(
    AuthorizationPolicy,
    list_enabled=st.booleans(),
    cache_enabled=st.booleans(),
    pre_authorize=st.booleans(),
    authorize_offline=st.booleans(),
    allow_unknown_offline=st.booleans(),
)
moments = st.sampled_from([NOW, NO_CLOCK])


def is_good(word: Said | None, now: Instant) -> bool:
    """The plainest reading of "authorised by this word"."""
    if word is None or word.status is not ACCEPTED:
        return False
    return word.expires_ms is None or (now.utc_ms is not None and now.utc_ms < word.expires_ms)


def counting(known: Known, policy: AuthorizationPolicy) -> Said | None:
    """The plainest reading of which word counts."""
    words = [known.listed] * policy.list_enabled + [known.kept] + [known.cached] * policy.cache_enabled
    return next((word for word in words if word is not None), None)


@given(knowledge, policies, moments)
def test_nobody_is_let_in_without_the_network_but_by_a_good_word_or_the_rule_for_strangers(
    known: Known, policy: AuthorizationPolicy, now: Instant
) -> None:
    decided = before_asking(CARD, known, policy, now, online=False)

    word = counting(known, policy)
    stranger = word is None and policy.allow_unknown_offline
    vouched = is_good(word, now) and (policy.authorize_offline or policy.allow_unknown_offline)
    assert decided is not None and decided.detail
    assert (decided.status is ACCEPTED) == (stranger or vouched)


@given(knowledge, policies, moments)
def test_an_online_charger_asks_unless_a_good_word_is_enough(
    known: Known, policy: AuthorizationPolicy, now: Instant
) -> None:
    decided = before_asking(CARD, known, policy, now, online=True)

    word = counting(known, policy)
    assert (decided is not None) == (policy.pre_authorize and is_good(word, now))
    assert decided is None or decided.status is ACCEPTED


@given(knowledge, policies, moments, said)
def test_the_network_has_the_last_word_where_it_gives_one(
    known: Known, policy: AuthorizationPolicy, now: Instant, answer: Said
) -> None:
    decided = after_asking(CARD, known, policy, now, answer=answer)

    offline = before_asking(CARD, known, policy, now, online=False)
    assert offline is not None
    expected = (offline.status, offline.group) if answer.status is UNREACHABLE else (answer.status, answer.group)
    assert (decided.status, decided.group) == expected


@given(knowledge, moments, st.booleans(), st.none() | said)
def test_free_vending_lets_everybody_in(known: Known, now: Instant, online: bool, answer: Said | None) -> None:
    free = AuthorizationPolicy(free=True)
    before = before_asking(CARD, known, free, now, online=online)

    assert before is not None and before.status is ACCEPTED
    assert after_asking(CARD, known, free, now, answer=answer).status is ACCEPTED


@pytest.mark.parametrize(
    ("listed", "said", "is_conflict"),
    [
        (GOOD, ACCEPTED, False),
        (GOOD, BLOCKED, True),
        (GOOD, EXPIRED, True),
        (GOOD, AuthorizationStatus.INVALID, True),
        (GOOD, AuthorizationStatus.CONCURRENT_TX, False),
        (GOOD, UNREACHABLE, False),
        (BAD, ACCEPTED, True),
        (BAD, BLOCKED, False),
        (BAD, EXPIRED, False),
        (PAST, EXPIRED, False),
        (PAST, ACCEPTED, True),
        (FUTURE, ACCEPTED, False),
        (FUTURE, EXPIRED, True),
        (BAD, AuthorizationStatus.CONCURRENT_TX, True),
    ],
)
def test_the_network_contradicts_its_list_where_one_accepts_and_the_other_does_not(
    listed: Said, said: AuthorizationStatus, is_conflict: bool
) -> None:
    assert contradicts(listed, Said(said), NOW) is is_conflict


def test_what_a_list_says_up_to_a_date_contradicts_nobody_without_a_clock() -> None:
    assert not contradicts(FUTURE, Said(EXPIRED), NO_CLOCK)
    assert not contradicts(PAST, Said(ACCEPTED), NO_CLOCK)


@given(
    st.builds(
        AuthorizationPolicy,
        free=st.booleans(),
        list_enabled=st.booleans(),
        cache_enabled=st.booleans(),
        authorize_offline=st.booleans(),
        allow_unknown_offline=st.booleans(),
    ),
    st.lists(st.sampled_from([None, GOOD, BAD, PAST, FUTURE]), min_size=3, max_size=3),
    st.sampled_from([NOW, NO_CLOCK]),
)
def test_somebody_is_let_in_alone_exactly_where_one_word_or_a_rule_would(
    policy: AuthorizationPolicy, words: list[Said | None], now: Instant
) -> None:
    """Each word is of another card; a stranger has none."""
    cards = [Known(listed=words[0]), Known(kept=words[1]), Known(cached=words[2]), NOBODY]
    decided = [before_asking(CARD, one, policy, now, online=False) for one in cards]

    somebody = any(one is not None and one.status is ACCEPTED for one in decided)
    assert lets_anybody_in(Known(*words), policy, now) == somebody
