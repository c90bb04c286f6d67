"""`evsectl signed`: which charges are proven and which are not, their texts, and the keys of the meters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.control.roles import Role
from agent.control.transparency import xml_of
from agent.control.verbs.signed import keep_file
from agent.control.wire import RefusalKind
from agent.core.control_pilot import PilotState
from agent.core.identity import ConnectorId
from agent.core.session.events import SettingsChanged
from agent.core.signatures import Signature
from agent.errors import BadRequest
from tests.control.calling import asked, refused, shown
from tests.control.charger import Charger
from tests.core.session.station import CARD, RecordingStation

ONE = ConnectorId(1)


def charged(charger: Charger, *, signs_end: bool = True) -> RecordingStation:
    """A whole charge at connector 1, with a signature wanted."""
    outlet = charger.outlets[ONE]
    outlet.settings = replace(outlet.settings, signature=Signature.WHEN_AVAILABLE)
    outlet.feed(SettingsChanged(outlet.settings))
    outlet.plug_in()
    charger.request_start(ONE, CARD)
    charger.advance(5)
    outlet.pilot_is(PilotState.C)
    charger.advance(30)
    outlet.meter_signs = signs_end
    charger.request_stop(ONE)
    charger.advance(30)
    return outlet


def test_what_is_signed_and_what_is_not_is_listed_without_the_token(charger: Charger, socket_path: Path) -> None:
    charged(charger, signs_end=False)

    body = asked(charger, socket_path, "signed list")

    (row,) = body["signed"]
    assert (row["begin"], row["end"], row["token"]) == ("signed", "it does not sign", CARD.masked)
    page = shown("signed list", body)
    assert "it does not sign" in page
    assert CARD.value not in page


def test_the_texts_of_the_latest_charge_come_with_their_key(charger: Charger, socket_path: Path) -> None:
    outlet = charged(charger)

    body = asked(charger, socket_path, "signed show")

    begin, end = body["values"]
    assert outlet.signs_for is not None
    assert outlet.signed_end is not None
    assert (begin["data"], end["data"]) == (outlet.signs_for.data, outlet.signed_end.data)
    assert (begin["agrees"], end["agrees"]) == (True, True)
    assert outlet.signed_end.data in shown("signed show", body)


def test_a_charge_is_named_by_our_key_or_the_networks_id(charger: Charger, socket_path: Path) -> None:
    charged(charger)

    for wanted in ("tx-1", "4711"):
        assert asked(charger, socket_path, "signed show", charge=wanted)["key"] == "tx-1"


def test_a_charge_that_is_not_there_is_refused_with_where_to_look(charger: Charger, socket_path: Path) -> None:
    refusal = refused(charger, socket_path, "signed show", charge="17")

    assert refusal.kind is RefusalKind.BAD_REQUEST
    assert "evsectl signed list" in refusal.text


def test_the_texts_name_who_charged_and_are_not_for_every_eye(charger: Charger, socket_path: Path) -> None:
    charged(charger)

    assert refused(charger, socket_path, "signed show", role=Role.VIEWER).kind is RefusalKind.NOT_PERMITTED


def test_nothing_due_says_which_key_would_change_that(charger: Charger, socket_path: Path) -> None:
    assert "under [meter]" in shown("signed list", asked(charger, socket_path, "signed list"))


def test_keys_are_told_of_each_connector(charger: Charger, socket_path: Path) -> None:
    charger.public_keys = {ONE: "3059ABCD"}

    page = shown("signed keys", asked(charger, socket_path, "signed keys"))

    assert page.splitlines() == ["connector 1  3059ABCD", "connector 2  its meter does not sign"]


def test_the_file_holds_one_text_where_one_proves_the_charge(charger: Charger, socket_path: Path) -> None:
    charged(charger)

    written = xml_of(asked(charger, socket_path, "signed show"))

    assert written.count("<signedData") == 1
    assert "end of begin" in written


def test_a_file_that_cannot_be_written_is_said(charger: Charger, socket_path: Path, tmp_path: Path) -> None:
    charged(charger)
    body = asked(charger, socket_path, "signed show")

    with pytest.raises(BadRequest, match="cannot be written"):
        keep_file({"xml": str(tmp_path / "none" / "x.xml")}, body)
    kept = keep_file({"xml": str(tmp_path / "x.xml")}, body)
    assert kept["xml"] == str(tmp_path / "x.xml")
    assert (tmp_path / "x.xml").read_text(encoding="utf-8") == xml_of(body)
