"""The document is never too large, and says what it leaves out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.core.health.document import EXPENDABLE, LONGEST_TEXT, MOST_BYTES, fitted
from tests.searching import costly

texts = st.text(max_size=900)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts


def size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A charger with any number of everything, each as large as it likes."""
    row = draw(st.dictionaries(st.sampled_from(["name", "text", "évidence"]), scalars, min_size=1, max_size=3))

    def rows(most: int) -> list[Any]:
        return [row] * draw(st.integers(0, most))

    names = [draw(texts) for _ in range(3)]
    ports = [
        {
            "port": number,
            "reasons": rows(200),
            "limits": rows(50),
            "faults": rows(400),
            "temps": rows(50),
            "flexibility": {f"{name}{place}": row for place in range(draw(st.integers(0, 40))) for name in names},
        }
        for number in range(1, 1 + draw(st.integers(0, 60)))
    ]
    shared = {name: rows(600) for name in ("events", "devices", "notices", "certificates", "boots", "temps", "boards")}
    boards = {str(number): draw(texts) for number in range(draw(st.integers(0, 200)))}
    identity = {"serial_number": draw(texts), "versions": {"agent": draw(texts), "boards": boards}}
    return {"identity": identity, "verdict": "ok", "reasons": rows(300), "ports": ports, **shared}


def counted(document: dict[str, Any], path: str) -> int:
    """Everything at a path, in every place that it names."""
    found: list[Any] = [document]
    for name in path.split("."):
        found = [one for holder in found for one in (holder if isinstance(holder, list) else [holder])]
        found = [holder[name] for holder in found if name in holder]
    return sum(len(one) for one in found)


@given(documents())
@costly(25, search=1_000)
def test_however_much_there_is_to_tell_it_stays_below_its_bound(document: dict[str, Any]) -> None:
    told = fitted(document, size)

    assert size(told) <= MOST_BYTES
    assert (told["identity"]["versions"]["agent"], told["verdict"]) == (
        fitted({"a": document["identity"]["versions"]["agent"]}, size)["a"],
        "ok",
    )


@given(documents())
@costly(25, search=1_000)
def test_what_is_left_out_is_counted(document: dict[str, Any]) -> None:
    told = fitted(document, size)

    left_out = told.get("left_out", {})
    assert set(left_out) <= set(EXPENDABLE)
    for path in ("events", "devices", "notices", "boots", "reasons"):
        assert counted(told, path) + left_out.get(path, 0) == counted(document, path)
    if "ports" not in left_out:
        for path in ("ports.faults", "ports.reasons"):
            assert counted(told, path) + left_out.get(path, 0) == counted(document, path)


def test_what_is_left_out_is_told_within_the_bound_too() -> None:
    document = {"events": [1] * 600, "devices": [], "ports": []}

    told = fitted(document, size, size(document) - 1)

    assert told["left_out"]["events"] > 1
    assert size(told) < size(document)


def test_what_fits_is_told_whole() -> None:
    document = {"identity": {"versions": {}}, "ports": [{"port": 1, "faults": [{"id": "cp.diode"}]}], "events": [1, 2]}

    assert fitted(document, size) == document


def test_events_go_before_faults_and_the_newest_of_a_list_that_is_told_newest_first_stays() -> None:
    document = {"boots": ["newest", "oldest"], "events": ["e" * 100] * 50, "ports": [{"faults": ["f" * 100]}]}

    told = fitted(document, size, 1500)

    assert told["left_out"]["events"] > 0
    assert (told["boots"], told["ports"]) == (document["boots"], document["ports"])


def test_a_text_that_nobody_reads_to_its_end_and_half_a_character_are_made_fit() -> None:
    told = fitted({"long": "x" * 10_000, "half": "\ud800", "ü" * 500: 1}, size)

    assert len(told["long"]) == LONGEST_TEXT
    assert told["half"] == "?"
    assert json.dumps(told, ensure_ascii=False).encode()
