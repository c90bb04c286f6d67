from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agent.core.identity import IdToken
from agent.core.session.events import AuthorizationStatus
from agent.errors import StoreFull
from agent.store.store import Store
from agent.store.tokens import CACHED_AT_MOST, Knowledge, KnownToken

FAMILY = KnownToken(token=IdToken("CAFE01"), group=IdToken("FAMILY"), expires_ms=1_800_000_000_000, label="Ann")
BLOCKED = KnownToken(token=IdToken("BAD001"), status=AuthorizationStatus.BLOCKED)


def test_a_listed_token_is_found_whatever_its_case(store: Store, run: asyncio.Runner) -> None:
    run.run(store.tokens.add(FAMILY))

    found = run.run(store.tokens.find(IdToken("cafe01")))

    assert found.kept == FAMILY
    assert found.kept is not None
    assert found.kept.token.value == "CAFE01"
    assert found.cached is None


def test_removing_says_whether_it_was_there(store: Store, run: asyncio.Runner) -> None:
    run.run(store.tokens.add(FAMILY))

    assert run.run(store.tokens.remove(IdToken("Cafe01"))) is True
    assert run.run(store.tokens.remove(IdToken("CAFE01"))) is False
    assert run.run(store.tokens.listed()) == ()


def test_a_listed_token_is_never_cached(store: Store, run: asyncio.Runner) -> None:
    run.run(store.tokens.remember(replace(BLOCKED, token=FAMILY.token)))
    run.run(store.tokens.add(FAMILY))
    run.run(store.tokens.remember(replace(BLOCKED, token=FAMILY.token)))

    assert run.run(store.tokens.find(FAMILY.token)).cached is None


def test_every_word_of_the_network_is_remembered_and_the_last_one_counts(store: Store, run: asyncio.Runner) -> None:
    run.run(store.tokens.remember(KnownToken(token=BLOCKED.token)))
    run.run(store.tokens.remember(BLOCKED))

    assert run.run(store.tokens.find(BLOCKED.token)).cached == BLOCKED


def test_hearing_the_same_again_costs_no_commit(store: Store, run: asyncio.Runner) -> None:
    run.run(store.tokens.remember(BLOCKED))
    commits = store.writer.commits

    run.run(store.tokens.remember(BLOCKED))

    assert store.writer.commits == commits


def test_a_full_cache_forgets_refused_tokens_first_then_the_oldest(store: Store, run: asyncio.Runner) -> None:
    async def fill() -> None:
        await store.tokens.remember(KnownToken(token=IdToken("FIRST")))
        await store.tokens.remember(BLOCKED)
        async with asyncio.TaskGroup() as group:
            for number in range(CACHED_AT_MOST - 1):
                group.create_task(store.tokens.remember(KnownToken(token=IdToken(f"{number:06}"))))

    run.run(fill())
    assert run.run(store.tokens.find(BLOCKED.token)).cached is None
    assert run.run(store.tokens.find(IdToken("FIRST"))).cached is not None

    run.run(store.tokens.remember(KnownToken(token=IdToken("ONE MORE"))))
    assert run.run(store.tokens.find(IdToken("FIRST"))).cached is None
    assert run.run(store.tokens.find(IdToken("000000"))).cached is not None


def test_clearing_the_cache_leaves_the_list(store: Store, run: asyncio.Runner) -> None:
    run.run(store.tokens.add(FAMILY))
    run.run(store.tokens.remember(BLOCKED))

    run.run(store.tokens.clear_cache())

    assert run.run(store.tokens.find(BLOCKED.token)).cached is None
    assert run.run(store.tokens.listed()) == (FAMILY,)


def test_a_full_list_refuses_and_stays_as_it_was(
    store: Store, run: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.store.tokens.LOCAL_AT_MOST", 1)
    run.run(store.tokens.add(FAMILY))

    with pytest.raises(StoreFull, match="remove some first"):
        run.run(store.tokens.add(BLOCKED))

    assert run.run(store.tokens.listed()) == (FAMILY,)


def test_a_label_stays_where_the_new_word_has_none(store: Store, run: asyncio.Runner) -> None:
    run.run(store.tokens.add(FAMILY))
    added = run.run(store.tokens.add(KnownToken(token=FAMILY.token)))

    assert (added.label, added.group) == ("Ann", None)
    assert run.run(store.tokens.listed()) == (added,)


def test_the_best_word_of_each_list_is_the_one_that_lets_in_for_the_longest(store: Store, run: asyncio.Runner) -> None:
    assert run.run(store.tokens.best()) == Knowledge()
    sooner = replace(FAMILY, token=IdToken("CAFE02"), expires_ms=1_700_000_000_000)
    for one in (FAMILY, sooner):
        run.run(store.tokens.add(one))
    run.run(store.tokens.remember(BLOCKED))

    assert run.run(store.tokens.best()) == Knowledge(kept=FAMILY)

    for_ever = KnownToken(token=IdToken("CAFE03"))
    run.run(store.tokens.add(for_ever))
    run.run(store.tokens.remember(replace(for_ever, token=IdToken("CAFE04"))))

    assert run.run(store.tokens.best()) == Knowledge(kept=for_ever, cached=replace(for_ever, token=IdToken("CAFE04")))
