"""`evsectl ocpp`: the link in figures, and the frames of its wire, as asked for and as a person reads them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from agent.control.roles import Role
from agent.control.wire import Part, RefusalKind, Request, encode_request
from agent.core.link_figures import DAY_MS, LinkFigures, SlotFigures
from agent.core.time import Instant
from tests.control.calling import Desk, asked, at_the_desk, refused, shown
from tests.control.charger import Charger

CALL, ANSWER = '[2,"7","Authorize",{"idTag":"…CAFE"}]', '[3,"7",{"idTagInfo":{"status":"Accepted"}}]'


def figures(now: Instant) -> LinkFigures:
    return LinkFigures(
        endpoint="wss://csms.example/ocpp/CP-0123",
        is_connected=True,
        since=now.plus(-7200.0),
        cause="",
        registration="Accepted",
        queued=3,
        unanswered=0,
        oldest=now.plus(-90.0),
        oldest_kind="stop",
        last_answer_s=12.04,
        round_trip_s=0.0421,
        reconnects=4,
        losses=(("server_closed", 3), ("refused", 1)),
        clock_offset_s=0.31,
        certificate_ends_ms=None if now.utc_ms is None else now.utc_ms + 40 * DAY_MS + 1000,
    )


def test_status_tells_every_figure(charger: Charger, socket_path: Path) -> None:
    charger.figures = figures(charger.now())

    body = asked(charger, socket_path, "ocpp status")

    assert body["endpoint"] == "wss://csms.example/ocpp/CP-0123"
    assert (body["queued"], body["oldest_kind"], body["oldest_age_s"]) == (3, "stop", 90)
    assert (body["last_answer_s"], body["round_trip_ms"]) == (12.0, 42.1)
    assert (body["reconnects"], body["losses"]) == (4, {"server_closed": 3, "refused": 1})
    assert body["registration"] == "Accepted"


def test_a_person_reads_the_state_in_a_few_lines(charger: Charger, socket_path: Path) -> None:
    charger.figures = figures(charger.now())

    page = shown("ocpp status", asked(charger, socket_path, "ocpp status"))

    assert "queue           3 to tell, the oldest a stop 1 min 30 s old" in page
    assert "last answer     12 s ago, after 42.1 ms" in page
    assert "reconnects      4 (ends and failures: server_closed 3, refused 1)" in page


def test_what_is_wrong_is_said_in_words(charger: Charger, socket_path: Path) -> None:
    charger.figures = replace(
        figures(charger.now()),
        is_connected=False,
        cause="the server refused our password; check password_file",
        registration="",
        oldest=Instant(5.0, None, "an earlier boot"),
        unanswered=1,
        last_answer_s=None,
        round_trip_s=None,
        certificate_ends_ms=None,
    )

    page = shown("ocpp status", asked(charger, socket_path, "ocpp status"))

    assert "is not there: the server refused our password; check password_file" in page
    assert "registration    not answered yet" in page
    assert "last answer     none yet" in page
    assert "of unknown age, 1 of them not answered and told again later" in page
    assert "certificate" not in page


def test_a_queue_short_of_room_says_so_and_what_it_cost(charger: Charger, socket_path: Path) -> None:
    charger.figures = replace(figures(charger.now()), fill=0.934, thinned=12)

    page = shown("ocpp status", asked(charger, socket_path, "ocpp status"))

    assert "room            queue 93 % full; samples are thinned out at 100 %" in page
    assert "samples         12 samples went for want of room" in page
    charger.figures = figures(charger.now())
    page = shown("ocpp status", asked(charger, socket_path, "ocpp status"))
    assert "want of room" not in page
    assert "room   " not in page


def test_an_empty_queue_and_an_unknown_clock_are_no_zeros(charger: Charger, socket_path: Path) -> None:
    charger.figures = replace(figures(charger.now()), queued=0, oldest=None, oldest_kind="", clock_offset_s=None)

    body = asked(charger, socket_path, "ocpp status")

    assert (body["oldest"], body["oldest_age_s"], body["clock_offset_s"]) == (None, None, None)
    assert "queue           empty" in shown("ocpp status", body)


def test_clock_and_certificate_are_told_with_their_warnings(charger: Charger, socket_path: Path) -> None:
    body = {**_told(charger, socket_path), "clock_known": True, "clock_offset_s": -75.0, "certificate_days": 40}

    assert "known; the central system is 75 s behind" in shown("ocpp status", body)
    assert "good for 40 more days" in shown("ocpp status", body)
    assert "clock           unknown" in shown("ocpp status", {**body, "clock_known": False})


def _told(charger: Charger, socket_path: Path) -> dict[str, object]:
    charger.figures = figures(charger.now())
    return asked(charger, socket_path, "ocpp status")


def test_without_a_central_system_there_is_nothing_to_tell(charger: Charger, socket_path: Path) -> None:
    body = asked(charger, socket_path, "ocpp status")

    assert body == {"configured": False}
    assert "this charger decides alone" in shown("ocpp status", body)


FIRST = SlotFigures(
    number=1,
    endpoint="wss://a.example/CP-0123",
    network="",
    security_profile=2,
    is_active=False,
    is_last_good=False,
    failures=5,
    why="nobody listens at a.example; is the central system running?",
    trial="wss://new.example/CP-0123",
    trial_failures=1,
)
SECOND = replace(
    FIRST,
    number=2,
    endpoint="wss://b.example/CP-0123",
    network="quay",
    is_active=True,
    is_last_good=True,
    failures=0,
    why="",
    trial="",
    trial_failures=0,
)


def test_status_tells_which_address_is_in_use_and_why_another_is_not(charger: Charger, socket_path: Path) -> None:
    charger.figures = replace(figures(charger.now()), slots=(FIRST, SECOND))

    body = asked(charger, socket_path, "ocpp status")
    page = shown("ocpp status", body)

    assert [(row["slot"], row["active"], row["last_good"], row["failures"]) for row in body["slots"]] == [
        (1, False, False, 5),
        (2, True, True, 0),
    ]
    assert "slot 1          wss://a.example/CP-0123 (5 failures since, the last: nobody listens at a.example" in page
    assert "                on trial: wss://new.example/CP-0123, 1 attempts failed" in page
    assert "slot 2          wss://b.example/CP-0123 (in use; network quay)" in page


def test_one_address_is_told_once(charger: Charger, socket_path: Path) -> None:
    charger.figures = replace(figures(charger.now()), slots=(replace(SECOND, number=1),))

    assert "slot 1" not in shown("ocpp status", asked(charger, socket_path, "ocpp status"))


def test_an_installer_has_another_address_used(charger: Charger, socket_path: Path) -> None:
    body = asked(charger, socket_path, "ocpp use", slot=2)

    assert charger.used_slots == [2]
    assert "slot 2 is tried now" in shown("ocpp use", body)


def test_an_address_that_is_not_there_is_refused_in_words(charger: Charger, socket_path: Path) -> None:
    refusal = refused(charger, socket_path, "ocpp use", slot=3)

    assert (refusal.kind, charger.used_slots) == (RefusalKind.BUSY, [])
    assert "slot 3 is not in use" in refusal.text


def test_using_an_address_is_for_the_installer(charger: Charger, socket_path: Path) -> None:
    refusal = refused(charger, socket_path, "ocpp use", role=Role.OPERATOR, slot=2)

    assert (refusal.kind, charger.used_slots) == (RefusalKind.NOT_PERMITTED, [])


def test_trace_shows_both_ways_with_latency(charger: Charger, socket_path: Path) -> None:
    charger.trace.on_frame("sent", CALL)
    charger.advance(0.5)
    charger.trace.on_frame("received", ANSWER)

    body = asked(charger, socket_path, "ocpp trace")
    page = shown("ocpp trace", body)

    assert [(row["direction"], row["action"], row["latency_ms"]) for row in body["frames"]] == [
        ("sent", "Authorize", None),
        ("received", None, 500.0),
    ]
    assert f"→              {CALL}" in page
    assert f"←      500 ms  {ANSWER}" in page


def test_a_trace_without_a_frame_says_so(charger: Charger, socket_path: Path) -> None:
    page = shown("ocpp trace", asked(charger, socket_path, "ocpp trace"))

    assert "no message went over the link yet" in page


def test_trace_shows_no_more_than_was_asked_for(charger: Charger, socket_path: Path) -> None:
    for number in range(60):
        charger.trace.on_frame("sent", f'[2,"{number}","Heartbeat",{{}}]')

    rows = asked(charger, socket_path, "ocpp trace", limit=2)["frames"]

    assert [row["frame"][4:6] for row in rows] == ["58", "59"]


def test_a_gap_is_shown_as_one(charger: Charger, socket_path: Path) -> None:
    row = {"utc": None, "direction": "gap", "action": None, "latency_ms": None, "frame": "17"}

    assert "17 frames are missing here" in shown("ocpp trace", {"frames": [row]})


def test_trace_follows_what_comes(charger: Charger, socket_path: Path) -> None:
    async def follow(at: Desk) -> list[list[dict[str, object]]]:
        async with at.line() as line:
            line.send(encode_request(Request("ocpp trace", {"follow": True})))
            await asyncio.sleep(25.0)
            charger.trace.on_frame("sent", CALL)
            parts = [await line.reply() for _ in range(3)]
        return [part.body["frames"] for part in parts if isinstance(part, Part)]

    quiet, again, [row] = at_the_desk(charger, socket_path, follow)

    assert quiet == again == []
    assert row["frame"] == CALL


def test_frames_are_not_for_everybody(charger: Charger, socket_path: Path) -> None:
    assert refused(charger, socket_path, "ocpp trace", role=Role.VIEWER).kind is RefusalKind.NOT_PERMITTED


def test_a_trace_that_cannot_be_read_is_a_sentence(charger: Charger, socket_path: Path, tmp_path: Path) -> None:
    (tmp_path / "wire-trace.log").mkdir()

    assert "the trace cannot be read" in refused(charger, socket_path, "ocpp trace").text
