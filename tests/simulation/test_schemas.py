"""Whatever whole chargers say keeps its closed schema; one wrong field of it does not; and each field is said by one.

The chargers of these stories say everything at every door: messages on the broker, answers at the socket, to orders,
and to the central system.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from agent.core.last_words import of_exception
from agent.telemetry.topics import KINDS
from firmware_sim.mqtt_broker import Broker
from tests.simulation.said import Said, name_of
from tests.simulation.schemas_unseen import UNSEEN
from tests.simulation.stage import BAD_CARD, OTHER_CARD, Charger
from tests.simulation.test_orders import Support, site
from tests.simulation.test_reservation_stories import RESERVATION, reserve
from tests.simulation.test_smart_charging import a_profile, install
from tests.telemetry.fields import Field, Path, members, named, of_another_type, renamed
from tests.telemetry.schemas import OF_EVENTS, closed, published
from tests.telemetry.simulated import tell
from tools.schemas.answers import tables
from tools.simulate.clock import EPOCH_MS, VirtualClock

LATE_MS = EPOCH_MS + (15 * 60 + 35) * 60_000
"""Midnight is 25 minutes away: the load of a day is told when it is over."""
MAY_BE_RENAMED = {("answers/explain", "subject")}
"""Optional ones of a table whose further fields have names of their own: there another name is another fact."""
PLAN = '[references]\norder = "A-1"\n'
Story = Callable[[Charger, Broker, Said], Awaitable[None]]


async def of_a_day(charger: Charger, broker: Broker, said: Said) -> None:
    """A network that goes, charges, faults, a program that dies, midnight."""
    await charger.network("offline")
    await charger.passes(150.0)
    await said.at_a_glance(charger)
    await charger.network("heal")
    await charger.passes(120.0)
    await charger.charge()
    await charger.passes(300.0)
    await charger.world("fault", name="meter_silent", connector=1)
    await charger.passes(120.0)
    await said.at_a_glance(charger)
    await charger.world("heal")
    await charger.world("plug_out", connector=1)
    await charger.passes(60.0)
    await charger.plug_in()
    await charger.swipe(BAD_CARD)
    await charger.passes(30.0)
    await charger.swipe()
    await charger.passes(60.0)
    await charger.world("fault", name="weld", connector=1)
    await charger.world("plug_out", connector=1)
    await charger.passes(600.0)
    await said.at_every_socket(charger)
    await charger.world("heal")
    await _dies(charger)
    await said.at_the_socket(charger, "faults clear", {"id": "contactor.welded", "reason": "exchanged"})
    await said.done(charger, "evidence replace", part="contactor:1", serial="S-2")
    await said.at_every_socket(charger)


async def _dies(charger: Charger) -> None:
    crashes = charger.agent.config.storage.path / "crashes"
    await charger.stage.charger.kill()
    crashes.mkdir(exist_ok=True)
    (crashes / "this-run.txt").write_text(of_exception(ValueError("no room")))
    await charger.stage.charger.start()
    await charger.passes(2700.0)


async def of_two(charger: Charger, broker: Broker, said: Said) -> None:
    """Two cars on a supply that is enough for one, a reservation, and profiles that change by the hour."""
    assert await reserve(charger, connector=2) == "Accepted"
    await charger.passes(10.0)
    await said.at_a_glance(charger)
    await charger.network("cancel_reservation", reservation=RESERVATION)
    await charger.charge(1)
    await install(charger, a_profile(1, (0, 7.0), (3600, 20.0)))
    await charger.plug_in(2)
    await charger.swipe(OTHER_CARD)
    await charger.passes(120.0)
    await said.at_every_socket(charger)
    await charger.world("fault", name="meter_silent", connector=2)
    await charger.passes(60.0)
    await said.at_a_glance(charger)


async def of_a_lock(charger: Charger, broker: Broker, said: Said) -> None:
    await charger.charge()
    await said.at_a_glance(charger)
    await charger.network("remote_stop")
    await charger.passes(30.0)
    await charger.world("plug_out", connector=1)
    await charger.passes(10.0)
    await said.at_the_socket(charger, "unlock", {"connector": 1})


async def of_a_cabinet(charger: Charger, broker: Broker, said: Said) -> None:
    """Sensors of Linux: everything is ordered, and asked by the central system."""
    await charger.charge()
    await charger.passes(60.0)
    await said.by_every_order(Support(charger, broker))
    await said.by_the_central_system(charger)
    await said.at_every_socket(charger)


STORIES: tuple[tuple[Story, dict[str, Any]], ...] = (
    (of_a_day, {"clock": VirtualClock(LATE_MS)}),
    (of_two, {"board": "sim-dual", "supply_current_a": 10}),
    (of_a_lock, {"board": "sim-socket"}),
    (of_a_cabinet, {"board": "sim-cabinet", "site": PLAN}),
)


def lived(story: Story, changes: Mapping[str, Any], said: Said) -> None:
    with TemporaryDirectory(prefix="evse-said-") as folder:
        support = site(File(folder), json.dumps(sorted(tables()))) + 'data_transfer = "all"\n'

        async def told(charger: Charger, broker: Broker) -> None:
            await story(charger, broker, said)
            said.on_the_broker(broker)

        tell(told, **{**changes, "site": support + changes.get("site", "")})


def smallest(said: Said) -> dict[tuple[str, Field], tuple[Mapping[str, Any], Path]]:
    """Of each field that was said, by its schema, the shortest document that has it, and where."""
    found: dict[tuple[str, Field], tuple[Mapping[str, Any], Path]] = {}
    for name, document in sorted(said.documents, key=lambda one: len(json.dumps(one[1]))):
        for field, path in members(published(name), document):
            found.setdefault((name, field), (document, path))
    return found


def accepted(said: Said) -> Iterator[str]:
    """Changes of one field that its schema would let through."""
    validators: dict[str, Draft202012Validator] = {}
    for (name, (_, field)), (document, path) in smallest(said).items():
        if name not in validators:
            validators[name] = Draft202012Validator(closed(published(name), keeps_open=name not in OF_EVENTS))
        for change in (of_another_type,) if (name, field) in MAY_BE_RENAMED else (renamed, of_another_type):
            if validators[name].is_valid(change(document, path)):
                yield f"{name}: {field} {change.__name__} at {path}"


def unseen(said: Said) -> set[str]:
    """Fields that a schema names and nobody said."""
    said_ones = {field for _, field in smallest(said)}
    names = (*KINDS, *(name_of(words) for words in tables()))
    every = {place: field for name in names for place, field in named(published(name), name).items()}
    return {place for place, field in every.items() if field not in said_ones}


def test_all_that_whole_chargers_say_keeps_its_schema_and_no_field_may_be_wrong_or_go_unsaid() -> None:
    """In one, for the chargers' lives take a minute."""
    said = Said()
    for story, changes in STORIES:
        lived(story, changes, said)

    missing = unseen(said)
    excused = {place for place in missing if any(fnmatchcase(place, pattern) for pattern in UNSEEN)}
    needless = [pattern for pattern in UNSEEN if not any(fnmatchcase(place, pattern) for place in missing)]
    assert sorted(set(said.wrong)) == []
    assert list(accepted(said)) == []
    assert sorted(missing - excused) == []
    assert needless == []
