"""What a commissioning asks a person, in their words; the keys are those of the answers on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent.control.questions import NO, YES
from agent.core.commissioning.steps import LEFT_BLANK
from agent.core.commissioning.typed_number import number_of
from agent.selftest.bench import Question

AGAIN, ON, PAUSE = "again", "on", "pause"
NOT_APPLICABLE = "n.a."
LIMIT, APPLY = "plan.limit", "plan.apply"


def _inspection(word: str, text: str) -> Question:
    return Question(key=f"inspection.{word}", text=text, choices=(YES, NO, NOT_APPLICABLE))


def _optional(key: str, text: str, unit: str = "", low: float | None = None, high: float | None = None) -> Question:
    """Enter alone leaves it blank."""
    return Question(key=key, text=text, unit=unit, default=LEFT_BLANK, low=low, high=high)


def _handover(word: str, text: str) -> Question:
    return _optional(f"handover.{word}", text)


QUESTIONS: Mapping[str, Question] = {
    question.key: question
    for question in (
        Question(key="installer.company", text="Your company"),
        Question(key="installer.person", text="Your name"),
        Question(key="installer.licence", text="Number of your licence or registration, or - for none"),
        Question(key="label.serial", text="Serial number on the charger's label"),
        _optional("ambient_celsius", "How warm is the air around the charger, where you know it", "°C", -40, 60),
        _inspection("mounting", "Is it mounted firmly, and as its manual says?"),
        _inspection("ingress", "Are enclosure and entries as tight as the place asks (IP rating)?"),
        _inspection("glands", "Are the cable glands tight, and is the cable relieved of strain?"),
        _inspection("torque", "Were the terminals tightened to the torque of the data sheet?"),
        _inspection("labels", "Do charger and circuit carry their labels?"),
        _inspection("conductors", "Are the conductors identified by colour or mark?"),
        _inspection("access", "Can it be reached, by drivers and for maintenance?"),
        _inspection("ventilation", "Is there the free space around it that its manual asks for?"),
        _inspection("bollard", "Is it protected from being driven into?"),
        _inspection("documents", "Do manual, schematic and declaration stay with the owner?"),
        _optional("customer.name", "For the report: the owner's name"),
        _handover("disconnection", "For the owner's pack: where is the emergency disconnection"),
        _handover("cards", "Visible numbers of the cards that you hand over, parted by commas"),
        _handover("operator", "Who operates the charger"),
        _handover("phone", "The operator's telephone, for when it is red"),
        _handover("support_link", "The operator's page for help"),
        _handover("app", "The operator's app"),
        _handover("price", "What a charge costs, or where it stands"),
        _optional("handover.warranty_years", "Years of warranty", "years", 1, 30),
        _handover("support_until", "Until when the manufacturer supports it, as 2034-12"),
    )
}
METER_SERIAL = "meter_serial."
WANTED_ANYWAY: Mapping[str, str] = {
    "installer.person": "Your name is wanted in any case: the report says who tested what. Ctrl-C pauses here.",
    "label.serial": "The serial number is wanted in any case: the report says of which charger it is. Where the label "
    "cannot be read, it stands on the carton and on the delivery note. Ctrl-C pauses here.",
}


def question_of(key: str, before: str = "") -> Question:
    """`before`: what was answered already, which Enter alone then means again."""
    if key.startswith(METER_SERIAL):
        where = key.removeprefix(METER_SERIAL)
        question = _optional(key, f"Serial number on the meter of connector {where}, where you can read it")
    else:
        question = QUESTIONS[key]
    return replace(question, default=before) if before else question


def again(step: str) -> Question:
    """After a step that did not pass."""
    return Question(
        key=f"{step}.again",
        text="Mend it now and do it again, go on without it, or pause here?",
        choices=(AGAIN, ON, PAUSE),
        default=ON,
    )


def kept(question: Question, answer: str) -> str:
    """As it goes on record: a number in the unit of its question."""
    if not question.unit or answer == LEFT_BLANK:
        return answer
    return f"{number_of(answer, question.unit):g}"


def wants_remark(key: str, answer: str) -> bool:
    return key.startswith("inspection.") and answer == NO


def left_out(question: Question) -> str:
    return f"Left open, and asked again another time: {question.text.rstrip('?')}."


def remark(key: str) -> Question:
    return Question(key=f"{key}.remark", text="What is not as it should be?")


def limit(words: str) -> Question:
    return Question(key=LIMIT, text=f"{words}. Is that right?", choices=(YES, NO))


def apply(count: int) -> Question:
    keys = "key" if count == 1 else "keys"
    return Question(
        key=APPLY, text=f"Write these {count} {keys}? The agent then starts anew", choices=(YES, NO), default=YES
    )
