"""What is counted, what is hidden, and how long answers took."""

from __future__ import annotations

import base64
import json
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ocpp_client.rpc.latency import REMEMBERED, Latencies
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


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('[2,"1","Authorize",{"IDTAG":"04A1B2C3CAFE"}]', id="in another case"),
        pytest.param('[2,"1","Authorize",{"id\\u0054ag":"\\u00304A1B2C3CAFE"}]', id="with escapes"),
        pytest.param('[2,"1","Authorize",{"idTag":"04A1B2C3CAFE', id="cut off"),
        pytest.param('[2,"1","Authorize",{"idTag":"04A1B2C3CAFE\\', id="cut off within an escape"),
        pytest.param(
            '[2,"1","DataTransfer",{"vendorId":"V","data":"{\\"idTag\\":\\"04A1B2C3CAFE\\"}"}]', id="in a text"
        ),
        pytest.param(
            '[2,"1","SendLocalList",{"localAuthorizationList":[{"idTag":"A"},{"idTag":"04A1B2C3CAFE"}]}]',
            id="in a list",
        ),
    ],
)
def test_no_token_is_shown_however_it_is_written(text: str) -> None:
    assert "A1B2C3" not in masked(text)


def test_a_token_that_is_a_number_is_not_shown() -> None:
    assert "4711" not in masked('[2,"1","Authorize",{"idTag":471147114711}]')


def test_of_a_short_token_no_more_than_half_is_shown() -> None:
    assert masked('[2,"1","Authorize",{"idTag":"CAFE"}]') == '[2,"1","Authorize",{"idTag":"…FE"}]'


def test_a_key_whose_name_is_written_with_escapes_is_not_shown() -> None:
    text = '[2,"1","ChangeConfiguration",{"key":"Authorization\\u004bey","value":"0123456789abcdef"}]'

    assert "0123456789abcdef" not in masked(text)


def test_what_an_address_permits_is_not_shown() -> None:
    text = '[2,"1","GetDiagnostics",{"location":"ftp://user:hunter2@files.example/up?sig=hunter3"}]'

    assert masked(text) == '[2,"1","GetDiagnostics",{"location":"ftp://…@files.example/up?…"}]'


def test_a_frame_that_cannot_be_put_in_clear_is_not_shown() -> None:
    assert "A1B2" not in masked('[2,"1","Authorize",{"idT\\u0061g":"04A1B2C3CAFE"')


def test_of_a_register_that_the_meter_signed_the_data_are_not_shown_since_they_name_who_charged() -> None:
    data = base64.b64encode(b'OCMF|{"ID":"04A1B2C3CAFE"}|{}').decode()
    signed = json.dumps({"signedMeterData": data, "encodingMethod": "OCMF"}, separators=(",", ":"))
    text = json.dumps([2, "1", "MeterValues", {"sampledValue": [{"value": "7"}, {"value": signed}]}])
    half = text[: text.index(data) + len(data) // 2]

    assert masked(text) == text.replace(data, "…")
    assert masked(half) == half.replace(data[: len(data) // 2], "…")


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=10, max_size=20), st.booleans())
def test_a_token_of_any_letters_is_not_shown_whole(token: str, in_ascii: bool) -> None:
    shown = masked(json.dumps([2, "1", "Authorize", {"idTag": token}], ensure_ascii=in_ascii))

    assert token not in shown
    assert json.dumps(token)[1:-1] not in shown


FIELDS = st.dictionaries(
    st.sampled_from(
        ["idTag", "IDTAG", "parentIdTag", "idToken", "Uid", "value", "data", "key", "measurand", "id\u0054ag", "url"]
    ),
    st.sampled_from(
        [
            *("04A1B2C3CAFE", "AuthorizationKey", "a PASSWORD", "privateKeyFile", "Energy.Active.Import.Register"),
            *("ftp://user:hunter2@files.example/up?sig=1", '{"idTag":"04A1B2C3"}', "\u0001\\u0041", "plain"),
        ]
    ),
    max_size=4,
)


@given(FIELDS, st.booleans())
def test_a_frame_that_is_seen_at_a_glance_to_hide_nothing_hides_nothing(fields: dict[str, str], slashed: bool) -> None:
    """A letter beyond ASCII anywhere has the whole frame looked through."""
    glanced, thorough = (json.dumps([2, id, "A", fields], ensure_ascii=False) for id in ("1", "\u017f"))
    if slashed:
        glanced, thorough = glanced.replace("/", "\\/"), thorough.replace("/", "\\/")

    assert masked(glanced) == masked(thorough).replace("\u017f", "1")


def test_an_answer_is_timed_from_its_call_whoever_asked() -> None:
    latencies = Latencies()

    seen = [
        latencies.of("sent", '[2,"a","Heartbeat",{}]', 10.0),
        latencies.of("received", '[2,"a","Reset",{"type":"Soft"}]', 10.5),
        latencies.of("sent", '[3,"a",{"status":"Accepted"}]', 10.75),
        latencies.of("received", '[4,"a","InternalError","",{}]', 12.0),
        latencies.of("received", '[3,"a",{}]', 13.0),
        latencies.of("received", "noise", 14.0),
    ]

    assert seen == [None, None, 0.25, 2.0, None, None]


def test_calls_that_are_never_answered_do_not_fill_memory() -> None:
    latencies = Latencies()

    for number in range(10 * REMEMBERED):
        latencies.of("received", f'[2,"{number}","Reset",{{}}]', 0.0)

    assert latencies.of("sent", '[3,"0",{}]', 1.0) is None
    assert latencies.of("sent", f'[3,"{10 * REMEMBERED - 1}",{{}}]', 1.0) == 1.0
