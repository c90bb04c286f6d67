"""Several addresses at the wire: who takes over, who comes back, and what becomes of an address changed from afar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

from agent.ocpp_client.causes import Cause
from firmware_sim.virtual_loop import run
from tests.ocpp_client.secured import NEW_KEY, Charger, Site, accepted, central_system, charger
from tests.store.domain import sampled, started, stopped
from tests.tools.csms.charger import Bench

RETURN_AFTER_S = 600
PREFIX = "EvseAgentNetwork"
TAKES_OVER_WITHIN_S = 150.0
"""Five attempts with the waits between them."""


def site(*slots: str) -> Site:
    """Profile 1 on this machine itself; each slot is `url`, or `url` and more lines."""
    tables = "".join(f"[[ocpp.slots]]\n{slot}\n" for slot in slots)
    return Site(profile=1, settings=f"EvseAgentNetworkProfileReturnAfter = {RETURN_AFTER_S}\n{tables}")


def at(csms: Bench, *more: str) -> str:
    return "\n".join((f'url = "{csms.url}"', *more))


@asynccontextmanager
async def two_of_them(folder: Path) -> AsyncIterator[tuple[Bench, Bench]]:
    async with central_system(folder, None) as first, central_system(folder, None) as second:
        yield first, second


async def boots(csms: Bench) -> int:
    return len((await csms.do("frames", action="BootNotification", kind="call", direction="from"))["frames"])


async def told(csms: Bench, action: str) -> int:
    return len((await csms.do("frames", action=action, kind="call", direction="from"))["frames"])


async def at_slot(one: Charger, slot: int, within_s: float = TAKES_OVER_WITHIN_S) -> None:
    """Accepted at this slot, and what follows from it is on record."""
    keeper = one.side.slots
    await one.until(lambda: one.is_connected and keeper.present == slot == keeper.slots.last_good, within_s)
    await asyncio.sleep(2.0)


def names(one: Charger) -> list[str]:
    return [news.name for news in one.news if news.name.startswith("slot.")]


async def charge(one: Charger, number: int, *, ends: bool) -> None:
    await one.store.ledger.record_start(started(number), None)
    await one.store.ledger.record_sample(sampled(number), for_network=True, for_stop=False)
    if ends:
        await one.store.ledger.record_stop(stopped(number))
    one.client.facts_recorded()


# Who takes over, and who comes back.


def test_the_second_address_takes_over_and_the_first_one_is_taken_again_when_it_is_back(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, second), charger(tmp_path, first, site(at(second))) as one:
            await at_slot(one, 1)
            await first.system.close()
            await at_slot(one, 2)
            assert await boots(second) == 1, "nobody knows the charger there"
            assert await told(second, "StatusNotification") == 3

            await asyncio.sleep(2 * RETURN_AFTER_S)
            await at_slot(one, 2)
            await first.system.reopen()
            await at_slot(one, 1, within_s=4 * RETURN_AFTER_S)
            assert await boots(first) == 2
            assert not second.system.stations, "never two at a time"
            assert names(one) == ["slot.taken"] * 3

    run(story())


def test_nobody_who_charges_is_disturbed_by_a_return(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, second), charger(tmp_path, first, site(at(second))) as one:
            await at_slot(one, 1)
            await charge(one, 1, ends=False)
            await asyncio.sleep(5.0)
            await first.system.close()
            await at_slot(one, 2)
            await first.system.reopen()
            await asyncio.sleep(3 * RETURN_AFTER_S)
            assert one.side.slots.present == 2

            await one.store.ledger.record_stop(stopped(1))
            one.client.facts_recorded()
            await at_slot(one, 1)
            # One central system at two addresses: what it numbered here it knows there.
            assert (await told(first, "StartTransaction"), await told(second, "StartTransaction")) == (1, 0)
            (stop,) = await one.told_to(second, "StopTransaction")
            assert stop["transactionId"] == 1
            assert await told(first, "StopTransaction") == 0

    run(story())


def test_a_charger_begins_where_it_was_heard_last(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, second):
            async with charger(tmp_path, first, site(at(second))) as one:
                await at_slot(one, 1)
                await first.system.close()
                await at_slot(one, 2)
            async with charger(tmp_path, first, site(at(second))) as again:
                await again.connected(10.0)
                assert again.side.slots.present == 2

    run(story())


def test_a_key_that_is_changed_at_one_address_counts_at_the_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, second), charger(tmp_path, first, site(at(second))) as one:
            await at_slot(one, 1)
            await accepted(first, "change_configuration", key="AuthorizationKey", value=NEW_KEY)
            for csms in (first, second):
                await csms.do("password", charger="CP-1", word=NEW_KEY)
            await one.reconnected()
            await first.system.close()
            await at_slot(one, 2)
            assert Cause.UNAUTHORIZED not in one.causes

    run(story())


def test_an_address_that_never_accepts_the_charger_is_passed_on_from(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, second), charger(tmp_path, first, site(at(second))) as one:
            await at_slot(one, 1)
            second.system.behaviour.boot_status = "Rejected"
            await first.system.close()
            await one.until(lambda: one.side.slots.present == 2 and one.client.snapshot().is_open)
            await first.system.reopen()
            await at_slot(one, 1, within_s=600.0)

    run(story())


# An address changed from afar.


def test_a_dead_address_is_tried_and_everything_is_as_it_was(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, dead), charger(tmp_path, first, site()) as one:
            await at_slot(one, 1)
            await dead.system.close()
            await charge(one, 1, ends=False)
            await asyncio.sleep(5.0)
            await accepted(first, "change_configuration", key=f"{PREFIX}Profile1", value=dead.url)
            await one.until(lambda: one.side.slots.slots.trial is None)
            await at_slot(one, 1)

            assert one.side.addresses.network_profile(1) == first.url
            assert names(one) == ["slot.taken", "slot.tried", "slot.reverted"]
            reverted = dict(one.news[[news.name for news in one.news].index("slot.reverted")].fields)
            assert "nobody listens" in str(reverted["why"])
            notes = [record.info for record in await one.noted("ReconfigurationOfSecurityParameters")]
            assert [note.split(";")[0] for note in notes] == [
                f"slot 1 is to be {dead.url}/CP-1",
                "slot 1 stays as it was",
            ]
            assert one.store.ledger.key_of_remote(1) is not None, "the charge goes on"

    run(story())


def test_a_good_address_is_the_slots_and_still_is_after_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, second):
            async with charger(tmp_path, first, site()) as one:
                await at_slot(one, 1)
                await charge(one, 1, ends=False)
                await asyncio.sleep(5.0)
                await accepted(first, "change_configuration", key=f"{PREFIX}Profile1", value=f"{second.url}/CP-1")
                await one.reconnected()
                await at_slot(one, 1)
                assert names(one)[-2:] == ["slot.tried", "slot.changed"]
                await one.store.ledger.record_stop(stopped(1))
                one.client.facts_recorded()
                await asyncio.sleep(5.0)
                assert (await told(first, "StartTransaction"), await told(second, "StopTransaction")) == (1, 1)
            connections = await boots(first)
            async with charger(tmp_path, first, site()) as again:
                await again.connected(10.0)
                assert "CP-1" in second.system.stations
                assert await boots(first) == connections

    run(story())


def test_a_trial_goes_on_after_a_power_cut_and_ends_all_the_same(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, dead):
            await dead.system.close()
            async with charger(tmp_path, first, site()) as one:
                await at_slot(one, 1)
                await accepted(first, "change_configuration", key=f"{PREFIX}Profile1", value=dead.url)
                await one.fails(Cause.REFUSED)
            async with charger(tmp_path, first, site()) as again:
                assert again.side.slots.slots.trial is not None
                await at_slot(again, 1)
                assert names(again) == ["slot.reverted"]

    run(story())


def test_whoever_answers_and_accepts_nobody_does_not_keep_the_charger(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, second), charger(tmp_path, first, site()) as one:
            await at_slot(one, 1)
            second.system.behaviour.boot_status = "Pending"
            await accepted(first, "change_configuration", key=f"{PREFIX}Profile1", value=second.url)
            await one.until(lambda: "CP-1" in second.system.stations)
            await charge(one, 1, ends=True)
            await one.until(lambda: "CP-1" in first.system.stations, 600.0)
            await at_slot(one, 1)
            assert names(one)[-1] == "slot.reverted"
            assert (await told(second, "StartTransaction"), await told(first, "StopTransaction")) == (0, 1)

    run(story())


def test_a_slot_is_added_put_first_and_emptied(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, second), charger(tmp_path, first, site()) as one:
            await at_slot(one, 1)
            await accepted(first, "change_configuration", key=f"{PREFIX}Profile3", value=second.url)
            await at_slot(one, 3)
            assert one.side.addresses.priority() == "1,3"
            await at_slot(one, 1, within_s=2 * RETURN_AFTER_S)
            await accepted(first, "change_configuration", key=f"{PREFIX}ConfigurationPriority", value="3,1")
            await at_slot(one, 3, within_s=2 * RETURN_AFTER_S)
            await accepted(second, "change_configuration", key=f"{PREFIX}Profile1", value="")
            assert one.side.addresses.priority() == "3"

    run(story())


HOSTILE = {
    "http://127.0.0.1:1/": "does not begin with ws://",
    "file:///etc/passwd": "does not begin with ws://",
    "wss://127.0.0.1:1": "does not begin with ws://, as security profile 1 wants",
    "ws://CP-2:secret@127.0.0.1:1": "holds a login",
    "ws://CP-2@127.0.0.1:1": "holds a login",
    "ws://central.example/ocpp": "would have everything said in the clear",
    "ws://127.0.0.1:1/{serial}": "holds more than host, port, path and {identity}",
    "ws://127.0.0.1:1/ocpp?as=CP-2": "holds more than host, port, path and {identity}",
    "ws://127.0.0.1:99999/": "is no address",
    "ws:///ocpp": "names no host",
    "ws://127.0.0.1:1/ä": "printable ASCII",
    f"ws://127.0.0.1/{'a' * 300}": "is not up to 255",
    "ws://127.0.0.1:1 identity=CP-2": "is not written as",
    "ws://127.0.0.1:1 network=a/b": "names a network by more",
}


def test_a_hostile_address_is_refused_with_a_reason_and_changes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with central_system(tmp_path, None) as csms, charger(tmp_path, csms, site()) as one:
            await at_slot(one, 1)
            for address in HOSTILE:
                answer = await csms.do("change_configuration", key=f"{PREFIX}Profile1", value=address)
                assert answer["answer"] == {"status": "Rejected"}, address
            for key, text in (("Profile1", ""), ("ConfigurationPriority", "2,1"), ("ConfigurationPriority", "")):
                answer = await csms.do("change_configuration", key=f"{PREFIX}{key}", value=text)
                assert answer["answer"] == {"status": "Rejected"}, key
            await asyncio.sleep(1.0)
            whys = [str(dict(news.fields)["why"]) for news in one.news if news.name == "slot.refused"]
            assert all(words in why for words, why in zip(HOSTILE.values(), whys, strict=False)), whys
            assert len(whys) == len(HOSTILE) + 3
            assert one.connections == 1

    run(story())


def test_no_address_is_reached_by_another_name(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, second), charger(tmp_path, first, site()) as one:
            await at_slot(one, 1)
            await accepted(first, "change_configuration", key=f"{PREFIX}Profile1", value=f"{second.url}/CP-2")
            await one.reconnected()
            assert list(second.system.stations) == ["CP-1"]

    run(story())


# Another network.


def elsewhere(csms: Bench) -> str:
    return at(csms, 'network = "other"')


def test_another_network_is_told_nothing_of_a_charge_that_the_first_one_heard_of(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, other), charger(tmp_path, first, site(elsewhere(other))) as one:
            left: list[str] = []

            async def leave() -> None:
                left.append(one.side.slots.slots.network)

            one.side.slots.leave_network = leave
            await at_slot(one, 1)
            await charge(one, 1, ends=False)
            await asyncio.sleep(5.0)
            await first.system.close()
            await one.store.ledger.record_stop(stopped(1))
            await asyncio.sleep(2 * TAKES_OVER_WITHIN_S)
            assert (await boots(other), one.side.slots.present) == (0, 1), "the stop is owed to the first one"

            await first.system.reopen()
            await at_slot(one, 1, within_s=600.0)
            assert await told(first, "StopTransaction") == 1
            await first.system.close()
            await at_slot(one, 2)
            assert (await told(other, "StopTransaction"), left) == (0, [""])
            assert (one.store.ledger.queued(), one.side.slots.slots.network) == (0, "other")

    run(story())


def test_a_move_to_another_network_waits_for_the_end_of_the_charge(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_of_them(tmp_path) as (first, other), charger(tmp_path, first, site()) as one:
            await at_slot(one, 1)
            await charge(one, 1, ends=False)
            await asyncio.sleep(5.0)
            await accepted(first, "change_configuration", key=f"{PREFIX}Profile1", value=f"{other.url} network=other")
            await asyncio.sleep(900.0)
            assert (await boots(other), one.is_connected) == (0, True)
            await one.store.ledger.record_stop(stopped(1))
            one.client.facts_recorded()
            await one.until(lambda: "CP-1" in other.system.stations, 60.0)
            await at_slot(one, 1)
            assert (await told(first, "StopTransaction"), await told(other, "StopTransaction")) == (1, 0)
            assert one.side.addresses.network_profile(1) == f"{other.url} network=other"

    run(story())


def test_another_network_is_told_nothing_before_it_is_on_disk_that_it_is_the_one(tmp_path: Path) -> None:
    """Else a power cut could send the end of a charge back to the network before."""

    async def story() -> None:
        async with two_of_them(tmp_path) as (first, other), charger(tmp_path, first, site()) as one:
            await at_slot(one, 1)
            there = f"{other.url} network=other"
            await accepted(first, "change_configuration", key=f"{PREFIX}Profile1", value=there)
            kept = tmp_path / "state" / "secrets" / "slots.json"
            kept.unlink()
            kept.mkdir()
            await one.until(lambda: "CP-1" in other.system.stations, 60.0)
            await charge(one, 1, ends=True)
            await asyncio.sleep(30.0)
            assert (await boots(other), await told(other, "StartTransaction")) == (1, 0)

            kept.rmdir()
            await one.until(kept.is_file)
            await asyncio.sleep(5.0)
            assert '"network": "other"' in kept.read_text()
            assert (await boots(other), await told(other, "StopTransaction")) == (2, 1)

    run(story())


def test_a_transaction_nobody_may_hear_the_end_of_keeps_the_charger_away(tmp_path: Path) -> None:
    """A person gave the slot to another network while something was owed to the one before."""

    async def story() -> None:
        async with central_system(tmp_path, None) as first:
            async with charger(tmp_path, first, site()) as one:
                await at_slot(one, 1)
                await charge(one, 1, ends=False)
                await asyncio.sleep(5.0)
            async with charger(tmp_path, first, replace(site(), network="other")) as again:
                await again.fails(Cause.CONFIGURATION)
                assert "which has not heard the end of a charge" in again.client.snapshot().sentence

    run(story())
