"""What leaves the charger names no card and nobody, and no number is taken for a card."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.model import Measured
from agent.core.faults.catalogue import CATALOGUE
from agent.core.identity import IdToken
from agent.core.leaving import PERSONAL, WITHHELD, event_fields, line_without_cards, without_cards, without_words
from agent.events import EVENTS
from agent.ocpp_client.rpc.masking import masked
from agent.selftest.judging.limits import told

NUMBERS = st.one_of(st.integers(-10_000, 10_000), st.floats(allow_nan=False, width=32))
UNITS = st.sampled_from(["V", " V", " A", " Hz", "%", " %", " °C", "°C", " kΩ", ""])
AROUND = st.sampled_from([" ", ", ", ". ", ": ", ") ", "; ", "' ", '" ', "\n"])
TOKENS = st.text(min_size=1, max_size=36)


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_no_text_of_the_fault_catalogue_is_changed(kind: Any) -> None:
    texts = [value for name in dir(kind) if isinstance(value := getattr(kind, name), str) and not name.startswith("__")]

    assert len(texts) > 3
    assert [without_cards(text) for text in texts] == texts
    assert [json.loads(line_without_cards(json.dumps(text))) for text in texts] == texts


@given(NUMBERS, NUMBERS, UNITS, st.tuples(AROUND, AROUND))
def test_no_range_of_numbers_is_changed(low: float, high: float, unit: str, around: tuple[str, str]) -> None:
    text = f"it is outside{around[0]}{low:g}{unit}…{high:g}{unit}{around[1]}of 47.0…52.0 Hz (60 Hz: 57…63)"

    assert without_cards(text) == text
    assert json.loads(line_without_cards(json.dumps(text))) == text


@given(st.text("abc V", max_size=9), NUMBERS, NUMBERS, NUMBERS, UNITS)
def test_no_text_of_a_limit_is_changed(name: str, value: float, low: float, high: float, unit: str) -> None:
    text = told(Measured(name=name, value=value, unit=unit.strip(), low=low, high=high))

    assert without_cards(text) == text


@given(TOKENS, st.sampled_from([" ", "(", '"', "'", "[", "\n", "“", "card=", ": "]), AROUND)
def test_no_token_is_left_whatever_its_end_and_wherever_it_stands(token: str, before: str, behind: str) -> None:
    shown = IdToken(token).masked
    text = f"of{before}{shown}{behind}was 4.0…5.0 V"

    assert without_cards(text) == f"of{before}a card{behind}was 4.0…5.0 V"
    for ascii_only in (True, False):
        line = line_without_cards(json.dumps({"text": text, "inner": json.dumps(text)}, ensure_ascii=ascii_only))
        assert json.loads(line)["text"] == f"of{before}…{behind}was 4.0…5.0 V"
        assert shown not in json.loads(json.loads(line)["inner"])


@given(TOKENS)
def test_a_frame_of_the_wire_tells_no_end_of_a_token(token: str) -> None:
    frame = masked(json.dumps([2, "1", "Authorize", {"idTag": token}], ensure_ascii=False, separators=(",", ":")))

    assert without_cards(frame, "…") == '[2,"1","Authorize",{"idTag":"…"}]'


def test_the_list_of_personal_fields_names_events_and_fields_that_there_are() -> None:
    of_events = {(name, field) for name, field in PERSONAL if "." in name}

    assert of_events == {
        (name, field) for name, field in of_events if field in {one.name for one in EVENTS[name].fields}
    }
    assert len(of_events) == 2


def test_the_words_of_a_person_go_and_those_of_the_charger_stay() -> None:
    body = {
        "windows": [{"by": "Ada", "why": "the meter", "number": 1}],
        "reasons": [{"by": "clock", "why": "no time", "reason": "it is not set"}],
        "outages": [
            {"verdict_by": "Ada", "verdict_why": "", "excluded": [{"by": "Ada"}, {"by": "rule", "why": "closed"}]}
        ],
        "rows": [{"kind": "window", "by": "Ada", "why": "x"}, {"kind": "attempt", "why": "no card"}],
    }

    assert without_words(body) == {
        "windows": [{"by": WITHHELD, "why": WITHHELD, "number": 1}],
        "reasons": body["reasons"],
        "outages": [
            {"verdict_by": WITHHELD, "verdict_why": "", "excluded": [{"by": WITHHELD}, {"by": "rule", "why": "closed"}]}
        ],
        "rows": [{"kind": "window", "by": WITHHELD, "why": WITHHELD}, {"kind": "attempt", "why": "no card"}],
    }
    assert event_fields("restart.ordered", [("what", "service"), ("reason", "Ada asked")])["reason"] == WITHHELD
    assert event_fields("offer.changed", [("reason", "the site's limit")]) == {"reason": "the site's limit"}
    assert event_fields("outage.ended", [("excluded_by", "rule")]) == {"excluded_by": "rule"}
