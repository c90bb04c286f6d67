"""What `evsectl commission` asks, what it need not ask, and what it need not ask again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.config.circuit import HandoverConfig
from agent.control.questions import Asked, decoded
from agent.control.wire import Done
from agent.core.commissioning.model import JobState, Verdict, failed
from tests.control.calling import asked, refused, shown
from tests.control.charger import Charger
from tests.control.installer import Installer, latest, visit
from tests.control.paper_desk import PaperDesk


def test_what_is_left_open_at_the_first_question_pauses_nothing_and_is_asked_again_another_time(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    first = Installer(installer__company="skip", inspection__bollard="skip it is dark")

    assert visit(charger, socket_path, first) == Done({}, passed=True)
    assert "Left open, and asked again another time: Your company." in first.text()
    assert "installer.company" not in latest(paper).answers
    assert "inspection.bollard" not in latest(paper).answers


def test_without_a_name_or_a_serial_number_the_first_step_fails_and_says_which(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    visit(charger, socket_path, Installer(label__serial="skip"))

    assert latest(paper).state is JobState.INCOMPLETE
    assert "the serial number on the label was not given" in latest(paper).steps[0].says


def test_what_the_plan_has_for_the_owner_is_not_asked_and_without_an_operator_nothing_of_one(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    planned = HandoverConfig(operator="Quay Power", disconnection="Q1", warranty_years=2)
    charger.config = replace(charger.config, handover=planned)
    first, second = Installer(), Installer(handover__operator="-")

    visit(charger, socket_path, first)
    charger.config = replace(charger.config, handover=HandoverConfig())
    visit(charger, socket_path, second, anew=True)

    of_owner = [[key for key in who.asked if key.startswith("handover.")] for who in (first, second)]
    assert of_owner == [["handover.cards"], ["handover.disconnection", "handover.cards", "handover.operator"]]


def test_enter_takes_what_was_answered_before(charger: Charger, socket_path: Path, paper: PaperDesk) -> None:
    visit(charger, socket_path, Installer(walks_off=12, ambient_celsius="21,5 °C", meter_serial__1="0815"))

    class Enter(Installer):
        def _usual(self, asked: Asked) -> str:
            return "" if asked.question.default else super()._usual(asked)

    again = Enter()
    again.answers = {}
    visit(charger, socket_path, again, **{"from": "identify"})

    told = latest(paper).answers
    assert (told["installer.person"], told["ambient_celsius"]) == ("Anna Meyer", "21.5")
    assert (told["meter_serial.1"], told["meter_serial.2"]) == ("0815", "-")


def test_whoever_was_cut_off_in_a_test_types_only_the_rest_of_it(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.questions = 3
    at = Installer()
    visit(charger, socket_path, at)
    second = at.asked.index("ST902.value.2")
    paper.jobs.clear()
    first, rest = Installer(walks_off=second), Installer()

    assert visit(charger, socket_path, first) is None
    visit(charger, socket_path, rest)

    assert [key for key in first.asked if key.startswith("ST902")] == ["ST902.value"]
    assert [key for key in rest.asked if key.startswith("ST902")] == ["ST902.value.2", "ST902.value.3"]
    attempt = next(one for one in reversed(latest(paper).attempts) if one.test == "ST902")
    assert attempt.answers == {"ST902.value": "0.5", "ST902.value.2": "0.5", "ST902.value.3": "0.5"}
    assert [key for key in latest(paper).answers if key.startswith("begun.")] == []


def test_what_a_power_cut_left_of_a_test_that_was_judged_answers_no_repeat_of_it(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    visit(charger, socket_path, Installer())
    left = {**latest(paper).answers, "begun.ST902.0.0.ST902.value": "9"}
    paper.jobs[-1] = replace(latest(paper), state=JobState.INCOMPLETE, answers=left)
    again = Installer()

    visit(charger, socket_path, again, only="ST902")

    assert "ST902.value" in again.asked


class InTurn(Installer):
    """What is in `turns` is answered one after the other, its last for every time after. `at`: for which connector."""

    def __init__(self, turns: dict[str, list[str]], **answers: Any) -> None:
        super().__init__(**answers)
        self.turns = turns
        self.at: dict[str, int | None] = {}

    def answer(self, question: str) -> str:
        asked = decoded(question)
        if asked is not None:
            self.at[asked.question.key] = asked.connector
            if turns := self.turns.get(asked.question.key):
                self.answers[asked.question.key] = turns.pop(0) if len(turns) > 1 else turns[0]
        return super().answer(question)


def test_what_is_wanted_in_any_case_is_asked_for_again_at_once_and_by_again(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    stubborn = InTurn({"label.serial": [*["skip unreadable"] * 3, "QE-000123"], "identify.again": ["again", "on"]})

    visit(charger, socket_path, stubborn)

    assert stubborn.asked.count("label.serial") == 4
    assert "The serial number is wanted in any case" in stubborn.text()
    assert latest(paper).answers["label.serial"] == "QE-000123"
    assert latest(paper).steps[0].verdict is not Verdict.FAIL


def test_a_label_without_a_serial_number_is_asked_for_again(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    """Blanks are no number, and neither is what leaves a question open that may be left open."""
    hasty = InTurn({"label.serial": ["-", "  ", " - ", "QE-000123"]})

    visit(charger, socket_path, hasty)

    assert hasty.asked.count("label.serial") == 4
    assert hasty.text().count("something has to be written") == 3
    assert latest(paper).answers["label.serial"] == "QE-000123"


def test_a_serial_number_that_is_named_beforehand_is_not_empty(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    told = refused(charger, socket_path, "commission", serial="  ")

    assert told.text.startswith("--serial: there is nothing but blanks")
    assert paper.jobs == []


def test_status_names_the_charger_by_its_label_where_the_site_file_does_not(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    charger.config = replace(charger.config, station=replace(charger.config.station, serial_number=""))
    paper.label = "SD-17"

    said = asked(charger, socket_path, "status")

    assert "charger      SD-17 (by its label)" in shown("status", said)


def test_a_question_of_the_whole_charger_names_no_connector(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.outcomes["ST402"] = failed("late", "replace it", cause="contactor.slow")
    installer = InTurn({})

    visit(charger, socket_path, installer)

    of_all = {key: at for key, at in installer.at.items() if not key.startswith("ST")}
    assert {"handover.operator", "adapter.again", "customer.name"} <= set(of_all)
    assert set(of_all.values()) == {None}


def test_what_rests_on_a_failed_test_is_named_with_the_one_that_comes_first(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.outcomes["ST201"] = failed("The rail is low.", "replace the board", cause="power.rail")
    installer = Installer()

    visit(charger, socket_path, installer)

    left = next(one for one in installer.told("left_out") if one["connector"] == 1)
    ended = next(one for one in installer.told("ended") if one["key"] == "self-test")
    assert {"ST306", "ST501"} <= set(left["tests"])
    assert left["why"].startswith("ST201 supply voltages of the board comes first: The rail is low.")
    assert f" –    {len(left['tests'])} tests are left out at 1: ST306, " in installer.text()
    assert ended["says"].endswith("; first: ST201")


def test_a_run_that_was_cut_off_in_a_step_begins_with_its_name(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    first, second = Installer(), Installer()
    visit(charger, socket_path, first)
    at = first.asked.index("inspection.bollard")
    paper.jobs.clear()

    visit(charger, socket_path, Installer(walks_off=at))
    visit(charger, socket_path, second)

    assert second.told("step")[0]["key"] == "measurements"
    assert second.asked[0] == "inspection.bollard"


def test_a_report_that_nobody_signed_is_no_simple_success(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    paper.outcomes["ST910"] = failed("Anna Meyer does not sign", "sign", cause="comm.site_docs")
    installer = Installer()

    visit(charger, socket_path, installer)

    ended = {one["key"]: one for one in installer.told("ended")}
    assert ended["report"]["verdict"] == "warn"
    assert "nobody took responsibility for it (ST910)" in ended["report"]["says"]
    assert "1 thing is missing" in ended["hand-over"]["says"]
    assert latest(paper).state is JobState.INCOMPLETE
