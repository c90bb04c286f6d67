"""RAPI's lines from bytes alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.openevse.rapi import (
    LAST_SEQUENCE,
    MAX_COMMAND,
    MAX_LINE,
    Answer,
    Foreign,
    LineError,
    LineSplitter,
    Notice,
    check_of,
    command_line,
    next_sequence,
    read_line,
)

MAKERS_CHECKS = [
    ("$GV", 0x35), ("$GS", 0x30), ("$GC", 0x20), ("$SC 16 V", 0x65), ("$GE", 0x26), ("$GG", 0x24), ("$GU", 0x36),
    ("$GP", 0x33), ("$GF", 0x25), ("$G0", 0x53), ("$FE", 0x27), ("$FS", 0x31), ("$FD", 0x26), ("$SY 30 6", 0x1B),
    ("$SY", 0x2E), ("$SY 165", 0x3C), ("$GY", 0x3A), ("$SB", 0x35),
]  # fmt: skip
"""rapi_proc.h and evse-controllers.md section 4."""

WORDS = st.lists(st.from_regex(r"[0-9a-zA-Z.\-]{1,8}", fullmatch=True), max_size=4)
SEQUENCES = st.integers(1, LAST_SEQUENCE)


def checked(text: bytes) -> bytes:
    return text + b"^%02X" % check_of(text)


@pytest.mark.parametrize(("text", "check"), MAKERS_CHECKS)
def test_checks_are_the_makers(text: str, check: int) -> None:
    assert check_of(text.encode()) == check


def test_a_command_carries_its_sequence_id_in_front_of_the_check() -> None:
    assert command_line("SC 16 V", 0x0A) == checked(b"$SC 16 V :0A") + b"\r"


def test_a_command_that_the_controllers_buffer_cannot_hold_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match=f"the controller takes {MAX_COMMAND}"):
        command_line("S1 26 11 30 07 39 49 0 0 0", 1)


@pytest.mark.parametrize("sequence", [-1, 0, 256])
def test_a_sequence_id_that_means_none_is_our_own_mistake(sequence: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        command_line("GS", sequence)


def test_sequence_ids_go_round_without_the_one_that_means_none() -> None:
    sequence, seen = 0, set()
    for _ in range(2 * LAST_SEQUENCE):
        sequence = next_sequence(sequence)
        seen.add(sequence)

    assert seen == set(range(1, LAST_SEQUENCE + 1))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"$OK 03 125 03 0140 :05", Answer(True, ("03", "125", "03", "0140"), 5)),
        (b"$NK 6 :ff", Answer(False, ("6",), 255)),
        (b"$NK", Answer(False, (), None)),
        (b"$AT 02 02 16 0100", Notice("AT", ("02", "02", "16", "0100"))),
        (b"$AB 00 D9.0.0", Notice("AB", ("00", "D9.0.0"))),
        (b"$WF 01", Notice("WF", ("01",))),
        (b"$GS :05", Foreign(("GS", ":05"))),
    ],
)
def test_lines_are_sorted_by_their_first_word(text: bytes, line: object) -> None:
    assert read_line(checked(text)) == line


@pytest.mark.parametrize(
    "line",
    [
        b"", b"$", b"^24", b"$OK", b"$OK^", b"$OK^2", b"$OK^+2", b"$OK^021", b"$OK^00", b"OK^04", checked(b"$"),
        checked(b"$OK :5"), checked(b"$OK :+5"), checked(b"$\xd6K"),
    ],
)  # fmt: skip
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(LineError):
        read_line(line)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_line_or_refused(line: bytes) -> None:
    try:
        read_line(line)
    except LineError:
        return


@given(words=WORDS, sequence=SEQUENCES, place=st.integers(0, 200), bit=st.integers(0, 7))
def test_one_wrong_bit_never_makes_another_answer(words: list[str], sequence: int, place: int, bit: int) -> None:
    line = checked(" ".join(["$OK", *words, f":{sequence:02X}"]).encode())
    place %= len(line)
    disturbed = line[:place] + bytes([line[place] ^ 1 << bit]) + line[place + 1 :]

    try:
        read = read_line(disturbed)
    except LineError:
        return

    assert read == read_line(line), "only the case of a digit of the check may differ"


@given(words=WORDS, sequence=SEQUENCES, cuts=st.lists(st.integers(0, 60), max_size=5), noise=st.binary(max_size=100))
def test_an_answer_in_any_pieces_behind_any_noise_is_heard(
    words: list[str], sequence: int, cuts: list[int], noise: bytes
) -> None:
    line = checked(" ".join(["$OK", *words, f":{sequence:02X}"]).encode())
    stream, splitter, heard = noise + line + b"\r", LineSplitter(), list[bytes]()

    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(stream)], strict=True):
        heard += splitter.feed(stream[start:end])

    assert heard[-1] == line
    assert read_line(line) == Answer(True, tuple(words), sequence)


def test_a_line_without_an_end_fills_no_memory() -> None:
    splitter = LineSplitter()

    assert splitter.feed(b"$" + 10_000 * b"x") == []
    assert splitter.stray_bytes >= 10_000 - MAX_LINE
