"""Keys, certificates and the way to the central system over real TLS: what is refused, tried, and fallen back from."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from agent.ocpp_client.causes import Cause
from firmware_sim.virtual_loop import run
from tests.ocpp_client.secured import (
    KEY,
    NEW_KEY,
    Site,
    accepted,
    central_system,
    change_tls,
    charger,
    give_certificate,
    issued,
    root_file,
    root_pem,
)
from tests.tools.csms.charger import Bench

CA = trustme.CA()
OTHER = trustme.CA()


def test_profile_2_connects_with_a_root_and_a_password(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected(60.0)
            assert one.side.access.believed_by[-1:] == (ssl.PEM_cert_to_DER_cert(root_pem(CA)),)

    run(story())


@pytest.mark.parametrize("trouble", ["unknown root", "wrong name", "expired"])
def test_a_certificate_nobody_vouches_for_is_refused_and_noted_once(tmp_path: Path, trouble: str) -> None:
    async def story() -> None:
        shown = {
            "unknown root": lambda: issued(OTHER, tmp_path),
            "wrong name": lambda: issued(CA, tmp_path, "central.example"),
            "expired": lambda: issued(CA, tmp_path, not_after=datetime(2026, 1, 1, tzinfo=UTC)),
        }[trouble]()
        async with (
            central_system(tmp_path, shown) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.fails(Cause.CERTIFICATE)
            await asyncio.sleep(3600.0)
            assert one.connections == 0
            assert len(await one.noted("InvalidCentralSystemCertificate")) == 1

            await change_tls(csms, issued(CA, tmp_path))
            await one.connected()
            await asyncio.sleep(60.0)
            assert [told["type"] for told in await one.told("SecurityEventNotification")] == [
                "InvalidCentralSystemCertificate"
            ]

    run(story())


def test_a_clock_that_was_set_back_brings_no_expired_certificate_to_life(tmp_path: Path) -> None:
    """OpenSSL sees this machine's own clock, for which the certificate is good; the charger knows a later time."""
    ends = datetime(datetime.now(UTC).year + 5, 1, 1, tzinfo=UTC)

    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path, not_after=ends)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected(60.0)
            later_ms = round(ends.timestamp() * 1000) + 86_400_000
            await one.store.settings.put({"Clock.LastSeenMs": str(later_ms)})
            await csms.do("drop")
            await one.fails(Cause.CERTIFICATE)
            assert (await one.told("Authorize")) == []

    run(story())


def test_a_clock_that_ran_ahead_for_a_while_ends_no_certificate(tmp_path: Path) -> None:
    async def story() -> None:
        site = Site(ca_file=root_file(CA, tmp_path))
        async with central_system(tmp_path, issued(CA, tmp_path)) as csms, charger(tmp_path, csms, site) as one:
            await one.connected(60.0)
            await asyncio.sleep(2 * 3600.0)
            good_ms = int(one.store.settings.all()["Clock.LastSeenMs"])
            one.clock.ahead_ms = 80 * 365 * 86_400_000
            await asyncio.sleep(5 * 3600.0)
            one.clock.ahead_ms = 0
            assert int(one.store.settings.all()["Clock.LastSeenMs"]) == good_ms
            await csms.do("drop")
            await one.reconnected()

    run(story())


def test_a_repeated_frame_inside_tls_is_nobodys_attack(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            for _ in range(3):
                await csms.do("raw", text='[2,"once","ClearCache",{}]')
            await asyncio.sleep(5.0)
            assert await one.noted("AttemptedReplayAttacks") == []

    run(story())


# The key.


def test_a_new_key_is_used_at_once_and_kept(tmp_path: Path) -> None:
    async def story() -> None:
        async with central_system(tmp_path, issued(CA, tmp_path)) as csms:
            site = Site(ca_file=root_file(CA, tmp_path))
            async with charger(tmp_path, csms, site) as one:
                await one.connected()
                await accepted(csms, "change_configuration", key="AuthorizationKey", value=NEW_KEY)
                await csms.do("password", charger="CP-1", word=NEW_KEY)
                await one.reconnected()
                assert one.side.access.plan.trial is None

            async with charger(tmp_path, csms, site) as again:
                await again.connected(60.0)
                assert Cause.UNAUTHORIZED not in again.causes

    run(story())


def test_a_key_the_central_system_does_not_know_falls_back_to_the_old_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            await accepted(csms, "change_configuration", key="AuthorizationKey", value=NEW_KEY)
            await one.reconnected()

            assert one.causes.count(Cause.UNAUTHORIZED) == 3
            assert len(await one.noted("FailedToAuthenticateAtCentralSystem")) == 1
            assert any("back to" in one.info for one in await one.noted("ReconfigurationOfSecurityParameters"))

    run(story())


def test_a_key_the_central_system_takes_into_use_late_is_not_lost(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            await accepted(csms, "change_configuration", key="AuthorizationKey", value=NEW_KEY)
            await csms.do("password", charger="CP-1", word="neither of both keys")
            await asyncio.sleep(600.0)
            assert not one.is_connected
            await csms.do("password", charger="CP-1", word=NEW_KEY)
            await one.connected()

    run(story())


OCTETS = "octets-of-a-key1"
DIGITS = OCTETS.encode().hex()


@pytest.mark.parametrize(("expected", "refusals"), [(OCTETS, 0), (DIGITS, 1)])
def test_a_key_of_hexadecimal_digits_is_sent_as_octets_then_as_letters_and_what_worked_is_kept(
    tmp_path: Path, expected: str, refusals: int
) -> None:
    async def story() -> None:
        async with central_system(tmp_path, issued(CA, tmp_path)) as csms:
            site = Site(ca_file=root_file(CA, tmp_path))
            async with charger(tmp_path, csms, site) as one:
                await one.connected()
                await accepted(csms, "change_configuration", key="AuthorizationKey", value=DIGITS)
                await csms.do("password", charger="CP-1", word=expected)
                await one.reconnected()
                await asyncio.sleep(5.0)
                assert one.causes.count(Cause.UNAUTHORIZED) == refusals
                assert one.side.access.plan.trial is None

            async with charger(tmp_path, csms, site) as again:
                await again.connected(60.0)
                assert Cause.UNAUTHORIZED not in again.causes

    run(story())


def test_a_password_of_digits_in_the_site_file_is_found_out_too_and_again_when_the_other_one_counts(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with central_system(tmp_path, issued(CA, tmp_path)) as csms:
            site = Site(ca_file=root_file(CA, tmp_path), key=DIGITS)
            await csms.do("password", charger="CP-1", word=DIGITS)
            async with charger(tmp_path, csms, site) as one:
                await one.connected(120.0)
                await asyncio.sleep(5.0)
            async with charger(tmp_path, csms, site) as again:
                await again.connected(60.0)
                assert again.causes.count(Cause.UNAUTHORIZED) == 0
                await csms.do("password", charger="CP-1", word=OCTETS)
                await csms.do("drop")
                await again.reconnected()
                assert again.causes.count(Cause.UNAUTHORIZED) == 1

    run(story())


def test_a_key_on_trial_survives_a_power_cut(tmp_path: Path) -> None:
    async def story() -> None:
        async with central_system(tmp_path, issued(CA, tmp_path)) as csms:
            site = Site(ca_file=root_file(CA, tmp_path))
            async with charger(tmp_path, csms, site) as one:
                await one.connected()
                csms.system.behaviour.refused_status = 503
                await accepted(csms, "change_configuration", key="AuthorizationKey", value=NEW_KEY)
            csms.system.behaviour.refused_status = None
            await csms.do("password", charger="CP-1", word=NEW_KEY)
            async with charger(tmp_path, csms, site) as again:
                await again.connected(60.0)

    run(story())


def test_a_password_that_a_person_changed_counts(tmp_path: Path) -> None:
    async def story() -> None:
        async with central_system(tmp_path, issued(CA, tmp_path)) as csms:
            site = Site(ca_file=root_file(CA, tmp_path))
            async with charger(tmp_path, csms, site) as one:
                await one.connected()
                await accepted(csms, "change_configuration", key="AuthorizationKey", value=NEW_KEY)
                await csms.do("password", charger="CP-1", word=NEW_KEY)
                await one.reconnected()
            await csms.do("password", charger="CP-1", word="third-key-of-CP-1")
            async with charger(tmp_path, csms, replace(site, key="third-key-of-CP-1")) as again:
                await again.connected(60.0)

    run(story())


# The profile.


async def ask_for_certificates(csms: Bench, folder: Path, pem: str | None = None) -> None:
    """From now on the central system wants a client certificate of its own authority, or of another one."""
    ca = folder / "clients.pem"
    ca.write_text(pem or (await csms.do("root"))["pem"])
    assert csms.system.tls is not None
    await change_tls(csms, replace(csms.system.tls, client_ca=ca))


def test_profile_3_is_reached_with_a_certificate_of_a_key_made_here(tmp_path: Path) -> None:
    async def story() -> None:
        async with central_system(tmp_path, issued(CA, tmp_path)) as csms:
            site = Site(ca_file=root_file(CA, tmp_path))
            async with charger(tmp_path, csms, site) as one:
                await one.connected()
                answer = await csms.do("change_configuration", key="SecurityProfile", value="3")
                assert answer["answer"]["status"] == "Rejected", "there is no certificate yet"
                await asyncio.sleep(1.0)
                refusal = next(dict(news.fields) for news in one.news if news.name == "access.refused")
                assert refusal["what"] == "SecurityProfile"
                assert "have one signed first" in str(refusal["why"])
                await give_certificate(one, csms)
                await csms.do("password", charger="CP-1")
                await accepted(csms, "change_configuration", key="SecurityProfile", value="3")
                await ask_for_certificates(csms, tmp_path)
                await one.reconnected()
                assert (one.side.profile, one.side.access.plan.trial) == (3, None)
                answer = await csms.do("change_configuration", key="SecurityProfile", value="2")
                assert answer["answer"]["status"] == "Rejected", "a profile is never lowered from afar"

            async with charger(tmp_path, csms, site) as again:
                await again.connected(60.0)
                assert again.side.profile == 3

    run(story())


def test_profile_3_that_does_not_connect_falls_back_to_profile_2(tmp_path: Path) -> None:
    """The central system asks everybody for a certificate of another authority, then gives in."""

    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            await give_certificate(one, csms)
            await accepted(csms, "change_configuration", key="SecurityProfile", value="3")
            # Profile 3 shows no password, which is what this central system still insists upon.
            await one.reconnected()

            assert one.side.profile == 2
            assert one.causes.count(Cause.UNAUTHORIZED) == 3
            events = await one.noted("ReconfigurationOfSecurityParameters")
            assert "did not connect" in events[-1].info
            assert "SecurityProfile 3 instead of 2" in events[-1].info

    run(story())


def test_profile_2_is_reached_from_profile_1_or_fallen_back_from(tmp_path: Path) -> None:
    async def story() -> None:
        async with central_system(tmp_path, None) as csms, charger(tmp_path, csms, Site(profile=1)) as one:
            await one.connected()
            answer = await csms.do("change_configuration", key="SecurityProfile", value="2")
            assert answer["answer"]["status"] == "Rejected", "there is no root yet"
            await accepted(csms, "install_certificate", pem=root_pem(CA))
            await accepted(csms, "change_configuration", key="SecurityProfile", value="2")
            await one.reconnected()
            assert one.side.profile == 1, "there was no TLS at the other end"

            await accepted(csms, "change_configuration", key="SecurityProfile", value="2")
            await change_tls(csms, issued(CA, tmp_path))
            await one.reconnected()
            assert (one.side.profile, one.side.access.plan.trial) == (2, None)

    run(story())


@pytest.mark.parametrize("value", ["0", "1", "2", "4", "-1", "three", "", "3.0", "٣"])
def test_a_profile_that_is_not_higher_is_rejected(tmp_path: Path, value: str) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            answer = await csms.do("change_configuration", key="SecurityProfile", value=value)
            assert answer["answer"]["status"] == "Rejected"
            assert one.side.profile == 2

    run(story())


# What is shown.


def test_no_key_ever_leaves(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Through every change: neither in a frame that is shown, nor a log line, an event, the store, or another file."""
    caplog.set_level("DEBUG")

    async def story() -> str:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            await give_certificate(one, csms)
            await accepted(csms, "change_configuration", key="AuthorizationKey", value=NEW_KEY)
            await one.reconnected()
            await accepted(csms, "change_configuration", key="AuthorizationKey", value=NEW_KEY)
            await csms.do("password", charger="CP-1", word=NEW_KEY)
            await one.reconnected()
            await csms.do("change_configuration", key="AuthorizationKey", value=NEW_KEY * 4)
            await csms.do("get_configuration")
            records = await one.store.logs.security.records()
            return repr((one.frames, one.news, records, one.client.snapshot(), dict(one.store.settings.all())))

    seen = run(story())
    logged = "\n".join(repr(record.__dict__) for record in caplog.records if "ocpp_client" in record.name)
    logged += "\n".join(repr(record.__dict__) for record in caplog.records if "station" in record.name)
    private = [file.read_text() for file in (tmp_path / "state").rglob("*.key")]
    lines = [line for text in private for line in text.splitlines() if len(line) > 30]
    database = (tmp_path / "state" / "agent.db").read_bytes()

    assert len(seen) > 1000
    assert lines
    for secret in (KEY, NEW_KEY, *lines):
        assert secret not in seen
        assert secret not in logged
        assert secret.encode() not in database
    kept = [
        file for file in (tmp_path / "state").rglob("*") if file.is_file() and NEW_KEY.encode() in file.read_bytes()
    ]
    assert [file.name for file in kept] == ["access.json"]
    assert kept[0].stat().st_mode & 0o777 == 0o600
