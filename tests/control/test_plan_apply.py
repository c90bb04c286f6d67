"""`evsectl plan diff`, `apply` and `undo` against a running charger, over its socket."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent.config.load import load
from agent.control.cli import main
from agent.control.plan_supply import piece
from agent.control.roles import Role
from agent.control.wire import Ask, Done, RefusalKind, Refused, Request, encode_answer, encode_request
from agent.drivers import loader
from tests.control.calling import ONE, charging, desk, shown
from tests.control.charger import SITE, Charger

PLAN = """\
board = "sim-dual"
[references]
order = "A-117"
[site]
country = "DE"
supply_current_a = 16
commissioning = "lab"
[circuit]
breaker_current_a = 16
cable_section_mm2 = 6
cable_length_m = 20
laying = "B2"
earthing = "TN-S"
rcd = "B"
[[charger]]
serial_number = "QE-000123"
outlets = ["DE*ABC*E1"]
[[charger]]
serial_number = "QE-000124"
"""
CHANGED = {
    "references.order": ("", "A-117"),
    "site.supply_current_a": ("32.0", "16.0"),
    "connector.1.evse_id": ("", "DE*ABC*E1"),
}


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "office.toml"
    file.write_text(PLAN, encoding="utf-8")
    return file


def said(
    charger: Charger,
    path: Path,
    verb: str,
    *,
    word: str = "yes",
    role: Role = Role.INSTALLER,
    meanwhile: Any = lambda: None,
    **arguments: Any,
) -> tuple[Done | Refused, list[str]]:
    """The end of it, and what a person was asked, answered with `word`; pieces of the plan as `evsectl` gives them."""

    async def ask() -> tuple[Done | Refused, list[str]]:
        questions: list[str] = []
        async with desk(charger, path, role) as at, at.line() as line:
            line.send(encode_request(Request(verb, arguments)))
            while True:
                match await line.reply():
                    case Ask(question):
                        answer = piece(Path(str(arguments.get("file"))), question)
                        if answer is None:
                            questions.append(question)
                            meanwhile()
                        line.send(encode_answer(word if answer is None else answer))
                    case Done() | Refused() as reply:
                        return reply, questions

    # In real time: what waits for the disk does so in a thread.
    return asyncio.run(ask())


def done(*given: Any, **named: Any) -> dict[str, Any]:
    reply, _ = said(*given, **named)
    assert isinstance(reply, Done), reply
    return dict(reply.body)


def refusal(*given: Any, **named: Any) -> Refused:
    reply, _ = said(*given, **named)
    assert isinstance(reply, Refused), reply
    return reply


def changed(body: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {row["key"]: (row["now"], row["then"]) for row in body["changes"]}


def start_anew(charger: Charger) -> None:
    charger.config = load(charger.config.site_file, loader)


def test_a_diff_tells_every_key_that_would_change_and_changes_nothing(
    charger: Charger, socket_path: Path, plan: Path, tmp_path: Path
) -> None:
    body = done(charger, socket_path, "plan diff", file=str(plan))

    assert CHANGED.items() <= changed(body).items()
    assert changed(body)["circuit.laying"] == ("", "B2")
    assert not (tmp_path / "site.toml.d").exists()
    assert ["site.supply_current_a", "32.0", "16.0"] in [row.split() for row in shown("plan diff", body).splitlines()]
    assert "circuit.dedicated" not in changed(body)


def test_a_plan_is_shown_confirmed_written_read_back_and_holds_after_the_start(
    charger: Charger, socket_path: Path, plan: Path
) -> None:
    reply, questions = said(charger, socket_path, "plan apply", file=str(plan))
    start_anew(charger)

    assert isinstance(reply, Done)
    assert "site.supply_current_a: 32.0 -> 16.0" in questions[0]
    assert charger.restarts == 1
    assert charger.config.site.supply_current_a == 16
    assert charger.config.references.order == "A-117"
    assert changed(done(charger, socket_path, "plan diff", file=str(plan))) == {}
    assert "written and read back; the agent starts anew" in shown("plan apply", dict(reply.body))


def test_the_same_plan_once_more_changes_nothing_and_ends_no_charge(
    charger: Charger, socket_path: Path, plan: Path
) -> None:
    done(charger, socket_path, "plan apply", file=str(plan))
    start_anew(charger)

    body = done(charger, socket_path, "plan apply", file=str(plan))

    assert body["restarts"] is False
    assert charger.restarts == 1


def test_a_plan_is_undone_after_a_restart_too(charger: Charger, socket_path: Path, plan: Path) -> None:
    before = charger.config
    done(charger, socket_path, "plan apply", file=str(plan))
    start_anew(charger)

    body = done(charger, socket_path, "plan undo")
    start_anew(charger)

    assert changed(body)["site.supply_current_a"] == ("16.0", "32.0")
    assert body["without_plan"] is True
    assert charger.config == before
    assert "nothing to undo" in refusal(charger, socket_path, "plan undo").text


def test_another_word_than_yes_changes_nothing(charger: Charger, socket_path: Path, plan: Path, tmp_path: Path) -> None:
    told = refusal(charger, socket_path, "plan apply", word="no", file=str(plan))

    assert told.text == "nothing was changed"
    assert not (tmp_path / "site.toml.d").exists()


def test_nothing_is_applied_while_somebody_charges(charger: Charger, socket_path: Path, plan: Path) -> None:
    charging(charger.outlets[ONE])

    told = refusal(charger, socket_path, "plan apply", file=str(plan), yes=True)

    assert told.kind is RefusalKind.BUSY
    assert "a charge runs at connector 1" in told.text
    assert charger.restarts == 0


def test_a_charge_that_began_while_the_person_typed_is_not_ended(
    charger: Charger, socket_path: Path, plan: Path, tmp_path: Path
) -> None:
    told = refusal(charger, socket_path, "plan apply", file=str(plan), meanwhile=lambda: charging(charger.outlets[ONE]))

    assert told.kind is RefusalKind.BUSY
    assert not (tmp_path / "site.toml.d").exists()


def test_the_wrong_unit_is_told(charger: Charger, socket_path: Path, plan: Path) -> None:
    plan.write_text(PLAN.replace('board = "sim-dual"', 'board = "sim-single"'), encoding="utf-8")

    assert (
        "this plan is for a sim-single, and here hangs a sim-dual"
        in refusal(charger, socket_path, "plan apply", file=str(plan)).text
    )
    assert (
        "this charger is QE-000123 and not QE-000124"
        in refusal(charger, socket_path, "plan apply", file=str(plan), serial="QE-000124").text
    )


def test_a_charger_without_a_number_is_given_the_one_on_its_label(
    tmp_path: Path, socket_path: Path, plan: Path
) -> None:
    charger = Charger(tmp_path, site=SITE.replace('serial_number = "QE-000123"', ""))

    nameless = refusal(charger, socket_path, "plan apply", file=str(plan))
    done(charger, socket_path, "plan apply", file=str(plan), serial="QE-000124")
    start_anew(charger)

    assert "write --serial NUMBER" in nameless.text
    assert charger.config.station.serial_number == "QE-000124"


@pytest.mark.parametrize(("verb", "blank"), [("plan apply", " "), ("plan diff", "   ")])
def test_a_serial_number_of_blanks_is_none(
    tmp_path: Path, socket_path: Path, plan: Path, verb: str, blank: str
) -> None:
    charger = Charger(tmp_path, site=SITE.replace('serial_number = "QE-000123"', ""))

    told = refusal(charger, socket_path, verb, file=str(plan), serial=blank)

    assert told.text.startswith("--serial: there is nothing but blanks; write the number on the label")
    assert not (tmp_path / "site.toml.d").exists()


def test_blanks_around_a_serial_number_are_none_of_it(tmp_path: Path, socket_path: Path, plan: Path) -> None:
    charger = Charger(tmp_path, site=SITE.replace('serial_number = "QE-000123"', ""))

    done(charger, socket_path, "plan apply", file=str(plan), serial=" QE-000124 ")
    start_anew(charger)

    assert charger.config.station.serial_number == "QE-000124"


def test_a_plan_that_would_not_start_here_is_refused_with_its_line(
    charger: Charger, socket_path: Path, plan: Path, tmp_path: Path
) -> None:
    """The office cannot see whether the password lies on the charger."""
    ocpp = '[ocpp]\nurl = "wss://csms.example"\nsecurity_profile = 2\npassword_file = "/none/password"\n'
    identity = 'identity = "CP"\nversion = "1.6"\n'
    plan.write_text(PLAN.replace("[[charger]]", ocpp + identity + "[[charger]]", 1), encoding="utf-8")

    told = refusal(charger, socket_path, "plan apply", file=str(plan))

    assert "the charger would not start with it" in told.text
    assert 'ocpp.password_file: there is no file "/none/password"' in told.text
    assert not (tmp_path / "site.toml.d").exists()


def test_a_plan_that_another_drop_in_overrules_is_refused(
    charger: Charger, socket_path: Path, plan: Path, tmp_path: Path
) -> None:
    hand = tmp_path / "site.toml.d" / "90-hand.toml"
    hand.parent.mkdir()
    hand.write_text("[site]\nsupply_current_a = 10\n", encoding="utf-8")

    told = refusal(charger, socket_path, "plan apply", file=str(plan))

    assert f"{hand}:2: site.supply_current_a: this is read after the plan, which says otherwise" in told.text


def test_a_folder_that_cannot_be_written_changes_nothing(
    charger: Charger, socket_path: Path, plan: Path, tmp_path: Path
) -> None:
    (tmp_path / "site.toml.d").write_text("a file where a folder belongs", encoding="utf-8")

    told = refusal(charger, socket_path, "plan apply", file=str(plan))

    assert "site.toml.d/50-plan.toml cannot be read" in told.text
    assert "look at it, and at its owner" in told.text


@pytest.mark.parametrize("verb", ["plan diff", "plan apply", "plan undo"])
def test_a_plan_at_the_charger_is_the_installer_s(charger: Charger, socket_path: Path, plan: Path, verb: str) -> None:
    given = {} if verb == "plan undo" else {"file": str(plan)}

    assert refusal(charger, socket_path, verb, role=Role.OPERATOR, **given).kind is RefusalKind.NOT_PERMITTED


def test_a_plan_that_fails_in_the_office_is_not_even_asked_about(
    tmp_path: Path, plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.write_text(PLAN.replace("cable_length_m = 20", "cable_length_m = 200"), encoding="utf-8")

    assert main(["plan", "apply", str(plan), "--socket", str(tmp_path / "nobody.sock")]) == 2

    assert "this plan is not applied:" in capsys.readouterr().err
