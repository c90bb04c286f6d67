"""Messages of the link, at random: every field within its bounds."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from agent.drivers.pilot_board.messages import EVIDENCE, MAX_EVIDENCE, MAX_FAULTS, TABLE, U32, Field, Message


def values_of(field: Field) -> st.SearchStrategy[Any]:
    match field.kind:
        case "int":
            return st.integers(field.low, field.high)
        case "int?":
            return st.none() | st.integers(field.low, field.high)
        case "bool":
            return st.booleans()
        case "text":
            printable = st.characters(min_codepoint=32, max_codepoint=126)
            return st.text(printable, min_size=field.low, max_size=field.high)
        case "bytes":
            return st.binary(min_size=field.low, max_size=field.high)
        case _:
            # In the order in which the board writes them, so that the twins' bytes can be compared.
            evidence = st.dictionaries(
                st.integers(0, len(EVIDENCE) - 1), st.integers(-U32, U32), max_size=MAX_EVIDENCE
            ).map(in_order)
            return st.dictionaries(st.integers(1, 0xFFFF), evidence, max_size=MAX_FAULTS).map(in_order)


def in_order(mapping: dict[int, Any]) -> dict[int, Any]:
    return dict(sorted(mapping.items()))


def messages() -> st.SearchStrategy[Message]:
    return st.sampled_from(list(TABLE.values())).flatmap(
        lambda row: st.tuples(*(values_of(field) for field in row[1])).map(lambda values: row[0](*values))
    )
