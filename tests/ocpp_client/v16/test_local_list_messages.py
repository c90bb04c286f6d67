"""SendLocalList and GetLocalListVersion: what is passed on, what is refused, and that a long list holds up nobody."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.identity import IdToken
from agent.core.local_list import ListEntry, ListUpdate, UpdateKind, UpdateVerdict
from agent.core.session.events import AuthorizationStatus
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import Payload
from agent.ocpp_client.station.settings import LOCAL_LIST, LOCAL_LIST_ENTRIES, LOCAL_LIST_ENTRIES_SENT
from agent.ocpp_client.v16 import checks
from agent.store.network_list import ENTRIES_AT_MOST
from firmware_sim.virtual_loop import run
from tests.ocpp_client.v16.station import Bench

NOON = "2026-09-21T13:46:40Z"
NOON_MS = 1_789_998_400_000
MAIN_LOOP_AT_MOST_S = 0.005


def entry(token: str, status: str | None = "Accepted", **more: str) -> dict[str, Any]:
    return {"idTag": token} if status is None else {"idTag": token, "idTagInfo": {"status": status, **more}}


def message(*entries: dict[str, Any], version: int = 1, kind: str = "Full") -> Payload:
    return {"listVersion": version, "updateType": kind, "localAuthorizationList": list(entries)}


def passed_on(bench: Bench) -> ListUpdate:
    ((what, update),) = bench.station.asked
    assert what == "list" and isinstance(update, ListUpdate)
    return update


def test_a_list_is_passed_on_with_parents_dates_and_what_is_to_go() -> None:
    bench = Bench()
    sent = message(
        entry("CAFE01", parentIdTag="FAMILY", expiryDate=NOON), entry("BAD", "Blocked"), entry("GONE", None), version=7
    )

    assert bench.status_of("SendLocalList", sent | {"updateType": "Differential"}) == "Accepted"

    update = passed_on(bench)
    assert (update.kind, update.version) == (UpdateKind.DIFFERENTIAL, 7)
    assert list(update.entries) == [
        ListEntry(
            token=IdToken("CAFE01"),
            status=AuthorizationStatus.ACCEPTED,
            group=IdToken("FAMILY"),
            expires_ms=NOON_MS,
        ),
        ListEntry(token=IdToken("BAD"), status=AuthorizationStatus.BLOCKED),
        ListEntry(token=IdToken("GONE"), status=None),
    ]


def test_a_full_list_without_a_list_is_an_empty_one() -> None:
    bench = Bench()

    assert bench.status_of("SendLocalList", {"listVersion": 3, "updateType": "Full"}) == "Accepted"
    assert list(passed_on(bench).entries) == []


@pytest.mark.parametrize("verdict", list(UpdateVerdict))
def test_the_word_of_the_store_is_the_answer(verdict: UpdateVerdict) -> None:
    bench = Bench()
    bench.station.takes_list = verdict

    assert bench.status_of("SendLocalList", message(entry("CAFE"))) == verdict.value


@pytest.mark.parametrize(
    "sent",
    [
        message(entry("CAFE"), version=0),
        message(entry("CAFE"), version=-1),
        message(entry("CAFE"), entry("cafe", "Blocked")),
        message(entry("CAFE"), entry("CAFE", None), kind="Differential"),
        message(entry("CAFE", None)),
        message(entry("")),
    ],
    ids=["version 0", "version -1", "twice", "twice, once to go", "full without a word", "empty token"],
)
def test_what_no_list_can_be_has_failed_and_nobody_is_asked(sent: Payload) -> None:
    bench = Bench()

    assert bench.status_of("SendLocalList", sent) == "Failed"
    assert bench.station.asked == []


def test_a_list_that_is_switched_off_is_not_supported_and_has_no_version() -> None:
    bench = Bench(first={LOCAL_LIST: "false"})
    bench.station.version = 7

    assert bench.status_of("SendLocalList", message(entry("CAFE"))) == "NotSupported"
    assert bench.command("GetLocalListVersion").payload == {"listVersion": -1}
    assert bench.station.asked == []


def test_the_version_is_that_of_the_list_that_is_kept() -> None:
    bench = Bench()
    bench.station.version = 7

    assert bench.command("GetLocalListVersion").payload == {"listVersion": 7}


@pytest.mark.parametrize(
    "sent",
    [message(entry("CAFE", expiryDate="tomorrow")), message(entry("CAFE"), version=2**31)],
    ids=["no time", "33 bits"],
)
def test_a_value_that_is_none_is_answered_with_a_call_error(sent: Payload) -> None:
    with pytest.raises(PeerViolation) as refused:
        Bench().command("SendLocalList", sent)

    assert refused.value.code == "PropertyConstraintViolation"


def test_more_than_the_key_allows_is_refused_before_it_is_read() -> None:
    sent = message(*[{"nonsense": number} for number in range(LOCAL_LIST_ENTRIES_SENT + 1)])

    with pytest.raises(PeerViolation) as refused:
        Bench().command("SendLocalList", sent)

    assert refused.value.code == "OccurenceConstraintViolation"


def test_what_the_keys_promise_is_what_the_store_keeps() -> None:
    assert LOCAL_LIST_ENTRIES == ENTRIES_AT_MOST
    keys = ["LocalAuthListMaxLength", "SendLocalListMaxLength"]
    answer = Bench().command("GetConfiguration", {"key": keys}).payload["configurationKey"]

    assert [one["value"] for one in answer] == [str(LOCAL_LIST_ENTRIES), str(LOCAL_LIST_ENTRIES_SENT)]


def test_the_longest_message_holds_up_the_loop_for_no_more_than_a_moment() -> None:
    long = message(*[entry(f"{n:020}", parentIdTag="FAMILY", expiryDate=NOON) for n in range(LOCAL_LIST_ENTRIES_SENT)])
    bench = Bench()
    checks.load("SendLocalList")

    def checked_s() -> float:
        began = time.process_time()
        bench.adapter.check_call("SendLocalList", long)
        return time.process_time() - began

    async def longest_slice_s() -> float:
        handler = asyncio.ensure_future(bench.adapter.handlers["SendLocalList"](long))
        longest = 0.0
        while not handler.done():
            began = time.process_time()
            await asyncio.sleep(0)
            longest = max(longest, time.process_time() - began)
        return longest

    assert min(checked_s() for _ in range(5)) < MAIN_LOOP_AT_MOST_S
    assert min(run(longest_slice_s()) for _ in range(5)) < MAIN_LOOP_AT_MOST_S


@given(
    st.lists(st.tuples(st.text(max_size=20), st.sampled_from(["Accepted", "Blocked", None])), max_size=12),
    st.integers(-3, 2**31 - 1),
    st.sampled_from(["Full", "Differential"]),
)
def test_whatever_is_sent_is_passed_on_as_a_whole_or_not_at_all(
    words: list[tuple[str, str | None]], version: int, kind: str
) -> None:
    bench = Bench()

    said = bench.status_of("SendLocalList", message(*[entry(*word) for word in words], version=version, kind=kind))

    assert said in ("Accepted", "Failed")
    sent = [len(update.entries) for _, update in bench.station.asked]
    assert sent == ([len(words)] if said == "Accepted" else [])
