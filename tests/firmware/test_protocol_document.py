"""docs/pilot-board-protocol.md says what the code does: tables, hash and written out frames are generated."""

import messages
import pytest

from tools.generate_protocol import PAGE, WORD_LISTS, written

DOCUMENT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_generator_writes() -> None:
    assert written(DOCUMENT) == DOCUMENT


def test_every_list_of_words_has_its_row() -> None:
    assert [getattr(messages, name) for name in WORD_LISTS.values()] == list(messages.WORDS)


@pytest.mark.parametrize("message", [name for _, name, _ in messages.TABLE])
def test_every_message_is_spoken_of_outside_of_the_tables(message: str) -> None:
    prose = "\n".join(line for line in DOCUMENT.splitlines() if not line.startswith("|"))

    assert f"`{message}`" in prose or f"{message} " in prose


def test_a_page_without_a_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="<!-- words -->"):
        written(DOCUMENT.replace("<!-- words -->", ""))


def test_a_changed_number_makes_the_page_stale() -> None:
    assert written(DOCUMENT.replace("| 65535 |", "| 65534 |", 1)) == DOCUMENT
