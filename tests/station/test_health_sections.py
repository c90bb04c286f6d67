"""What of an event, a text and a moment may leave the charger."""

from __future__ import annotations

from agent.bus import News
from agent.core.time import LONG_AGO, Instant
from agent.station.health_sections import events, told, without_people

NOW = Instant(500.0, 1_800_000_000_000, "boot-2")


def test_an_event_leaves_without_its_token_and_without_what_is_not_known() -> None:
    news = News(
        name="session.refused",
        at=Instant(440.0, None, "boot-2"),
        fields=(("token", "…C2D4"), ("parent_group", "x"), ("reason", "no"), ("by_s", None)),
    )

    [one] = events([news], NOW)

    assert one["fields"] == {"reason": "no"}
    assert one["at"] == {"utc": "2027-01-15T07:59:00.000Z", "age_s": 60.0}
    assert "connector" not in one


def test_no_text_names_a_card_or_a_password() -> None:
    body = {"a": ["refused …C2D4, then (…7 9)", 5, None], "wss://user:secret@host/x": "ws://me:pw@host/…"}

    clean = without_people(body)

    assert clean["a"] == ["refused a card, then (a card 9)", 5, None]
    assert "pw" not in clean["wss://user:secret@host/x"]


def test_a_moment_that_never_was_is_no_moment() -> None:
    assert told(None, NOW) == told(LONG_AGO, NOW) == {}
    assert told(Instant(0.0, None, "boot-2"), NOW)["age_s"] == 500.0
    assert told(Instant(3.0, None, "boot-1"), NOW) == {}
