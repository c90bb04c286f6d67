"""Screens are judged as a person reads them: what is not there, or not first, was not found."""

from __future__ import annotations

from typing import Any

from agent.control.registry import find
from agent.control.render import Page
from tools.cases.model import Case
from tools.cases.play import Heard
from tools.cases.screens import Named, explained, is_calm, keys_of, rows, shown, verdicts

CALM_ROW = "CASE-1  ok       online  2 min 33 s  0.1.0    1 Available"
CASE = Case(name="estop", story="", keys=("fault.safety.emergency_stop",))


def reason(key: str, what: str, effect: str = "blocks", evidence: dict[str, object] | None = None) -> dict[str, Any]:
    return {"key": key, "effect": effect, "what": what, "evidence": evidence or {}, "since": None, "next_step": "do it"}


def explain(*reasons: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """As `evse-support explain` prints it in colour, and what it was answered."""
    link = {"link": "grid", "state": "blocks", "what": "the street is dark"}
    body = {
        "connectors": [
            {"connector": 1, "charging": False, "headline": "x", "chain": [link], "reasons": reasons, "would_start": []}
        ]
    }
    page = Page(colour=True)
    find("explain").show(body, page)
    return "\n".join(page.lines), body


def health(**reasons_of: list[dict[str, Any]]) -> str:
    ports = [
        {"port": int(port[1:]), "verdict": "down", "state": "Faulted", "headline": "h", "reasons": reasons}
        for port, reasons in reasons_of.items()
    ]
    page = Page(colour=True)
    find("health").show({"verdict": "down", "ports": ports}, page)
    return "\n".join(page.lines)


def test_reasons_stand_in_the_order_of_the_screen_with_all_that_is_told_under_them() -> None:
    screen, body = explain(
        reason("no_plug", "no car is plugged in", "waits"),
        reason("network.offline", "it is away", "note", {"cause": "HTTP 401"}),
    )

    found = explained(screen, keys_of(body))

    assert [one.key for one in found] == ["no_plug", "network.offline"]
    assert found[1].says == "it is away cause HTTP 401 next: do it"


def test_a_link_of_the_chain_is_no_reason() -> None:
    screen, body = explain(reason("no_plug", "no car is plugged in", "waits"))

    assert "the street is dark" in screen
    assert [one.says for one in explained(screen, keys_of(body))] == ["no car is plugged in next: do it"]


def test_the_answer_names_nothing_that_does_not_stand_on_the_screen() -> None:
    _, body = explain(reason("fault.safety.emergency_stop", "the button is pressed"))

    assert explained("", keys_of(body)) == ()
    assert [one.key for one in explained(" blocks  something else", keys_of(body))] == [""]


def test_a_sentence_that_the_answer_does_not_hold_is_no_cause_and_hides_the_one_below_it() -> None:
    screen, body = explain(reason("fault.safety.emergency_stop", "the button is pressed"))
    right = Heard(case=CASE, explain=explained(screen, keys_of(body)))
    hidden = Heard(case=CASE, explain=explained(f" note    who knows\n{screen}", keys_of(body)))

    assert right.is_right
    assert not hidden.is_right


def test_of_the_health_only_what_stands_with_the_connector_counts() -> None:
    screen = health(
        p1=[{"key": "fault.pe.lost", "text": "no earth", "age_s": 3.0, "remedy": "look"}],
        p2=[{"key": "store.failed", "text": "full"}],
    )

    assert shown(screen, 1) == (Named(key="fault.pe.lost", says="fault.pe.lost: no earth, for 3 s next: look"),)
    assert shown(screen, 2) == (Named(key="store.failed", says="store.failed: full"),)
    assert verdicts(screen) == ("down", "down")


def test_a_charger_with_nothing_wrong_stands_calm_in_the_fleet() -> None:
    healthy = Case(name="h", story="", keys=())
    screen = f"1 charger: 1 ok, 1 online\n\n\x1b[2mdevice  verdict\x1b[0m\n{CALM_ROW}\n"
    (row,) = rows(screen, "CASE-1")

    assert Heard(case=healthy, row=row).is_right
    for colour in (31, 33):
        assert not is_calm(f"\x1b[{colour}m{row}\x1b[0m")
        assert not Heard(case=healthy, row=f"\x1b[{colour}m{row}\x1b[0m").is_right
    assert not Heard(case=healthy).is_right
    assert rows(f"\x1b[31m{row}\x1b[0m", "CASE-1") and not rows(row, "CASE-2")


def test_a_sentence_that_goes_on_below_has_its_key() -> None:
    screen = " blocks  the central system is away (HTTP\n         401), and nobody is known\n         host a.example\n"

    (one,) = explained(screen, {"the central system is away (HTTP 401), and nobody is known": "network.offline"})

    assert one.key == "network.offline"
