"""docs/pilot_board_protocol.md says what the code does: tables, words, hash and the frames written out in bytes."""

from pathlib import Path

import messages
from frames import frame
from messages import CONTACTOR_STATES, EVIDENCE, PILOT_STATES, SIGNALS, TABLE, WAITS_FOR, pack, table_hash

DOCUMENT = (Path(__file__).parents[2] / "docs" / "pilot_board_protocol.md").read_text()


def rows_after(mark: str) -> list[list[str]]:
    """Cells of the table that follows a comment, without its head."""
    lines = DOCUMENT.split(f"<!-- {mark} -->\n")[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_message_table_is_the_codes() -> None:
    written = [
        [f"{number} {name}" if place == 0 else "", str(place + 1), *map(str, field)]
        for number, name, fields in TABLE
        for place, field in enumerate(fields)
    ]

    assert rows_after("table") == written


def test_the_words_are_the_codes() -> None:
    lists = (PILOT_STATES, CONTACTOR_STATES, WAITS_FOR, SIGNALS, EVIDENCE)

    assert [words for _, words in rows_after("words")] == [", ".join(words) for words in lists]


def test_the_hash_is_the_codes() -> None:
    assert f"`{table_hash()}`" in DOCUMENT


def test_the_written_out_frames_are_what_is_sent() -> None:
    payloads = [
        pack(messages.IDENTIFY, (1, table_hash())),
        pack(messages.WISH, (1, True, 160, False, SIGNALS.index("charging"))),
    ]

    assert [row[1:] for row in rows_after("frames")] == [[each.hex(" "), frame(each).hex(" ")] for each in payloads]
