"""Diagnostics and logs from the request to the final word, against the independent central system."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator

import pytest

from tests.simulation.maintenance import LONG_AGO, SITE, ask, diagnostics, diagnostics_words, parts, play, unpacked
from tests.simulation.stage import CARD, Charger
from tests.transfer.servers import Web, web_server


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as server:
        yield server


def test_diagnostics_arrive_under_the_name_that_was_promised(web: Web) -> None:
    async def story(charger: Charger) -> None:
        name = await diagnostics(charger, web.url("/in/"))
        await charger.passes(10)

        assert list(web.received) == [f"/in/{name}"]
        assert diagnostics_words(charger) == ["Uploading", "Uploaded"]

    play(story, more_site=SITE)


def test_diagnostics_hold_what_support_needs_and_nothing_secret(web: Web) -> None:
    async def story(charger: Charger) -> None:
        await charger.network("change_configuration", key="AuthorizationKey", value="kanari-geheim-16")
        await charger.charge()
        await charger.passes(70)
        await ask(charger, "GetDiagnostics", location=web.url("/in/", "cp:kanari-geheim@"))
        await charger.passes(10)

        [content] = web.received.values()
        files, packed = unpacked(content), parts(content)
        assert {"MANIFEST.json", "versions.json", "status.json", "config.json", "events.jsonl"} <= set(files)
        assert json.loads(files["status.json"])["connectors"][0]["status"] == "Charging"
        assert "transaction.started" in files["events.jsonl"]
        manifest = json.loads(packed.pop("MANIFEST.json"))
        assert {manifest.pop(name)["why"] for name in ("system.jsonl", "kernel.jsonl")} == {
            "left out: this charger has no system with a journal"
        }
        assert {name: hashlib.sha256(octets).hexdigest() for name, octets in packed.items()} == {
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
