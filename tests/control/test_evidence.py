"""`evsectl evidence`: counters that only rise, and a bundle of which no octet can be changed unseen."""

from __future__ import annotations

import asyncio
import io
import json
import random
import tarfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.bus import Bus, News
from agent.control.registry import find
from agent.control.roles import Role
from agent.core.time import Instant
from agent.core.uptime.model import ServiceRecords
from agent.errors import StoreError
from agent.security.evidence_file import examine_evidence
from agent.store.config_history import ConfigChange, ConfigHistory
from agent.store.journal import Command
from agent.store.service import Service
from firmware_sim.virtual_loop import run
from tests.commissioning_jobs import SITE, job
from tests.control.calling import asked, refused, shown
from tests.control.charger import Charger
from tests.store.domain import ONE, moment

SECRET_CARD = "04A1B2C3D4"


@pytest.fixture
def kept(charger: Charger) -> Iterator[Charger]:
    """A charger with a report, some events and some wear."""
    run(charger.reports.seal(job(), SITE))
    run(_told(charger))
    charger.evidence._keeper.wear = charger.evidence.wear.more("contactor:1", "closings", 41)
    yield charger
    charger.shelf_room.store.writer.drop()


async def _told(charger: Charger) -> None:
    bus = Bus()
    with bus.reader() as reader:
        for number in range(20):
            bus.tell(News(name="fault.raised", at=moment(number), connector=ONE, fields=(("id", f"f{number}"),)))
            bus.tell(
                News(name="session.authorized", at=moment(number), connector=ONE, fields=(("token", SECRET_CARD),))
            )
        await charger.shelf_room.store.logs.journal.flush(reader)


def made(charger: Charger) -> bytes:
    file, _ = run(charger.evidence.make())
    return file.read_bytes()


def key(charger: Charger) -> bytes:
    return bytes.fromhex(run(charger.reports.public_key()))


def test_a_bundle_is_proven_by_the_key_of_the_charger_and_holds_what_it_says(kept: Charger) -> None:
    found = examine_evidence(made(kept), key(kept))

    assert found.problems == ()
    assert found.claim.proves_origin
    assert found.document["wear"]["counts"]["contactor:1"]["closings"] == 41
    assert found.document["commissioning"][0]["report_id"] == "QE-000123-R1"
    assert len(found.records["events.jsonl"].splitlines()) == 40


def test_each_claim_names_the_one_before(kept: Charger, socket_path: Path) -> None:
    first, second = (examine_evidence(made(kept), key(kept)) for _ in range(2))

    assert first.document["head"]["previous"] is None
    assert second.document["head"]["previous"]["hash"] == first.claim.hash
    listed = asked(kept, socket_path, "evidence list")
    assert [one["hash"] for one in listed["claims"]] == [first.claim.hash, second.claim.hash]
    assert second.claim.report_id in shown("evidence list", listed)


def test_a_claim_that_could_not_be_written_is_not_counted(kept: Charger, socket_path: Path) -> None:
    folder = kept.evidence._folder
    folder.write_text("in its place")
    with pytest.raises(StoreError, match="no evidence was made"):
        run(kept.evidence.make())
    assert asked(kept, socket_path, "evidence list")["claims"] == []

    folder.unlink()

    assert examine_evidence(made(kept), key(kept)).document["head"]["number"] == 1


def test_no_octet_of_a_bundle_can_be_changed_unseen(kept: Charger) -> None:
    """All of the first entry's head and of the end, and a sample of what lies between."""
    bundle, proven = made(kept), key(kept)
    chance = random.Random(7)
    places = {*range(0, 600, 7), *range(len(bundle) - 1_030, len(bundle), 97), *chance.sample(range(len(bundle)), 120)}

    for place in places:
        changed = bytearray(bundle)
        changed[place] ^= 1 << chance.randrange(8)
        looked = examine_evidence(bytes(changed), proven)
        assert looked.problems, f"octet {place} was changed unseen"
        assert all(len(one) > 20 for one in looked.problems)


def test_a_changed_line_is_named_even_if_it_was_packed_again(kept: Charger) -> None:
    looked = examine_evidence(rewritten(made(kept), "events.jsonl.gz", b'"f3"', b'"f4"'), key(kept))

    assert '"events.jsonl.gz" was changed after sealing: line 7' in looked.problems
    assert any("line 7 does not follow from the one before" in one for one in looked.problems)


def test_a_record_that_was_taken_out_or_put_in_is_named(kept: Charger) -> None:
    bundle = made(kept)

    assert '"wear.txt.gz" was taken out after sealing' in examine_evidence(without(bundle, "wear.txt.gz")).problems
    more = examine_evidence(with_entry(bundle, "praise.txt.gz", b"x")).problems
    assert '"praise.txt.gz" was put in after sealing, or its entry in the claim was changed' in more


def test_a_claim_that_somebody_sealed_again_is_of_another_key(kept: Charger, charger_of_another: bytes) -> None:
    looked = examine_evidence(made(kept), charger_of_another)

    assert any("sealed with another key" in one for one in looked.problems)


@pytest.fixture
def charger_of_another() -> bytes:
    return bytes(32)


def test_nothing_in_it_tells_who_charged(kept: Charger) -> None:
    looked = examine_evidence(made(kept))

    assert SECRET_CARD not in json.dumps(looked.document)
    assert all(SECRET_CARD.encode() not in content for content in looked.records.values())


def lines_of(charger: Charger, name: str) -> list[dict[str, Any]]:
    looked = examine_evidence(made(charger), key(charger))
    assert looked.problems == ()
    return [json.loads(line) for line in looked.records[name].splitlines()]


def test_the_commissioning_report_goes_along_without_people(kept: Charger) -> None:
    (report,) = lines_of(kept, "reports/report-0001.json")

    looked = examine_evidence(made(kept))
    assert report["of"] == looked.document["commissioning"][0]["hash"]
    assert {one["test"] for one in report["tests"]} >= {"ST402", "ST403"}
    assert b"Brandt" not in looked.records["reports/report-0001.json"]
    assert b"Brandt" in run(kept.reports.file(1))


def test_a_report_whose_file_is_gone_is_a_gap_that_is_told(kept: Charger) -> None:
    kept.reports.path(1).unlink()

    looked = examine_evidence(made(kept))

    assert looked.document["commissioning"][0]["report_id"] == "QE-000123-R1"
    assert any("reports/report-0001.json could not be read" in one for one in looked.document["gaps"])


def test_every_run_is_told_with_what_it_was_made_of_and_power_cuts_are_counted(kept: Charger) -> None:
    runs = kept.shelf_room.store.upkeep.runs

    async def lived() -> None:
        for number, version in enumerate(("1.0", "1.1"), 1):
            await runs.begin(Instant(10.0, 1_800_000_000_000 + number * 60_000, f"boot-{number}"), version)
            await runs.saw_boards({1: f"board-{number}"})
            await runs.saw_firmware({1: "1.4.0"})
            await runs.made_of("img-7", lambda: "c0ffee")

    run(lived())

    first, second = lines_of(kept, "runs.jsonl")
    assert (first["agent"], first["ended"], second["agent"], second["ended"]) == ("1.0", "power cut", "1.1", "")
    assert (second["image"], second["boards"], second["configuration_sha256"]) == ("img-7", {"1": "1.4.0"}, "c0ffee")
    supply = examine_evidence(made(kept)).document["supply"]
    assert (supply["power_cuts"], supply["unknown_ends"]) == (1, 0)


def test_changes_of_the_configuration_are_told_and_nobody_whom_the_owner_calls(kept: Charger) -> None:
    history = ConfigHistory(kept.shelf_room.store.writer)
    for name, before, after in [("site.supply_current_a", "32", "25"), ("handover.phone", None, "+49 40 555 0100")]:
        change = ConfigChange(at=moment(1), key=name, before=before, after=after, path="plan", who="plan apply")
        run(history.note(change))

    supply, phone = lines_of(kept, "config-changes.jsonl")

    assert (supply["before"], supply["after"], supply["path"]) == ("32", "25", "plan")
    assert (phone["key"], phone["before"], phone["after"]) == ("handover.phone", None, "…")


def test_visits_are_told_by_role_and_support_case(kept: Charger) -> None:
    journal = kept.shelf_room.store.logs.journal

    async def service() -> ServiceRecords:
        return await Service(kept.shelf_room.store.writer, kept.shelf_room.store.upkeep.runs).computed(
            lambda records: records, ServiceRecords(now=moment(9_000))
        )

    async def works() -> None:
        for at, verb, via, case, outcome in [
            (100, "maintenance visit", "socket", "C-17", "done"),
            (900, "evidence replace", "socket", "", "done"),
            (1_000, "restart service", "mqtt", "C-18", "done"),
            (8_000, "token add", "socket", "", "done"),
            (8_100, "unlock", "socket", "", "failed: the lock did not move"),
        ]:
            done = Command(
                at=moment(at), uid=1000, role="installer", verb=verb, arguments="", outcome=outcome, took_ms=1
            )
            await journal.record(replace(done, via=via, case=case, changes=True))

    run(works())
    kept.evidence._stored._service = service

    first, second = lines_of(kept, "visits.jsonl")

    assert (first["roles"], first["cases"], first["acts"]) == (["installer"], ["C-17"], 2)
    assert first["verbs"] == ["maintenance visit", "evidence replace"]
    assert (second["cases"], second["verbs"]) == ([], ["token add"])


def broken_off() -> Iterator[str]:
    yield "{}"
    raise OSError("the card is gone")


@pytest.mark.parametrize("is_at_once", [True, False])
def test_a_record_that_cannot_be_read_is_a_gap_that_is_told(kept: Charger, is_at_once: bool) -> None:
    async def fails() -> Iterable[str]:
        return list(broken_off()) if is_at_once else broken_off()

    kept.evidence.add("sessions.jsonl", fails)

    looked = examine_evidence(made(kept))

    assert looked.is_intact
    assert "sessions.jsonl could not be read: the card is gone" in looked.document["gaps"]
    assert "sessions.jsonl" not in looked.records


def test_the_lines_of_a_long_record_are_made_beside_the_loop(kept: Charger) -> None:
    made_in: set[threading.Thread] = set()

    def lines() -> Iterator[str]:
        made_in.add(threading.current_thread())
        yield "{}"

    async def long() -> Iterable[str]:
        return lines()

    kept.evidence.add("long.jsonl", long)
    kept.evidence._inline = False

    file, _ = asyncio.run(kept.evidence.make())

    assert examine_evidence(file.read_bytes()).records["long.jsonl"] == b"{}\n"
    assert made_in
    assert threading.main_thread() not in made_in


def test_what_the_flight_recorder_holds_goes_along_the_newest_first_and_within_bounds(
    kept: Charger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest, older, oldest = (tmp_path / f"steps-{number}.rec" for number in (3, 2, 1))
    for file in (newest, older, oldest):
        file.write_bytes(random.Random(file.name).randbytes(40_000))
    monkeypatch.setattr("agent.station.evidence.MOST_RECORDED_BYTES", 100_000)

    async def files() -> list[Path]:
        return [newest, older, oldest]

    kept.evidence._recording = files
    looked = examine_evidence(made(kept), key(kept))

    recorded = [name for name in looked.records if name.startswith("recording/")]
    assert looked.problems == ()
    assert sorted(recorded) == ["recording/steps-2.rec", "recording/steps-3.rec"]
    assert looked.records["recording/steps-3.rec"] == newest.read_bytes()


@pytest.mark.parametrize("content", [b"", b"claim.json", b"\0" * 2_048, b"\x1f\x8b", b"claim.json" + b"\xff" * 3_000])
def test_what_is_no_bundle_is_told_in_a_sentence(content: bytes) -> None:
    assert examine_evidence(content).problems


def test_the_counters_are_shown_with_what_they_mean(kept: Charger, socket_path: Path) -> None:
    page = shown("evidence wear", asked(kept, socket_path, "evidence wear"))

    assert "contactor:1" in page
    assert "closings of the power path" in page
    assert "meter:2" in page


def test_an_exchanged_part_begins_at_nothing_and_the_old_one_stays_on_record(kept: Charger, socket_path: Path) -> None:
    body = asked(kept, socket_path, "evidence replace", part="contactor:1", serial="K-77")

    assert body["counts"] == {"closings": 41}
    wear = asked(kept, socket_path, "evidence wear")
    fresh = {"serial": "K-77", "model": "", "fitted": 0, "counts": {}}
    assert wear["parts"]["contactor:1"] | {"fitted": 0} == fresh
    assert wear["retired"][0]["counts"] == {"closings": 41}
    assert find("evidence replace").role is Role.INSTALLER
    assert find("evidence replace").remote is None


def test_a_part_that_is_fitted_already_gets_its_name_and_keeps_its_counters(kept: Charger, socket_path: Path) -> None:
    body = asked(kept, socket_path, "evidence name", part="contactor:1", serial="K-1", model="ESB 40-40")

    wear = asked(kept, socket_path, "evidence wear")
    assert wear["parts"]["contactor:1"]["counts"] == {"closings": 41}
    assert "contactor:1, ESB 40-40, serial number K-1" in shown("evidence wear", wear)
    assert "K-1; its counters go on" in shown("evidence name", body)
    again = refused(kept, socket_path, "evidence name", part="contactor:1", serial="K-2").text
    assert "evsectl evidence replace contactor:1 K-2" in again
    assert "--model" in refused(kept, socket_path, "evidence name", part="contactor:1").text
    assert find("evidence name").role is Role.INSTALLER
    assert find("evidence name").remote is None


def test_a_serial_number_of_blanks_is_none(kept: Charger, socket_path: Path) -> None:
    told = refused(kept, socket_path, "evidence name", part="contactor:1", serial="  ", model="ESB 40-40").text

    assert "serial: write what stands on the part" in told
    assert kept.evidence.wear.part("contactor:1").model == ""


def test_counters_are_shown_with_their_units(kept: Charger, socket_path: Path) -> None:
    keeper = kept.evidence._keeper
    keeper.counted(lambda wear: wear.at_least("contactor:1", "slowest_opening_ms", 31).more("storage", "written_mb", 7))
    keeper.counted(lambda wear: wear.last("rcm:1", "last_test_utc_ms", 1_800_000_000_000))

    lines = shown("evidence wear", asked(kept, socket_path, "evidence wear")).splitlines()

    found = [" ".join(line.split()[:3]) for line in lines]
    assert {"31 ms slowest_opening", "7 MB written"} <= set(found)
    assert any(line.split()[2:3] == ["last_test"] and line.split()[0] == "2027-01-15" for line in lines)


@pytest.mark.parametrize(("part", "serial"), [("contactor:9", "K-1"), ("engine", "K-1"), ("contactor:1", " ")])
def test_a_part_that_is_none_is_refused_with_those_there_are(
    kept: Charger, socket_path: Path, part: str, serial: str
) -> None:
    text = refused(kept, socket_path, "evidence replace", part=part, serial=serial)

    assert "contactor:1" in str(text) or "serial" in str(text)


# Changing an archive as somebody would who knows what he does.


def entries_of(bundle: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(bundle)) as opened:
        found = []
        for entry in opened:
            extracted = opened.extractfile(entry)
            assert extracted is not None
            found.append((entry, extracted.read()))
        return found


def archived(entries: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    made_anew = io.BytesIO()
    with tarfile.open(fileobj=made_anew, mode="w", format=tarfile.USTAR_FORMAT) as opened:
        for entry, content in entries:
            entry.size = len(content)
            opened.addfile(entry, io.BytesIO(content))
    return made_anew.getvalue()


def rewritten(bundle: bytes, name: str, old: bytes, new: bytes) -> bytes:
    import gzip

    def changed(entry: tarfile.TarInfo, content: bytes) -> bytes:
        if entry.name != name:
            return content
        unpacked = gzip.decompress(content)
        assert old in unpacked
        return gzip.compress(unpacked.replace(old, new), mtime=0)

    return archived([(entry, changed(entry, content)) for entry, content in entries_of(bundle)])


def without(bundle: bytes, name: str) -> bytes:
    return archived([(entry, content) for entry, content in entries_of(bundle) if entry.name != name])


def with_entry(bundle: bytes, name: str, content: bytes) -> bytes:
    return archived([*entries_of(bundle), (tarfile.TarInfo(name), content)])
