"""`evsectl display`: what the driver should be able to read, as a program and as a person gets it."""

from __future__ import annotations

from pathlib import Path

from agent.core.cost.display import CostKind, Display, Scene
from agent.core.identity import ConnectorId
from tests.control.calling import asked, refused, shown
from tests.control.charger import Charger

FREE = Display(scene=Scene.FREE, text="$0.50/kWh\nno fee to begin", language="en", is_online=True)
RUNNING = Display(
    scene=Scene.CHARGING,
    text="0,30 €/kWh",
    language="de",
    is_online=False,
    cost="3.31",
    currency="EUR",
    kind=CostKind.RECKONED,
    energy_wh=12_300,
    changes_at="2027-01-15T18:00:00+01:00",
    qr="https://pay.example/7",
)


def test_every_connector_is_told_with_all_that_is_to_be_read(charger: Charger, socket_path: Path) -> None:
    charger.displays = {ConnectorId(1): FREE, ConnectorId(2): RUNNING}

    free, running = asked(charger, socket_path, "display", language="de-AT")["connectors"]

    assert charger.asked_language == "de-AT"
    assert (free["scene"], free["cost"], free["cost_kind"], free["qr_code"]) == ("free", None, "none", None)
    assert running == {
        "connector": 2,
        "scene": "charging",
        "language": "de",
        "text": "0,30 €/kWh",
        "cost": "3.31",
        "currency": "EUR",
        "cost_kind": "reckoned",
        "energy_wh": 12_300,
        "prices_change_at": "2027-01-15T18:00:00+01:00",
        "qr_code": "https://pay.example/7",
        "online": False,
    }


def test_a_person_reads_text_cost_and_how_sure_it_is(charger: Charger, socket_path: Path) -> None:
    charger.displays = {ConnectorId(1): FREE, ConnectorId(2): RUNNING}

    page = shown("display", asked(charger, socket_path, "display"))

    assert charger.asked_language is None
    assert page.splitlines() == [
        "connector 1  free",
        "             $0.50/kWh",
        "             no fee to begin",
        "connector 2  charging",
        "             0,30 €/kWh",
        "cost         3.31 EUR so far; the central system has the last word",
        "energy       12.300 kWh",
        "             other prices from 2027-01-15T18:00:00+01:00",
        "QR code      https://pay.example/7",
        "             the central system does not answer",
    ]


def test_a_charger_without_prices_says_where_to_write_one(charger: Charger, socket_path: Path) -> None:
    charger.displays = {ConnectorId(1): Display(scene=Scene.FREE, text="", language="en", is_online=True)}

    page = shown("display", asked(charger, socket_path, "display", connector=1))

    assert "no price is known; see DefaultPrice in [ocpp.settings]" in page


def test_a_connector_that_is_not_there_is_refused(charger: Charger, socket_path: Path) -> None:
    assert "connector" in refused(charger, socket_path, "display", connector=9).text
