"""Security events over real TLS: on disk until a central system has taken them, and each told once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from agent.security.events import SecurityEvent
from firmware_sim.virtual_loop import run
from tests.ocpp_client.secured import Site, central_system, charger, issued, root_file

CA = trustme.CA()


def test_events_wait_on_disk_and_are_told_in_order(tmp_path: Path) -> None:
    async def story() -> None:
        async with central_system(tmp_path, issued(CA, tmp_path)) as csms:
            site = Site(ca_file=root_file(CA, tmp_path))
            csms.system.behaviour.refused_status = 503
            async with charger(tmp_path, csms, site) as one:
                one.events.note(SecurityEvent.STARTUP, "version 1")
                one.events.note(SecurityEvent.TAMPER, "the enclosure was opened")
                await asyncio.sleep(60.0)
            csms.system.behaviour.refused_status = None
            async with charger(tmp_path, csms, site) as again:
                await again.connected()
                await asyncio.sleep(60.0)
                told = await again.told("SecurityEventNotification")
                assert [one["type"] for one in told] == ["StartupOfTheDevice", "TamperDetectionActivated"]
                assert [one["techInfo"] for one in told] == ["version 1", "the enclosure was opened"]
                assert again.store.logs.security.waiting() == 0

    run(story())


def test_a_central_system_without_the_extension_is_told_each_event_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await csms.do("reject", action="SecurityEventNotification", code="NotImplemented")
            await one.connected()
            one.events.note(SecurityEvent.STARTUP)
            await asyncio.sleep(600.0)
            assert len(await one.told("SecurityEventNotification")) == 1
            assert one.store.logs.security.waiting() == 0

    run(story())
