"""The link in figures, as configuration keys that an operator reads from afar and nobody writes."""

from __future__ import annotations

from dataclasses import replace

from agent.core.link_figures import DAY_MS, LinkFigures, SlotFigures
from agent.core.time import Instant
from agent.ocpp_client.v16.link_keys import FIGURES, LONGEST_VALUE, PREFIX
from tests.ocpp_client.v16.station import BOOT, NOON_MS, NOW, Bench

FIRST = SlotFigures(
    number=1,
    endpoint="wss://csms.example/ocpp/CP-1",
    network="",
    security_profile=2,
    is_active=True,
    is_last_good=False,
    failures=3,
    why="nobody listens",
    trial="wss://new.example/CP-1",
    trial_failures=1,
)
SECOND = replace(FIRST, number=2, is_active=False, is_last_good=True, failures=0, trial="")
SEEN = LinkFigures(
    endpoint="wss://csms.example/ocpp/CP-1",
    is_connected=True,
    since=NOW,
    cause="",
    registration="Accepted",
    queued=17,
    unanswered=1,
    oldest=NOW.plus(-3600.0),
    oldest_kind="sample",
    last_answer_s=4.2,
    round_trip_s=0.05,
    reconnects=3,
    losses=(("closed", 2), ("refused", 1)),
    clock_offset_s=-0.25,
    certificate_ends_ms=NOON_MS + 90 * DAY_MS,
    slots=(FIRST, SECOND),
)


def values(bench: Bench) -> dict[str, str]:
    keys = [f"{PREFIX}{name}" for name in FIGURES]
    entries = bench.command("GetConfiguration", {"key": keys}).payload["configurationKey"]
    assert all(entry["readonly"] for entry in entries)
    return {entry["key"].removeprefix(PREFIX): entry["value"] for entry in entries}


def bench_with(figures: LinkFigures | None) -> Bench:
    bench = Bench()
    bench.station.figures = figures
    return bench


def test_every_figure_can_be_read() -> None:
    assert values(bench_with(SEEN)) == {
        "LinkEndpoint": "wss://csms.example/ocpp/CP-1",
        "LinkRegistration": "Accepted",
        "LinkReconnects": "3",
        "LinkLosses": "closed=2,refused=1",
        "LinkLastAnswerAge": "4",
        "ActiveNetworkProfile": "1",
        "LastGoodNetworkProfile": "2",
        "NetworkProfileFailures": "1=3,2=0",
        "NetworkProfileTrial": "1 wss://new.example/CP-1",
        "QueueLength": "17",
        "QueueOldest": "2026-09-21T13:13:20.000Z",
        "QueueOldestAge": "3600",
        "ClockQuality": "Known",
        "ClockOffset": "-0.2",
        "CertificateDays": "90",
    }


def test_what_is_not_known_is_empty() -> None:
    unknown = replace(
        SEEN, oldest=Instant(1.0, None, "earlier"), last_answer_s=None, clock_offset_s=None, certificate_ends_ms=None
    )
    bench = bench_with(unknown)
    bench.station.time = Instant(NOW.monotonic_s, None, BOOT)

    found = values(bench)

    names = ("QueueOldest", "QueueOldestAge", "LinkLastAnswerAge", "ClockOffset", "CertificateDays")
    assert [found[name] for name in names] == [""] * len(names)
    assert found["ClockQuality"] == "Unknown"


def test_before_there_is_a_link_all_are_empty() -> None:
    assert set(values(bench_with(None)).values()) == {""}


def test_a_long_list_of_losses_fits_into_the_message() -> None:
    losses = tuple((f"cause_{number}", 1_000_000) for number in range(100))

    assert len(values(bench_with(replace(SEEN, losses=losses)))["LinkLosses"]) <= LONGEST_VALUE


def test_nobody_writes_them() -> None:
    bench = bench_with(SEEN)

    answers = {bench.status_of("ChangeConfiguration", {"key": f"{PREFIX}{name}", "value": "1"}) for name in FIGURES}

    assert answers == {"Rejected"}


def test_start_and_pace_of_a_replay_are_for_the_network_to_set() -> None:
    bench = Bench()

    for key, value in ((f"{PREFIX}ReplayStartsWithin", "120"), (f"{PREFIX}ReplayPause", "250")):
        assert bench.status_of("ChangeConfiguration", {"key": key, "value": value}) == "Accepted"

    assert (bench.settings.replay_starts_within_s, bench.settings.replay_pause_s) == (120, 0.25)
