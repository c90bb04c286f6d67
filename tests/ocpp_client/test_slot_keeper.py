"""The keeper of slots without a connection: what is said while it writes, what can be tried, and a store that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

from agent.errors import Busy
from agent.ocpp_client.causes import Cause, LinkFailed
from agent.station.slots import LOOKS_EVERY_S, SlotKeeper
from firmware_sim.virtual_loop import run
from tests.ocpp_client.secured import Charger, central_system
from tests.ocpp_client.test_slots import at, elsewhere, site


@asynccontextmanager
async def unconnected(folder: Path, *, same: bool) -> AsyncIterator[Charger]:
    """With a second slot, of the same network or of another one; accepted at the first, and nothing of it runs."""
    async with central_system(folder, None) as first, central_system(folder, None) as second:
        one = Charger(folder, first, site(at(second) if same else elsewhere(second)))
        await is_accepted(one.side.slots)
        yield one
        one.store.writer.drop()


async def is_accepted(keeper: SlotKeeper) -> None:
    await keeper.options()
    keeper.answered()
    await keeper.accepted()


def test_a_slot_that_a_person_asks_for_while_another_network_is_taken_over_is_the_next(tmp_path: Path) -> None:
    async def story() -> None:
        async with unconnected(tmp_path, same=False) as one:
            keeper = one.side.slots
            await keeper.use(2)

            async def somebody_asks() -> None:
                await keeper.use(1)

            keeper.leave_network = somebody_asks
            await is_accepted(keeper)
            assert (keeper.slots.network, keeper.slots.last_good, keeper.slots.at) == ("other", 2, 1)

    run(story())


def test_the_slot_in_use_is_not_left_for_itself(tmp_path: Path) -> None:
    async def story() -> None:
        async with unconnected(tmp_path, same=True) as one:
            keeper = one.side.slots
            with pytest.raises(Busy, match="slot 1 is connected"):
                await keeper.use(1)
            await keeper.use(2)

    run(story())


def test_two_changes_at_once_both_count_and_are_both_on_disk(tmp_path: Path) -> None:
    """On an ordinary loop: in virtual time nothing happens while a disk writes."""

    async def story() -> None:
        async with unconnected(tmp_path, same=True) as one:
            keeper = one.side.slots
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(one.side.addresses.change_priority("2,1"))
                tasks.create_task(keeper.use(2))
            assert (keeper.slots.priority, keeper.slots.at) == ((2, 1), 2)
            one.store.writer.drop()
            again = Charger(tmp_path, one.csms, site(f'url = "{keeper.site[2].url}"')).side.slots
            assert again.slots.priority == (2, 1)

    asyncio.run(story())


def test_an_attempt_that_fails_while_a_change_is_written_counts(tmp_path: Path) -> None:
    async def story() -> None:
        async with unconnected(tmp_path, same=True) as one:
            keeper = one.side.slots
            change = asyncio.create_task(one.side.addresses.change_priority("2,1"))
            await asyncio.sleep(0)
            keeper.failed(LinkFailed(Cause.REFUSED, "nobody listens there"))
            await change
            assert (keeper.slots.priority, keeper.slots.failures) == ((2, 1), 1)

    asyncio.run(story())


def test_an_address_that_would_never_be_tried_is_refused_and_what_is_there_may_be_written_again(tmp_path: Path) -> None:
    """Slot 2 has a password of its own, and the security profile of the site file that was raised elsewhere."""

    async def story() -> None:
        password = tmp_path / "password-2"
        password.write_text("second-slots-password")
        password.chmod(0o600)
        async with central_system(tmp_path, None) as first, central_system(tmp_path, None) as second:
            one = Charger(tmp_path, first, site(at(second, f'password_file = "{password}"')))
            keeper, addresses = one.side.slots, one.side.addresses
            assert await addresses.change_network_profile(2, f"{second.url}/elsewhere")
            assert await addresses.change_network_profile(2, second.url)
            await keeper.access.change(replace(keeper.access.plan.latest, profile=2), "security profile 2")
            await is_accepted(keeper)
            assert not await addresses.change_network_profile(2, f"{second.url}/elsewhere")
            assert keeper.slots.trial is None
            assert await addresses.change_network_profile(2, second.url)
            one.store.writer.drop()

    run(story())


def test_a_store_that_fails_keeps_the_charger_at_its_network_and_ends_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with unconnected(tmp_path, same=False) as one:
            keeper = one.side.slots
            assert await one.side.addresses.change_network_profile(1, f"{one.csms.url}/elsewhere network=third")
            looking = asyncio.create_task(keeper.run())
            one.store.writer.drop()
            await asyncio.sleep(3 * LOOKS_EVERY_S)
            assert not looking.done()
            looking.cancel()
            assert (await keeper.options()).url == f"{one.csms.url}/CP-1"
            assert keeper.present == 1

    run(story())
