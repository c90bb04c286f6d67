"""What a crash leaves names the place and the kind, and nobody."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.identity import IdToken
from agent.core.last_words import (
    HEADLINE_CHARACTERS,
    KEPT_CHARACTERS,
    bounded,
    headline,
    masked,
    name_of,
    of_exception,
)

ABORTED = """Fatal Python error: Aborted

Thread 0x00007f1 (most recent call first):
  File "/opt/evse-agent/lib/python3.11/site-packages/agent/store/writer.py", line 233 in _work_off

Current thread 0x00007f2 (most recent call first):
  File "/usr/lib/python3.11/json/decoder.py", line 353 in raw_decode
  File "/opt/evse-agent/lib/python3.11/site-packages/agent/core/schedule/window.py", line 91 in run_at

Extension modules: _brotli (total: 1)
"""


def raised(work: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:
        work()
    return caught.value


def test_a_fatal_signal_is_told_with_the_place_in_our_code() -> None:
    assert headline(ABORTED) == "ended by SIGABRT in agent/core/schedule/window.py:91 (run_at)"
    assert headline(ABORTED + "Fatal Python error: Segmentation fault\n\n<no Python frame>\n") == "ended by SIGSEGV"
    assert headline("") == headline("some words") == ""


@pytest.mark.parametrize("error", [OSError(28, "No space left (on device): x"), KeyError("a) b: c"), RuntimeError()])
def test_a_headline_names_what_it_died_of(error: Exception) -> None:
    def work() -> None:
        raise error

    name = type(error).__name__

    assert name_of(headline(of_exception(error))) == name_of(headline(of_exception(raised(work)))) == name
    assert name_of(headline(ABORTED)) == "SIGABRT"
    assert name_of("ended by a fatal error (x)") == name_of("") == ""


def test_the_task_that_failed_is_found_in_its_group_with_the_cause_of_its_failure() -> None:
    def work() -> None:
        try:
            sqlite3.connect(":memory:").execute("SELECT * FROM runs")
        except sqlite3.Error as error:
            raise LookupError("nothing is kept") from error

    text = of_exception(ExceptionGroup("tasks", [ExceptionGroup("inner", [raised(work)])]))

    first = headline(text)
    assert first.startswith("ended by an exception in core/test_last_words.py:")
    assert first.endswith(
        "(test_the_task_that_failed_is_found_in_its_group_with_the_cause_of_its_failure.<locals>.work): "
        "LookupError: nothing is kept"
    )
    assert "OperationalError: no such table: runs" in text


CARDS = st.one_of(
    st.text("0123456789ABCDEF", min_size=8, max_size=20),
    st.text("0123456789abcdef", min_size=8, max_size=14),
    st.from_regex(r"[A-Z]{3,6}-?[0-9]{4,9}[A-Z]?", fullmatch=True).map(lambda one: one.replace("-", "")),
)


@given(CARDS, st.sampled_from([int, float, {}.__getitem__, bytes.fromhex, lambda one: f"{one}"[99]]))
def test_no_card_stands_in_what_a_mistake_with_it_leaves(card: str, mistake: Callable[[str], object]) -> None:
    def work() -> None:
        try:
            mistake(f"{card}Q")
        finally:
            raise RuntimeError(f"no session of {card}, {card!r} or {IdToken(card)}")

    text = of_exception(raised(work))

    assert card not in text and f"{card}Q" not in text and card[-4:] not in text
    assert headline(text).endswith("RuntimeError: no session of …, '…' or IdToken(…)")


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (
            "[Errno 28] No space left on device: '/var/lib/evse-agent/agent.db'",
            "[Errno 28] No space left on device: '…'",
        ),
        ("'NoneType' object has no attribute 'last_sample'", "'NoneType' object has no attribute 'last_sample'"),
        ("cannot reach ws://ann:pw@csms.example:9000/x?key=1", "cannot reach ws://…@csms.example:9000/x?…"),
        ("password 'Tr0ub4dor&3' is wrong", "password '…' is wrong"),
        ("disk I/O error", "disk I/O error"),
    ],
)
def test_a_message_keeps_what_explains_it(said: str, left: str) -> None:
    assert masked(said) == left


def test_what_is_too_long_keeps_its_begin_and_its_end() -> None:
    text = "Unhandled exception: x\n" + "y" * 90_000 + "\nthe end"

    short = bounded(text)

    assert len(short) < KEPT_CHARACTERS + 60
    assert short.startswith("Unhandled exception: x") and short.endswith("the end")
    assert len(headline(of_exception(ValueError("x y " * 900)))) <= HEADLINE_CHARACTERS


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("the key jtRqBQiiNqERSvVc is refused", "the key … is refused"),
        ("kanarigeheimkanari", "…"),
        ("(QejdMTXMcXfAeRfYvHnd)", "(…)"),
        ("ConnectionResetError after ServerDisconnectedError", "ConnectionResetError after ServerDisconnectedError"),
        ("authentication of the implementation", "authentication of the implementation"),
    ],
)
def test_a_password_of_letters_alone_is_no_word_and_the_name_of_a_class_is_one(message: str, told: str) -> None:
    assert masked(message) == told
