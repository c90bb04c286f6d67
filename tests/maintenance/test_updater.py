"""An order of firmware beside the charger: when it waits, what it holds, whom it refuses."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.maintenance.updates import FirmwareState, Signed, UpdateRequest, UpdateVerdict
from agent.firmware_update.coming import SLOT, ComingInstaller
from agent.firmware_update.installer import Installer
from agent.firmware_update.simulated import SimulatedInstaller
from agent.maintenance.updater import LOOKS_EVERY_S, Updater
from agent.transfer.addresses import Scheme
from agent.transfer.connecting import TransferRules
from agent.transfer.courier import Courier
from firmware_sim.virtual_loop import run
from tests.maintenance.bench import EPOCH_MS, Premises, Room, Trust
from tests.transfer.servers import Web, web_server

_F = FirmwareState
SIGNED = Signed(certificate="pem", signature="c2ln")


def image(**traits: str) -> bytes:
    manifest = {"simulated_firmware": "2.0", "padding": "x", "sha256": hashlib.sha256(b"x").hexdigest()}
    return json.dumps(manifest | traits).encode()


def request(**changes: object) -> UpdateRequest:
    words: dict[str, object] = {"location": "https://h/fw", "retrieve_at_ms": EPOCH_MS, "retries": 0}
    return UpdateRequest(**words | {"retry_interval_s": 10} | changes)  # type: ignore[arg-type]


def updater(room: Room, trust: Trust | None = None, installer: Installer | None = None) -> Updater:
    names = iter(f"order-{number}" for number in range(1, 100))
    return Updater(room.means, installer or SimulatedInstaller(room.folder), trust or Trust(), lambda: next(names))


def played(one: Updater, story: Callable[[Updater], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(one.run())
            await story(one)
            running.cancel()

    run(whole())


async def told_of(one: Updater) -> list[FirmwareState]:
    states = []
    while (notice := one.next_notice()) is not None:
        states.append(notice.state)
        await one.told(notice)
    return states


def test_a_download_cut_by_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    """Real time and a real server: the thread that fetches does not live by the virtual clock."""
    padding = "x" * 200_000
    content = image(padding=padding, sha256=hashlib.sha256(padding.encode()).hexdigest())

    async def until(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - seen from outside only
                await asyncio.sleep(0.01)

    async def story(web: Web) -> None:
        room = Room(tmp_path, premises=Premises(free=False))
        courier = Courier(TransferRules(schemes=(Scheme.HTTP,), may_reach_private=True))
        means = replace(room.means, courier=courier)
        first = Updater(means, SimulatedInstaller(tmp_path), Trust(), lambda: "order")
        others = set(threading.enumerate())
        running = asyncio.ensure_future(first.run())
        await first.order(request(location=web.url("/fw")))
        await until(lambda: any(one.stat().st_size >= 20_000 for one in tmp_path.glob("*.part")))
        running.cancel()
        await asyncio.wait([running])
        await until(lambda: not any(one.name.startswith("transfer") for one in set(threading.enumerate()) - others))

        again = Updater(means, SimulatedInstaller(tmp_path), Trust(), lambda: "other")
        running = asyncio.ensure_future(again.run())
        await until(lambda: (tmp_path / "firmware.image").exists())
        running.cancel()
        await asyncio.wait([running])

    with web_server() as web:
        web.files["/fw"], web.pauses_after, web.stalls = content, 50_000, threading.Event()
        asyncio.run(story(web))
        web.stalls.set()

    assert [headers.get("Range") for _, _, headers in web.asked] == [None, "bytes=50000-"]
    assert (tmp_path / "firmware.image").read_bytes() == content


def test_connectors_are_held_a_look_before_they_count_as_free(tmp_path: Path) -> None:
    """A start that was on its way to a connector when it was held must be seen there."""
    room = Room(tmp_path)
    room.courier.content = image(fails="install")

    async def story(one: Updater) -> None:
        await one.order(request())
        await asyncio.sleep(LOOKS_EVERY_S / 2)
        room.premises.free = False
        assert room.premises.holds == [True]
        await asyncio.sleep(600)
        assert _F.INSTALLING.value not in [state for state, _ in room.premises.told]
        room.premises.free = True
        await asyncio.sleep(10)
        assert (await told_of(one))[-2:] == [_F.INSTALLING, _F.INSTALLATION_FAILED]

    played(updater(room), story)
    assert room.premises.holds == [True, False]
    assert [file.name for file in tmp_path.iterdir()] == ["simulated-slots.json"]


def test_a_restart_that_does_not_come_is_asked_for_again(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.courier.content = image()

    async def story(one: Updater) -> None:
        await one.order(request())
        await asyncio.sleep(1000)
        assert room.premises.restarts > 1
        assert await one.order(request()) is UpdateVerdict.REJECTED

    played(updater(room), story)

    async def after(one: Updater) -> None:
        await asyncio.sleep(1)
        assert (await told_of(one))[-1] is _F.INSTALLED

    played(updater(room), after)


def test_an_order_whose_signer_is_not_trusted_begins_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def story(one: Updater) -> None:
        assert await one.order(request(signed=SIGNED, request_id=1)) is UpdateVerdict.INVALID_CERTIFICATE
        await asyncio.sleep(60)

    played(updater(room, Trust("is a stranger")), story)
    assert room.courier.sent == []
    assert room.premises.told == [("InvalidCertificate", "is a stranger")]


def test_a_newer_order_calls_off_a_download_in_the_middle(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.courier.hangs, room.courier.content = True, image(fails="install")

    async def story(one: Updater) -> None:
        assert await one.order(request()) is UpdateVerdict.ACCEPTED
        await asyncio.sleep(10)
        room.courier.hangs = False
        assert await one.order(request(location="https://h/other")) is UpdateVerdict.ACCEPTED_CANCELED
        await asyncio.sleep(60)
        words = await told_of(one)
        assert [word for word in words if word in (_F.DOWNLOAD_FAILED, _F.INSTALLATION_FAILED)] == words[-1:]

    played(updater(room), story)
    assert (room.courier.called_off, room.courier.sent) == (1, [("https://h/other", "")])


def test_an_installer_that_is_still_to_come_takes_no_order(tmp_path: Path) -> None:
    room = Room(tmp_path)
    one = updater(room, installer=ComingInstaller(SLOT))

    async def story(one: Updater) -> None:
        assert await one.order(request()) is UpdateVerdict.REJECTED

    played(one, story)
    assert one.objection == SLOT
    assert room.shelf.values == {}


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", image(sha256="0"), b"{" * 2_000_000])
def test_what_is_no_image_is_never_installed(tmp_path: Path, content: bytes) -> None:
    room = Room(tmp_path)
    room.courier.content = content

    async def story(one: Updater) -> None:
        await one.order(request())
        await asyncio.sleep(60)
        assert (await told_of(one))[-1] is _F.INSTALL_VERIFICATION_FAILED

    played(updater(room), story)
    assert list(tmp_path.iterdir()) == []
