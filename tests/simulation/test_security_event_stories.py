"""Security events that other people bring about at the charger and on the wire: in the log, and told to the network."""

from __future__ import annotations

import asyncio
import sqlite3

from agent.control.wire import Request, encode_request
from tests.simulation.maintenance import play
from tests.simulation.stage import Charger


def told(charger: Charger, event: str) -> list[str]:
    return [one.get("techInfo", "") for one in charger.told("SecurityEventNotification") if one["type"] == event]


async def noted(charger: Charger, event: str) -> list[str]:
    records = await charger.agent.station.store.logs.security.records()
    return [record.info for record in records if record.event == event]


async def asked_at_the_socket(charger: Charger, verb: str, **arguments: int) -> None:
    reader, writer = await asyncio.open_unix_connection(str(charger.agent.config.control.socket))
    writer.write(encode_request(Request(verb, arguments)))
    await reader.readline()
    writer.close()


def test_work_at_the_local_socket_is_a_login_that_the_network_hears_of() -> None:
    async def story(charger: Charger) -> None:
        await asked_at_the_socket(charger, "status")
        await asked_at_the_socket(charger, "ocpp use", slot=4)
        await asked_at_the_socket(charger, "ocpp use", slot=3)
        await charger.passes(10)

        [info] = told(charger, "MaintenanceLoginAccepted")
        assert info.endswith("(service) began with ocpp use")
        assert await noted(charger, "MaintenanceLoginAccepted") == [info]

    play(story)


def test_a_frame_that_comes_again_in_the_clear_is_an_attempted_replay() -> None:
    async def story(charger: Charger) -> None:
        for _ in range(3):
            await charger.network("raw", text='[2,"once","ClearCache",{}]')
        await charger.passes(400)
        await charger.network("raw", text='[2,"once","ClearCache",{}]')
        await charger.passes(10)

        [first, later] = told(charger, "AttemptedReplayAttacks")
        assert first == "ClearCache came again under its message id; not done again"
        assert later == f"{first} (2 times)"
        assert await noted(charger, "AttemptedReplayAttacks") == [first, later]

    play(story)


def test_a_security_log_that_somebody_emptied_is_told_at_the_next_start() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(10)
        database = charger.agent.config.storage.path / "agent.db"
        await charger.stage.charger.stop()
        with sqlite3.connect(database) as connection:
            connection.execute("DELETE FROM security_log")
        connection.close()
        await charger.stage.charger.start()
        await charger.passes(20)

        [info] = told(charger, "SecurityLogWasCleared")
        assert info.endswith("of the newest records were taken out of the database")
        assert await noted(charger, "SecurityLogWasCleared") == [info]

    play(story)


def test_a_damaged_database_takes_the_log_with_it_and_that_is_told() -> None:
    async def story(charger: Charger) -> None:
        database = charger.agent.config.storage.path / "agent.db"
        await charger.stage.charger.stop()
        database.write_bytes(b"no database at all" * 100)
        await charger.stage.charger.start()
        await charger.passes(20)

        [info] = told(charger, "SecurityLogWasCleared")
        assert "agent.db.damaged-1" in info

    play(story)
