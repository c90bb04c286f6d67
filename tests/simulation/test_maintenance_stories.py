"""Files and firmware from the order to the final word, with the whole charger, against the independent central system.

The servers that files go to and come from are real ones on this machine, in threads; the charger's clock is virtual.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.simulation.stage import CARD, Charger, tell
from tests.transfer.servers import Web, web_server
from tools.csms import queries

SITE = """
[transfer]
schemes = ["http", "https", "ftps"]
allow_private_addresses = true
[firmware]
installer = "simulated"
"""
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as server:
        yield server


def image(**traits: str) -> bytes:
    padding = "x" * 1000
    digest = hashlib.sha256(padding.encode()).hexdigest()
    return json.dumps({"simulated_firmware": "9.9.9", "padding": padding, "sha256": digest} | traits).encode()


def play(story: Callable[[Charger], Awaitable[None]], **changes: Any) -> None:
    """Tell the story; the central system, which judges every frame by its own schemas, may have found nothing wrong."""

    async def whole(charger: Charger) -> None:
        await story(charger)
        assert queries.problems(charger.stage.office.system.record) == []

    tell(whole, **changes)


async def ask(charger: Charger, action: str, **payload: Any) -> dict[str, Any]:
    return await charger.network("call", action=action, payload=payload)


def words(charger: Charger, action: str) -> list[str]:
    return [payload["status"] for payload in charger.told(action)]


def diagnostics_words(charger: Charger) -> list[str]:
    return words(charger, "DiagnosticsStatusNotification")


def firmware_words(charger: Charger) -> list[str]:
    return words(charger, "FirmwareStatusNotification")


def unpacked(content: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(content)) as bundle:
        return {one.name: bundle.extractfile(one).read().decode() for one in bundle.getmembers()}  # type: ignore[union-attr]


# Diagnostics.


def test_diagnostics_arrive_under_the_name_that_was_promised(web: Web) -> None:
    async def story(charger: Charger) -> None:
        answer = (await ask(charger, "GetDiagnostics", location=web.url("/in/")))["answer"]
        await charger.passes(10)

        assert list(web.received) == [f"/in/{answer['fileName']}"]
        assert diagnostics_words(charger) == ["Uploading", "Uploaded"]

    play(story, more_site=SITE)


def test_diagnostics_hold_what_support_needs_and_nothing_secret(web: Web) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(70)
        await ask(charger, "GetDiagnostics", location=web.url("/in/", "cp:kanari-geheim@"))
        await charger.passes(10)

        [content] = web.received.values()
        files = unpacked(content)
        assert {"MANIFEST.json", "versions.json", "status.json", "config.json", "events.jsonl"} <= set(files)
        assert json.loads(files["status.json"])["connectors"][0]["status"] == "Charging"
        assert "transaction.started" in files["events.jsonl"]
        manifest = json.loads(files.pop("MANIFEST.json"))
        assert {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()} == {
            name: part["sha256"] for name, part in manifest.items()
        }
        for secret in ("kanari-geheim", CARD, CARD[-4:]):
            assert secret.encode() not in gzip.decompress(content)

    play(story, more_site=SITE)


def test_diagnostics_of_a_time_hold_the_events_of_that_time(web: Web) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(10)
        await ask(charger, "GetDiagnostics", location=web.url("/all/"))
        await charger.passes(10)
        await ask(charger, "GetDiagnostics", location=web.url("/none/"), startTime=LONG_AGO, stopTime=LONG_AGO)
        await charger.passes(10)

        everything, nothing = (unpacked(content)["events.jsonl"] for content in web.received.values())
        assert "transaction.started" in everything
        assert "transaction.started" not in nothing

    play(story, more_site=SITE)


@pytest.mark.parametrize(("retries", "tries"), [(0, 1), (2, 3)])
def test_a_failed_upload_is_tried_again_as_often_as_was_said(web: Web, retries: int, tries: int) -> None:
    web.failures = [500] * 10

    async def story(charger: Charger) -> None:
        await ask(charger, "GetDiagnostics", location=web.url("/in/"), retries=retries, retryInterval=30)
        await charger.passes(200)

        assert len(web.asked) == tries
        assert diagnostics_words(charger) == ["Uploading", "UploadFailed"]

    play(story, more_site=SITE)


@pytest.mark.parametrize("location", ["sftp://h.invalid/x", "dummy://dummy", "nothing", "https://nobody.invalid/"])
def test_an_upload_to_nowhere_has_a_final_word_too(location: str) -> None:
    async def story(charger: Charger) -> None:
        await ask(charger, "GetDiagnostics", location=location, retries=0)
        await charger.passes(10)

        assert diagnostics_words(charger) == ["Uploading", "UploadFailed"]

    play(story, more_site=SITE)


def test_a_promised_file_is_sent_after_a_power_cut(web: Web) -> None:
    web.failures = [500]

    async def story(charger: Charger) -> None:
        answer = (await ask(charger, "GetDiagnostics", location=web.url("/in/"), retries=3, retryInterval=600))[
            "answer"
        ]
        await charger.passes(5)
        await charger.stage.charger.kill(with_power=True)
        await charger.stage.charger.start()
        await charger.passes(30)

        assert list(web.received) == [f"/in/{answer['fileName']}"]
        assert diagnostics_words(charger) == ["Uploading", "Uploaded"]

    play(story, more_site=SITE)


def test_the_final_word_is_told_after_an_outage_that_outlasts_a_power_cut(web: Web) -> None:
    async def story(charger: Charger) -> None:
        await charger.network("silent")
        await ask(charger, "GetDiagnostics", location=web.url("/in/"))
        await charger.passes(20)
        await charger.stage.charger.kill(with_power=True)
        await charger.network("heal")
        await charger.stage.charger.start()
        await charger.passes(120)

        assert diagnostics_words(charger)[-1] == "Uploaded"

    play(story, more_site=SITE)


def test_a_network_that_asks_is_told_how_the_upload_is(web: Web) -> None:
    web.failures = [500]

    async def story(charger: Charger) -> None:
        await charger.network("trigger", message="DiagnosticsStatusNotification")
        await charger.passes(2)
        await ask(charger, "GetDiagnostics", location=web.url("/in/"), retries=1, retryInterval=60)
        await charger.passes(2)
        await charger.network("trigger", message="DiagnosticsStatusNotification")
        await charger.passes(2)

        assert diagnostics_words(charger) == ["Idle", "Uploading", "Uploading"]

    play(story, more_site=SITE)


# Logs.


def test_a_security_log_arrives_with_its_request_id(web: Web) -> None:
    async def story(charger: Charger) -> None:
        log = {"remoteLocation": web.url("/in/")}
        answer = (await ask(charger, "GetLog", logType="SecurityLog", requestId=7, log=log))["answer"]
        await charger.passes(10)

        assert answer["status"] == "Accepted"
        assert b"StartupOfTheDevice" in web.received[f"/in/{answer['filename']}"]
        assert charger.told("LogStatusNotification") == [
            {"status": "Uploading", "requestId": 7},
            {"status": "Uploaded", "requestId": 7},
        ]

    play(story, more_site=SITE)


def test_a_newer_request_for_a_log_takes_the_place_of_one_under_way(web: Web) -> None:
    web.failures = [500]

    async def story(charger: Charger) -> None:
        log = {"remoteLocation": web.url("/in/")}
        first = await ask(
            charger, "GetLog", logType="DiagnosticsLog", requestId=1, log=log, retries=5, retryInterval=60
        )
        await charger.passes(5)
        second = await ask(charger, "GetLog", logType="DiagnosticsLog", requestId=2, log=log)
        await charger.passes(10)

        assert (first["answer"]["status"], second["answer"]["status"]) == ("Accepted", "AcceptedCanceled")
        assert [(one["requestId"], one["status"]) for one in charger.told("LogStatusNotification")] == [
            (1, "Uploading"),
            (1, "UploadFailure"),
            (2, "Uploading"),
            (2, "Uploaded"),
        ]

    play(story, more_site=SITE)


# Firmware.


def update(web: Web, **more: Any) -> dict[str, Any]:
    return {"location": web.url("/fw"), "retrieveDate": LONG_AGO} | more


def test_new_firmware_is_fetched_installed_and_told_of_after_the_restart(web: Web) -> None:
    web.files["/fw"] = image()

    async def story(charger: Charger) -> None:
        assert (await ask(charger, "UpdateFirmware", **update(web)))["answer"] == {}
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
        await ask(charger, "UpdateFirmware", **update(web))
        await charger.passes(300)
        assert firmware_words(charger) == ["Downloading", "Downloaded"]
        assert charger.statuses(1)[-1] == "Charging"
        assert charger.statuses(2)[-1] == "Unavailable"

        await charger.swipe(CARD)
        await charger.world("plug_out", connector=1)
        await charger.passes(120)

        assert firmware_words(charger) == ["Downloading", "Downloaded", "Installing", "Installed"]
        [transaction] = charger.transactions()
        assert transaction["stops"] == 1

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
        await ask(charger, "UpdateFirmware", **update(web, retries=1, retryInterval=10))
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

        await ask(charger, "UpdateFirmware", **update(web))
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


def test_an_installer_that_is_still_to_come_is_told_at_once() -> None:
    async def story(charger: Charger) -> None:
        refused = (await ask(charger, "UpdateFirmware", location="https://h/x", retrieveDate=LONG_AGO))["call_error"]

        assert refused["code"] == "NotSupported"
        assert firmware_words(charger) == []

    play(story)


@pytest.mark.parametrize("seconds", [0.5, 1, 2, 3, 4, 5, 6, 8, 10])
def test_a_power_cut_at_any_moment_of_an_update_leaves_one_final_word(web: Web, seconds: float) -> None:
    web.files["/fw"] = image()

    async def story(charger: Charger) -> None:
        await ask(charger, "UpdateFirmware", **update(web))
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
