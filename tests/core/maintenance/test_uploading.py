"""A promised file is sent or told as failed, once, whatever happens meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.core.maintenance import uploading
from agent.core.maintenance.uploading import Uploading
from agent.core.maintenance.uploads import LogKind, UploadNotice, UploadRequest, UploadState
from agent.core.time import Instant
from agent.maintenance.written import read_uploading, written

T0_MS = 1_790_000_000_000
NOW = Instant(100.0, T0_MS, "boot-1")
_U = UploadState
FAILURES = (_U.FAILED, _U.BAD_MESSAGE, _U.PERMISSION_DENIED, _U.NOT_SUPPORTED)
FINAL = (*FAILURES, _U.UPLOADED, _U.CANCELED)


def request(**changes: object) -> UploadRequest:
    plain = UploadRequest(kind=LogKind.DIAGNOSTICS, location="https://h/in/", retries=2, retry_interval_s=60)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_an_upload_is_tried_once_and_as_often_again_as_was_said(retries: int) -> None:
    now, tries = uploading.begun(Uploading(), request(retries=retries), "f"), 0
    while now.upload is not None:
        tries += 1
        now = uploading.failed(now, _U.FAILED, NOW, may_retry=True)

    assert tries == retries + 1
    assert [notice.state for notice in now.notices] == [_U.UPLOADING, _U.FAILED]


def test_between_two_tries_lies_the_interval_and_never_more() -> None:
    now = uploading.failed(uploading.begun(Uploading(), request(), "f"), _U.FAILED, NOW, may_retry=True)

    assert now.upload is not None
    assert uploading.waits_s(now.upload, NOW) == 60
    assert uploading.waits_s(now.upload, NOW.plus(60)) == 0
    assert uploading.waits_s(now.upload, NOW.plus(-86_400)) == 60
    assert uploading.waits_s(now.upload, Instant(1.0)) == 0


def test_a_file_that_ends_the_program_each_time_is_given_up() -> None:
    now = uploading.begun(Uploading(), request(), "f")
    for _ in range(uploading.MOST_INTERRUPTIONS):
        now = uploading.resumed(now)
        assert now.upload is not None

    assert uploading.resumed(now).notices[-1].state is _U.FAILED


def test_who_asks_is_told_what_is_under_way_and_otherwise_that_nothing_is() -> None:
    busy = uploading.begun(Uploading(), request(request_id=7), "f")

    assert uploading.present(Uploading(), is_log=True) == UploadNotice(state=_U.IDLE, is_log=True)
    assert uploading.present(busy, is_log=True) == UploadNotice(state=_U.UPLOADING, request_id=7, is_log=True)


@pytest.mark.parametrize("station", ["CP-0123", "../../etc/passwd", "a b\r\n", "", "ä" * 100])
@pytest.mark.parametrize("at", [NOW, Instant(5.0)])
def test_the_name_of_a_file_is_one_that_every_file_system_takes(station: str, at: Instant) -> None:
    name = uploading.file_name_of(request(), station, at)

    assert all(letter.isascii() and (letter.isalnum() or letter in "-.") for letter in name)
    assert ".." not in name
    assert len(name) <= 100


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format":1,"upload":{}}', '{"format":1,"notices":[{"state":"x"}]}'])
def test_a_record_that_cannot_be_read_bars_no_start(text: str) -> None:
    assert read_uploading(text) == Uploading()


class AnyUpload(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.state = Uploading()
        self.at = NOW
        self.numbers = 0
        self.said: list[UploadNotice] = []

    def keep(self, after: Uploading) -> None:
        self.state = read_uploading(written(after))
        assert self.state == after

    @rule(retries=st.integers(-1, 3))
    def is_asked(self, retries: int) -> None:
        self.numbers += 1
        self.keep(uploading.begun(self.state, request(request_id=self.numbers, retries=retries), f"f{self.numbers}"))

    @precondition(lambda self: self.state.upload is not None)
    @rule(word=st.sampled_from(FAILURES), may_retry=st.booleans())
    def fails(self, word: UploadState, may_retry: bool) -> None:
        self.keep(uploading.failed(self.state, word, self.at, may_retry=may_retry))

    @precondition(lambda self: self.state.upload is not None)
    @rule()
    def is_sent(self) -> None:
        self.keep(uploading.sent(self.state))

    @rule(seconds=st.integers(1, 600))
    def time_passes(self, seconds: int) -> None:
        self.at = self.at.plus(seconds)

    @rule()
    def power_goes(self) -> None:
        self.keep(uploading.resumed(self.state))

    @precondition(lambda self: bool(self.state.notices))
    @rule()
    def head_is_told(self) -> None:
        notice = self.state.notices[0]
        self.said.append(notice)
        self.keep(uploading.told(self.state, notice))

    @invariant()
    def every_request_has_one_final_word_unless_it_is_under_way(self) -> None:
        if len(self.state.notices) >= uploading.MOST_NOTICES:
            return
        final = [one.request_id for one in (*self.said, *self.state.notices) if one.state in FINAL]
        under_way = None if self.state.upload is None else self.state.upload.request.request_id
        assert final == [number for number in range(1, self.numbers + 1) if number != under_way]


TestAnyUpload = AnyUpload.TestCase
