"""New firmware from the order to the final word, against the independent central system."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.control.explanation import explanation_body
from agent.core.identity import ConnectorId
from tests.simulation.maintenance import (
    LONG_AGO,
    SITE,
    ask,
    diagnostics,
    diagnostics_words,
    firmware_words,
    image,
    play,
    update,
)
from tests.simulation.stage import CARD, Charger
from tests.transfer.servers import Web, web_server

TWO = ConnectorId(2)


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as server:
        yield server


def test_new_firmware_is_fetched_installed_and_told_of_after_the_restart(web: Web) -> None:
    web.files["/fw"] = image()

    async def story(charger: Charger) -> None:
        assert (await ask(charger, "UpdateFirmware", **update(web.url("/fw"))))["answer"] == {}
        await charger.passes(120)

        assert firmware_words(charger) == ["Downloading", "Downloaded", "Installing", "Installed"]
        assert charger.statuses()[-1] == "Available"
        assert "Unavailable" in charger.statuses()
        assert len(charger.told("BootNotification")) == 2

    play(story, more_site=SITE)


def test_firmware_waits_for_the_car_that_charges_and_lets_no_other_begin(web: Web) -> None:
    web.files["/fw"] = image()

    async def story(charger: Charger) -> None:
        await charger.charge(1)
        await ask(charger, "UpdateFirmware", **update(web.url("/fw")))
        await charger.passes(300)
        assert firmware_words(charger) == ["Downloading", "Downloaded"]
        assert charger.statuses(1)[-1] == "Charging"
        assert charger.statuses(2)[-1] == "Unavailable"
        side = charger.agent.upkeep.bundles.side()
        told = await explanation_body(side, TWO)
        waits = "not charging: new firmware is installed once no car charges any more at connector 1"
        assert told["headline"].startswith(waits)
        assert told["would_start"][0]["do"] == {"kind": "firmware_installed", "subject": "1"}
        assert [one.key for one in side.health_of.judgements()[2].defects] == ["firmware.waits"]

        await charger.swipe(CARD)
        await charger.world("plug_out", connector=1)
        await charger.passes(120)

        assert firmware_words(charger) == ["Downloading", "Downloaded", "Installing", "Installed"]
        [transaction] = charger.transactions()
        assert transaction["stops"] == 1
        # As it was told: the charge at 1 has ended, the new firmware is there, and a car and a card are enough now.
        await charger.charge(2)

    play(story, board="sim-dual", more_site=SITE)


@pytest.mark.parametrize(
    ("content", "last"),
    [
        (image(fails="install"), "InstallationFailed"),
        (image(fails="boot"), "InstallationFailed"),
        (image(sha256="0"), "InstallationFailed"),
        (b"\x00\x01", "InstallationFailed"),
        (None, "DownloadFailed"),
    ],
)
def test_firmware_that_cannot_be_had_or_run_has_a_final_word_and_the_charger_charges_on(
    web: Web, content: bytes | None, last: str
) -> None:
    web.files |= {} if content is None else {"/fw": content}

    async def story(charger: Charger) -> None:
        await ask(charger, "UpdateFirmware", **update(web.url("/fw"), retries=1, retryInterval=10))
        await charger.passes(120)

        assert firmware_words(charger)[-1] == last
        assert [word for word in firmware_words(charger) if word.endswith("Failed")] == [last]
        await charger.charge()

    play(story, more_site=SITE)


def test_a_download_waits_for_its_time_and_a_newer_order_takes_its_place(web: Web) -> None:
    web.files["/fw"] = image()

    async def story(charger: Charger) -> None:
        await ask(charger, "UpdateFirmware", location=web.url("/old"), retrieveDate="2090-01-01T00:00:00Z")
        await charger.passes(60)
        assert (firmware_words(charger), web.asked) == ([], [])

        await ask(charger, "UpdateFirmware", **update(web.url("/fw")))
        await charger.passes(120)

        assert firmware_words(charger)[-1] == "Installed"
        assert {path for _, path, _ in web.asked} == {"/fw"}

    play(story, more_site=SITE)


def test_the_probe_of_a_home_system_is_answered_calmly() -> None:
    async def story(charger: Charger) -> None:
        await ask(charger, "UpdateFirmware", location="dummy://dummy", retrieveDate=LONG_AGO)
        await charger.passes(30)
        assert firmware_words(charger) == ["Downloading", "DownloadFailed"]
        await charger.charge()

    play(story, more_site=SITE)


@pytest.mark.parametrize("installer", ["slot", "rauc"])
def test_where_nothing_can_be_installed_nothing_of_that_is_declared_and_orders_are_refused(
    installer: str, web: Web
) -> None:
    signed = {"location": "https://h/x", "retrieveDateTime": LONG_AGO, "signingCertificate": "pem", "signature": "c2ln"}

    async def story(charger: Charger) -> None:
        answer = await charger.network("get_configuration", keys=["SupportedFeatureProfiles"])
        declared = answer["answer"]["configurationKey"][0]["value"].split(",")
        plain = await ask(charger, "UpdateFirmware", location="https://h/x", retrieveDate=LONG_AGO)
        secured = await ask(charger, "SignedUpdateFirmware", requestId=1, firmware=signed)
        await diagnostics(charger, web.url("/in/"))
        await charger.passes(10)

        assert declared == ["Core", "LocalAuthListManagement", "Reservation", "SmartCharging", "RemoteTrigger"]
        assert (plain["call_error"]["code"], secured["call_error"]["code"]) == ("NotSupported", "NotSupported")
        assert firmware_words(charger) == []
        assert diagnostics_words(charger) == ["Uploading", "Uploaded"]

    play(story, more_site=SITE.replace("simulated", installer))


@pytest.mark.parametrize("seconds", [0.5, 1, 2, 3, 4, 5, 6, 8, 10])
def test_a_power_cut_at_any_moment_of_an_update_leaves_one_final_word(web: Web, seconds: float) -> None:
    web.files["/fw"] = image()

    async def story(charger: Charger) -> None:
        await ask(charger, "UpdateFirmware", **update(web.url("/fw")))
        await charger.passes(seconds)
        await charger.stage.charger.kill(with_power=True)
        await charger.stage.charger.start()
        await charger.passes(180)

        final = [word for word in firmware_words(charger) if word in ("Installed", "InstallationFailed")]
        assert len(final) == 1
        await charger.charge()

    play(story, more_site=SITE)


def test_what_is_supported_is_what_the_site_allows() -> None:
    async def story(charger: Charger) -> None:
        answer = await charger.network(
            "get_configuration", keys=["SupportedFileTransferProtocols", "SupportedFeatureProfiles"]
        )
        values = {one["key"]: one["value"] for one in answer["answer"]["configurationKey"]}
        assert values["SupportedFileTransferProtocols"] == "HTTP,HTTPS,FTPS"
        assert "FirmwareManagement" in values["SupportedFeatureProfiles"].split(",")

    play(story, more_site=SITE)
