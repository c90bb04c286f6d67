"""Firmware that the manufacturer signed, and firmware that somebody else did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.maintenance import LONG_AGO, SITE, firmware_words, image, play
from tests.simulation.maker import Maker
from tests.simulation.stage import Charger
from tests.transfer.servers import Web, web_server


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as server:
        yield server


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    return Maker(tmp_path_factory.mktemp("maker"))


def signed_site(maker: Maker, more: str = "") -> str:
    return f'[tls]\nmanufacturer_root_file = "{maker.root_file}"\n{SITE}{more}'


def signed_words(charger: Charger) -> list[tuple[str, int | None]]:
    told = charger.told("SignedFirmwareStatusNotification")
    return [(one["status"], one.get("requestId")) for one in told]


async def order(charger: Charger, web: Web, maker: Maker, content: bytes, **more: Any) -> str:
    """The answer's word."""
    given = {"location": web.url("/fw"), "certificate": maker.certificate, "signature": maker.sign(content)}
    answer = await charger.network("signed_update_firmware", **{"request": 5, "at": LONG_AGO} | given | more)
    return str(answer["answer"]["status"])


def test_signed_firmware_goes_through_all_its_states_under_its_number(web: Web, maker: Maker) -> None:
    web.files["/fw"] = image()

    async def story(charger: Charger) -> None:
        assert await order(charger, web, maker, image()) == "Accepted"
        await charger.passes(180)

        states = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"]
        assert signed_words(charger) == [(state, 5) for state in states]
        assert firmware_words(charger) == []
        assert "FirmwareUpdated" in [one["type"] for one in charger.told("SecurityEventNotification")]

    play(story, more_site=signed_site(maker))


def test_a_file_that_is_not_what_was_signed_is_never_installed(web: Web, maker: Maker) -> None:
    web.files["/fw"] = image(simulated_firmware="evil")

    async def story(charger: Charger) -> None:
        assert await order(charger, web, maker, image()) == "Accepted"
        await charger.passes(120)

        assert signed_words(charger) == [("Downloading", 5), ("Downloaded", 5), ("InvalidSignature", 5)]
        assert "InvalidFirmwareSignature" in [one["type"] for one in charger.told("SecurityEventNotification")]
        assert len(charger.told("BootNotification")) == 1

    play(story, more_site=signed_site(maker))


def test_a_signer_whom_the_manufacturer_does_not_know_is_refused_before_anything_is_fetched(
    web: Web, maker: Maker, tmp_path: Path
) -> None:
    stranger = Maker(tmp_path)

    async def story(charger: Charger) -> None:
        assert await order(charger, web, stranger, image()) == "InvalidCertificate"
        await charger.passes(60)

        assert (web.asked, signed_words(charger)) == ([], [])
        told = [one["type"] for one in charger.told("SecurityEventNotification")]
        assert "InvalidFirmwareSigningCertificate" in told

    play(story, more_site=signed_site(maker))


def test_without_a_manufacturers_root_nobody_is_trusted(web: Web, maker: Maker) -> None:
    async def story(charger: Charger) -> None:
        assert await order(charger, web, maker, image()) == "InvalidCertificate"

    play(story, more_site=SITE)


def test_a_newer_signed_order_takes_the_place_of_one_that_waits(web: Web, maker: Maker) -> None:
    web.files["/fw"] = image()

    async def story(charger: Charger) -> None:
        later = "2099-01-01T00:00:00Z"
        assert await order(charger, web, maker, image(), at=later, request=1) == "Accepted"
        await charger.passes(10)
        assert await order(charger, web, maker, image(), request=2, install_at=later) == "AcceptedCanceled"
        await charger.passes(60)
        assert await order(charger, web, maker, image(), request=3) == "AcceptedCanceled"
        await charger.passes(180)

        told = signed_words(charger)
        assert told[0] == ("DownloadScheduled", 1)
        assert ("InstallScheduled", 2) in told
        assert told[-1] == ("Installed", 3)

    play(story, more_site=signed_site(maker))


@pytest.mark.parametrize(("more", "is_taken"), [("", False), ("accept_unsigned_orders = true\n", True)])
def test_an_unsigned_order_is_refused_where_signed_ones_are_taken_unless_the_site_says_so(
    web: Web, maker: Maker, more: str, is_taken: bool
) -> None:
    web.files["/fw"] = image()

    async def story(charger: Charger) -> None:
        answer = await charger.network("update_firmware", location=web.url("/fw"), at=LONG_AGO)
        await charger.passes(120)

        assert ("call_error" not in answer) == is_taken
        assert ("Installed" in firmware_words(charger)) == is_taken

    play(story, more_site=signed_site(maker, more))


def test_a_network_that_asks_about_the_signed_update_is_told_its_number(web: Web, maker: Maker) -> None:
    async def story(charger: Charger) -> None:
        await charger.network("extended_trigger", message="FirmwareStatusNotification")
        await order(charger, web, maker, image(), at="2099-01-01T00:00:00Z")
        await charger.network("extended_trigger", message="FirmwareStatusNotification")
        await charger.network("extended_trigger", message="LogStatusNotification")
        await charger.passes(5)

        assert sorted(signed_words(charger), key=str) == [
            ("DownloadScheduled", 5),
            ("DownloadScheduled", 5),
            ("Idle", None),
        ]
        assert charger.told("LogStatusNotification") == [{"status": "Idle"}]

    play(story, more_site=signed_site(maker))
