"""What is counted, and what is hidden."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.ocpp_client.rpc.masking import masked
from agent.ocpp_client.rpc.tally import AT_MOST_EVERY_S, LONGEST_LIST, OTHERS, Tally


def test_the_first_of_a_kind_is_told_at_once_and_the_rest_by_its_count() -> None:
    tally = Tally()

    told = [tally.note("noise", now_s) for now_s in (0.0, 1.0, 2.0, AT_MOST_EVERY_S, AT_MOST_EVERY_S + 1)]

    assert told == [1, 0, 0, 3, 0]
    assert tally.counts["noise"] == 5


@given(st.lists(st.floats(0.0, 1000.0), max_size=50))
def test_nothing_is_told_twice_and_not_too_often(pauses_s: list[float]) -> None:
    tally = Tally()
    times_s = list(accumulate(pauses_s))

    told = [(now_s, count) for now_s in times_s if (count := tally.note("noise", now_s))]

    assert sum(count for _, count in told) <= tally.counts["noise"]
    assert all(later - earlier >= AT_MOST_EVERY_S for (earlier, _), (later, _) in pairwise(told))


def test_a_peer_cannot_fill_memory_with_new_kinds() -> None:
    tally = Tally()

    for number in range(10 * LONGEST_LIST):
        tally.note(f"kind {number}", 0.0)

    assert len(tally.counts) == LONGEST_LIST + 1
    assert tally.counts[OTHERS] == 9 * LONGEST_LIST


def test_tokens_are_shown_by_their_end() -> None:
    text = '[2,"1","Authorize",{"idTag":"04A1B2C3CAFE","idTagInfo":{"parentIdTag" : "GROUP\\"4711"}}]'

    assert masked(text) == '[2,"1","Authorize",{"idTag":"…CAFE","idTagInfo":{"parentIdTag" : "…4711"}}]'


def test_a_key_is_not_shown_at_all() -> None:
    text = '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"0123456789abcdef"}]'

    assert "0123456789abcdef" not in masked(text)


def test_other_settings_are_shown() -> None:
    text = '[2,"1","ChangeConfiguration",{"key":"HeartbeatInterval","value":"60"}]'

    assert masked(text) == text
