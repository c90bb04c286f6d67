"""Verbs that change something: what they do, what they refuse, and what a person reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.control.roles import Role
from agent.control.wire import Ask, Done, RefusalKind, Refused, Reply, Request, encode_answer, encode_request
from agent.core.identity import IdToken
from agent.core.session.events import AuthorizationStatus
from agent.core.session.model import SessionPhase, SessionSettings
from tests.control.calling import ONE, TWO, Desk, asked, at_the_desk, charging, refused, shown
from tests.control.charger import SITE, Charger
from tests.core.session.station import CARD

# --- token -----------------------------------------------------------------------------------------------------------


def test_a_token_is_added_listed_masked_and_removed(charger: Charger, socket_path: Path) -> None:
    added = asked(charger, socket_path, "token add", token="04A1B2C3D4", label="fleet 7")
    listed = asked(charger, socket_path, "token list")
    removed = asked(charger, socket_path, "token remove", token="04a1b2c3d4")

    assert "…C3D4 (fleet 7) may charge here" in shown("token add", added)
    assert "…C3D4  fleet 7  Accepted" in shown("token list", listed)
    assert "04A1B2" not in str(listed)
    assert "off the list" in shown("token remove", removed)
    assert charger.tokens.known == {}


def test_a_lost_card_is_removed_by_its_end(charger: Charger, socket_path: Path) -> None:
    asked(charger, socket_path, "token add", token="04A1B2C3D4")
    asked(charger, socket_path, "token remove", token="…C3D4")

    assert charger.tokens.known == {}


def test_an_end_that_two_tokens_share_removes_neither(charger: Charger, socket_path: Path) -> None:
    asked(charger, socket_path, "token add", token="0401C3D4")
    asked(charger, socket_path, "token add", token="0402C3D4")

    assert "2 tokens of the list end so" in refused(charger, socket_path, "token remove", token="…C3D4").text
    assert len(charger.tokens.known) == 2


def test_what_no_token_can_be_is_refused(charger: Charger, socket_path: Path) -> None:
    for value in ("x" * 37, "04 A1"):
        assert "without spaces" in refused(charger, socket_path, "token add", token=value).text
    assert "not on the list" in refused(charger, socket_path, "token remove", token="04A1").text
    assert "token: is missing" in refused(charger, socket_path, "token add").text


def test_a_token_that_the_network_cannot_carry_is_neither_listed_nor_charged_with(
    charger: Charger, socket_path: Path
) -> None:
    too_long = "A1B2C3D4E5" * 3

    listing = refused(charger, socket_path, "token add", token=too_long)
    starting = refused(charger, socket_path, "start", token=too_long, connector=1)

    for text in (listing.text, starting.text):
        assert "…D4E5 cannot be used here: it has 30 characters, and OCPP 1.6 takes at most 20" in text
        assert too_long not in text
    assert charger.tokens.known == {}
    assert charger.session(ONE).phase is SessionPhase.IDLE
    assert asked(charger, socket_path, "token add", token=too_long[:20])["added"] == f"…{too_long[16:20]}"


def test_without_a_network_a_token_may_be_as_long_as_any_token(tmp_path: Path, socket_path: Path) -> None:
    alone = Charger(tmp_path, site=SITE.partition("[ocpp]")[0])

    assert asked(alone, socket_path, "token add", token="x" * 36)["added"] == "…xxxx"


def test_a_token_with_characters_beyond_ascii_is_refused(charger: Charger, socket_path: Path) -> None:
    assert "beyond ASCII" in refused(charger, socket_path, "token add", token="04Ä1B2C3").text
    assert "beyond ASCII" in refused(charger, socket_path, "start", token="04Ä1B2C3", connector=1).text
    assert charger.tokens.known == {}


def test_a_label_stays_until_another_one_is_given(charger: Charger, socket_path: Path) -> None:
    asked(charger, socket_path, "token add", token="04A1B2C3D4", label="fleet 7")
    again = asked(charger, socket_path, "token add", token="04a1b2c3d4")
    other = asked(charger, socket_path, "token add", token="04A1B2C3D4", label="fleet 8")

    assert (again["label"], other["label"]) == ("fleet 7", "fleet 8")


# --- start and stop --------------------------------------------------------------------------------------------------


def test_start_with_a_car_begins_a_charge(charger: Charger, socket_path: Path) -> None:
    charger.outlets[TWO].plug_in()

    body = asked(charger, socket_path, "start", token=CARD.value)

    assert body["connector"] == 2
    assert charger.session(TWO).phase is SessionPhase.CHARGING
    assert "connector 2: the charge for …C3D4 has begun" in shown("start", body)


def test_start_without_a_car_asks_for_the_plug(charger: Charger, socket_path: Path) -> None:
    body = asked(charger, socket_path, "start", token=CARD.value, connector=1)

    assert "is accepted; plug the car in within 2 min 0 s" in shown("start", body)


def test_start_that_is_refused_is_a_failed_verdict_with_its_reason(charger: Charger, socket_path: Path) -> None:
    charger.outlets[ONE].plug_in()
    charger.outlets[ONE].answers[CARD] = (AuthorizationStatus.BLOCKED, None)

    async def ask(at: Desk) -> Done:
        last = (await at.replies("start", {"token": CARD.value, "connector": 1}))[-1]
        assert isinstance(last, Done)
        return last

    done = at_the_desk(charger, socket_path, ask)

    assert not done.passed
    assert "was refused: the test" in shown("start", dict(done.body))


def test_start_while_a_charge_runs_says_what_to_do_first(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[ONE])

    refusal = refused(charger, socket_path, "start", token=CARD.value, connector=1)

    assert refusal.kind is RefusalKind.BUSY
    assert "evsectl stop --connector 1" in refusal.text


def test_start_that_nobody_answers_is_given_up(charger: Charger, socket_path: Path) -> None:
    charger.outlets[ONE].plug_in()
    charger.outlets[ONE].authorizes_by_itself = False

    refusal = refused(charger, socket_path, "start", token=CARD.value, connector=1)

    assert refusal.kind is RefusalKind.TIMED_OUT
    assert "evsectl explain" in refusal.text


def test_start_needs_a_token_unless_everybody_may_charge(tmp_path: Path, charger: Charger, socket_path: Path) -> None:
    free = Charger(tmp_path, SessionSettings(free_vend_token=IdToken("FREE")))

    assert "somebody must answer" in refused(charger, socket_path, "start", connector=1).text
    assert "which one" in refused(charger, socket_path, "start", token=CARD.value).text
    assert asked(free, socket_path, "start", connector=1)["outcome"] == "accepted"


def test_stop_ends_the_charge_and_says_what_was_delivered(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[ONE])

    body = asked(charger, socket_path, "stop")

    stop = charger.outlets[ONE].stops()[0]
    assert body["energy_wh"] == stop.register_wh - 5000
    assert f"the charge is over, {body['energy_wh'] / 1000:.3f} kWh delivered" in shown("stop", body)


def test_stop_before_the_plug_takes_the_acceptance_back(charger: Charger, socket_path: Path) -> None:
    asked(charger, socket_path, "start", token=CARD.value, connector=1)

    body = asked(charger, socket_path, "stop", connector=1)

    assert "no charge had begun" in shown("stop", body)
    assert charger.session(ONE).phase is SessionPhase.IDLE


def test_stop_where_nothing_runs_is_refused(charger: Charger, socket_path: Path) -> None:
    assert refused(charger, socket_path, "stop", connector=1).kind is RefusalKind.BUSY


# --- factory-reset ---------------------------------------------------------------------------------------------------


def test_a_reset_is_confirmed_by_the_serial_number(charger: Charger, socket_path: Path) -> None:
    body = asked(charger, socket_path, "factory-reset", confirm="QE-000123")

    assert charger.resets == 1
    text = shown("factory-reset", body)
    assert "gone  the list of tokens" in text
    assert "kept  the log of commands" in text
    assert charger.journal.recorded[-1].verb == "factory-reset"


@pytest.mark.parametrize(
    ("serial_number", "instead"),
    [("QE-000123", "--confirm QE-000123"), ("", "--confirm erase"), ("QE 1", "--confirm 'QE 1'")],
)
def test_the_question_tells_what_a_script_writes_instead(
    charger: Charger, socket_path: Path, serial_number: str, instead: str
) -> None:
    charger.config = replace(charger.config, station=replace(charger.config.station, serial_number=serial_number))

    async def asks(at: Desk) -> Reply:
        async with at.line() as line:
            line.send(encode_request(Request("factory-reset", {})))
            return await line.reply()

    question = at_the_desk(charger, socket_path, asks)

    assert isinstance(question, Ask)
    assert question.instead == instead
    assert charger.resets == 0


def test_a_wrong_confirmation_erases_nothing(charger: Charger, socket_path: Path) -> None:
    assert "nothing was erased" in refused(charger, socket_path, "factory-reset", answer="yes").text
    assert "nothing was erased" in refused(charger, socket_path, "factory-reset", confirm="erase").text
    assert charger.resets == 0


def test_a_reset_waits_for_a_running_charge(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[TWO])

    refusal = refused(charger, socket_path, "factory-reset", confirm="QE-000123")

    assert refusal.kind is RefusalKind.BUSY
    assert "evsectl stop --connector 2" in refusal.text


def test_a_reset_does_not_lose_what_nobody_was_told_unless_asked_to(charger: Charger, socket_path: Path) -> None:
    charger.untold = 3

    refusal = refused(charger, socket_path, "factory-reset", confirm="QE-000123")
    body = asked(charger, socket_path, "factory-reset", confirm="QE-000123", lose_untold=True)

    assert "3 records of charges were not told" in refusal.text
    assert "3 records the central system was never told" in shown("factory-reset", body)


def test_what_was_recorded_while_the_person_typed_is_not_lost_either(charger: Charger, socket_path: Path) -> None:
    async def types_slowly(at: Desk) -> Reply:
        async with at.line() as line:
            line.send(encode_request(Request("factory-reset", {})))
            assert isinstance(await line.reply(), Ask)
            charger.untold = 2
            line.send(encode_answer("QE-000123"))
            return await line.reply()

    refusal = at_the_desk(charger, socket_path, types_slowly)

    assert isinstance(refusal, Refused)
    assert "2 records of charges were not told" in refusal.text
    assert charger.resets == 0


def test_only_the_highest_role_may_reset(charger: Charger, socket_path: Path) -> None:
    refusal = refused(charger, socket_path, "factory-reset", role=Role.INSTALLER, confirm="QE-000123")

    assert refusal.kind is RefusalKind.NOT_PERMITTED
