"""What a commissioning asks a person, in their words; the keys are those of the answers on record."""

from __future__ import annotations

from collections.abc import Mapping

from agent.control.questions import NO, YES
from agent.selftest.bench import Question

AGAIN, ON, PAUSE = "again", "on", "pause"
NOT_APPLICABLE = "n.a."
LIMIT, APPLY = "plan.limit", "plan.apply"


def _inspection(word: str, text: str) -> Question:
    return Question(key=f"inspection.{word}", text=text, choices=(YES, NO, NOT_APPLICABLE))


QUESTIONS: Mapping[str, Question] = {
    question.key: question
    for question in (
        Question(key="installer.company", text="Your company"),
        Question(key="installer.person", text="Your name"),
        Question(key="installer.licence", text="Number of your licence or registration, or - for none"),
        Question(key="label.serial", text="Serial number on the charger's label"),
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
    )
}


def again(step: str) -> Question:
    """After a step that did not pass."""
    return Question(
        key=f"{step}.again",
        text="Mend it now and do it again, go on without it, or pause here?",
        choices=(AGAIN, ON, PAUSE),
        default=ON,
    )


def wants_remark(key: str, answer: str) -> bool:
    return key.startswith("inspection.") and answer == NO


def remark(key: str) -> Question:
    return Question(key=f"{key}.remark", text="What is not as it should be?")


def limit(words: str) -> Question:
    return Question(key=LIMIT, text=f"{words}. Is that right?", choices=(YES, NO))


def apply(count: int) -> Question:
    keys = "key" if count == 1 else "keys"
    return Question(
        key=APPLY, text=f"Write these {count} {keys}? The agent then starts anew", choices=(YES, NO), default=YES
    )
