"""Promises of files: kept over refusals of the disk and of the network, and called off by newer ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent.core.maintenance.uploads import LogKind, UploadNotice, UploadRequest, UploadState, UploadVerdict
from agent.errors import (
    BadAddress,
    StoreError,
    TransferBroken,
    TransferDenied,
    TransferError,
    TransferRefused,
    UnknownScheme,
)
from agent.maintenance.uploader import Uploader
from firmware_sim.virtual_loop import run
from tests.maintenance.bench import Room

_U = UploadState


def request(number: int = 1, **changes: int) -> UploadRequest:
    words = {"retries": 2, "retry_interval_s": 60} | changes
    return UploadRequest(kind=LogKind.SECURITY, location="https://h/in/", request_id=number, **words)


async def write(_request: UploadRequest, file: Path) -> None:
    file.write_text("log")  # noqa: ASYNC240  # a few bytes


def uploader(room: Room) -> Uploader:
    return Uploader("Log", room.means, write, station="CP-1", is_log=True)


def played(room: Room, story: Callable[[Uploader], Awaitable[None]]) -> Uploader:
    """The uploader runs while the story is told."""
    one = uploader(room)

    async def whole() -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(one.run())
            await story(one)
            running.cancel()

    run(whole())
    return one


async def told_of(one: Uploader) -> list[UploadState]:
    """Every notice that waits, told one after the other."""
    states = []
    while (notice := one.next_notice()) is not None:
        states.append(notice.state)
        await one.told(notice)
    return states


@pytest.mark.parametrize(
    ("failure", "tries", "word"),
    [
        (TransferBroken("x"), 3, _U.FAILED),
        (TransferDenied("x"), 3, _U.PERMISSION_DENIED),
        (TransferRefused("x"), 1, _U.PERMISSION_DENIED),
        (BadAddress("x"), 1, _U.BAD_MESSAGE),
        (UnknownScheme("x"), 1, _U.NOT_SUPPORTED),
    ],
)
def test_each_failure_has_its_word_and_only_what_may_change_is_tried_again(
    tmp_path: Path, failure: TransferError, tries: int, word: UploadState
) -> None:
    room = Room(tmp_path)
    room.courier.failures = [failure] * 3

    async def story(one: Uploader) -> None:
        await one.request(request())
        await asyncio.sleep(300)
        assert await told_of(one) == [_U.UPLOADING, word]

    played(room, story)
    assert len(room.courier.failures) == 3 - tries
    assert room.premises.told[-1] == (word.value, "x")
    assert list(tmp_path.iterdir()) == []


def test_a_newer_request_calls_off_a_transfer_in_the_middle(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.courier.hangs = True

    async def story(one: Uploader) -> None:
        assert (await one.request(request(1))).verdict is UploadVerdict.ACCEPTED
        await asyncio.sleep(10)
        room.courier.hangs = False
        assert (await one.request(request(2))).verdict is UploadVerdict.ACCEPTED_CANCELED
        await asyncio.sleep(10)
        assert await told_of(one) == [_U.UPLOADING, _U.CANCELED, _U.UPLOADING, _U.UPLOADED]

    played(room, story)
    assert (room.courier.called_off, len(room.courier.sent)) == (1, 1)


def test_a_file_that_cannot_be_kept_in_mind_is_not_promised(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.shelf.is_full = True

    async def story(one: Uploader) -> None:
        with pytest.raises(StoreError):
            await one.request(request())
        assert one.next_notice() is None
        assert one.present() == UploadNotice(state=_U.IDLE, is_log=True)

    played(room, story)


def test_what_was_told_is_not_told_again_while_the_disk_is_full(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def story(one: Uploader) -> None:
        await one.request(request())
        await asyncio.sleep(10)
        room.shelf.is_full = True
        assert await told_of(one) == [_U.UPLOADING, _U.UPLOADED]

    played(room, story)
    assert uploader(room).next_notice() == UploadNotice(state=_U.UPLOADING, request_id=1, is_log=True)


def test_what_is_on_record_is_gone_on_with_after_a_restart(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.courier.hangs = True

    async def first(one: Uploader) -> None:
        await one.request(request())
        await asyncio.sleep(10)

    async def second(one: Uploader) -> None:
        await asyncio.sleep(10)
        assert await told_of(one) == [_U.UPLOADING, _U.UPLOADED]

    played(room, first)
    room.courier.hangs = False
    played(room, second)
    assert len(room.courier.sent) == 1


def test_a_file_that_cannot_be_made_is_told_as_failed(tmp_path: Path) -> None:
    room = Room(tmp_path / "nowhere")
    (tmp_path / "nowhere").write_text("a file where the folder should be")

    async def story(one: Uploader) -> None:
        await one.request(request(retries=0))
        await asyncio.sleep(10)
        assert await told_of(one) == [_U.UPLOADING, _U.FAILED]

    played(room, story)
