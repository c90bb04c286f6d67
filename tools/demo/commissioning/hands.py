"""The hands of an installer who is a program: what to do in the simulated world, and what to answer.

For the demonstration, for tests and for training. Pure: whoever uses it carries the verbs out, then gives the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import digest
from pathlib import Path
from typing import Any

from agent.control.answering import Answers, read_answers
from agent.control.questions import Asked
from agent.selftest.bench import AdapterPosition, Diode

ANSWERS = Path(__file__).parent / "answers.toml"
DIODES = {Diode.OK: "ok", Diode.BYPASSED: "shorted", Diode.OPEN: "open"}
FIRST_CARD, SECOND_CARD = "04A1B2C3D4CAFE", "04D4E5F6A7B8C9"
WORLD, CENTRAL_SYSTEM = "world", "central system"
Verb = tuple[str, str, Mapping[str, Any]]
"""Whose, which, and its arguments."""
WITHOUT_CONNECTOR = ("swipe", "remote_stop")


class NoAnswer(Exception):
    """Nobody wrote down what to say; the text is the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Once `says` is part of what is told or asked, or the key of a question, `verbs` are done at its connector."""

    says: str
    verbs: tuple[Verb, ...]


def _leak(key: str, kind: str, ma: float) -> Rule:
    """An installation tester lets residual current flow; 0 ends it."""
    return Rule(says=key, verbs=((WORLD, "leak", {"kind": kind, "ma": ma}),))


RULES = (
    Rule(says="Hold the first card", verbs=((WORLD, "swipe", {"token": FIRST_CARD}),)),
    Rule(says="Hold the second card", verbs=((WORLD, "swipe", {"token": SECOND_CARD}),)),
    Rule(says="Hold the same card", verbs=((WORLD, "swipe", {"token": FIRST_CARD}),)),
    Rule(says="Hold a card that may charge", verbs=((WORLD, "swipe", {"token": FIRST_CARD}),)),
    Rule(says="Press the button", verbs=((WORLD, "press", {"what": "button", "for_s": 1.0}),)),
    Rule(says="ST412.pressed", verbs=((WORLD, "fault", {"name": "estop"}),)),
    Rule(says="ST412.released", verbs=((WORLD, "heal", {"name": "estop"}),)),
    Rule(says="begun from the central system", verbs=((CENTRAL_SYSTEM, "remote_start", {"token": FIRST_CARD}),)),
    Rule(says="ended from the central system", verbs=((CENTRAL_SYSTEM, "remote_stop", {}),)),
    _leak("ST302.done", "dc", 6),
    _leak("ST302.trip_ms", "dc", 0),
    _leak("ST305.done", "dc", 6),
    _leak("ST303.x0_5_0", "ac", 15),
    _leak("ST303.x0_5_180", "ac", 15),
    *(
        rule
        for step, ma in (("x1_0", 30), ("x1_180", 30), ("x5_0", 150), ("x5_180", 150))
        for rule in (_leak(f"ST303.{step}", "ac", ma), _leak(f"ST303.{step}_ms", "ac", 0))
    ),
)
"""What a check asks for, in its own words (agent/selftest/checks/)."""


@dataclass(slots=True, kw_only=True)
class Hands:
    """`answers` by key, a list in turn; `key` is the unit's local key. `asked` is every key so far, in order."""

    answers: Answers = field(default_factory=lambda: read_answers(ANSWERS))
    key: bytes = b""
    rules: tuple[Rule, ...] = RULES
    asked: list[str] = field(default_factory=list)

    def told(self, text: str, connector: int | None, key: str = "") -> list[Verb]:
        """What to do on being told something."""
        found = [verb for rule in self.rules if rule.says == key or rule.says in text for verb in rule.verbs]
        return [(whose, name, _at(connector, name, given)) for whose, name, given in found]

    def answer(self, asked: Asked) -> tuple[list[Verb], str]:
        """What to do first, and what to say then. Raises NoAnswer."""
        question = asked.question
        self.asked.append(question.key)
        if asked.challenge is not None:
            return [], digest(self.key, asked.challenge, "sha256").hex()
        if asked.adapter is not None:
            return [*_tester_off(asked.adapter, asked.connector), set_adapter(asked.adapter, asked.connector)], ""
        return self.told(question.text, asked.connector, question.key), self._said(asked)

    def _said(self, asked: Asked) -> str:
        question = asked.question
        known = self.answers.get(question.key)
        if known:
            times = self.asked.count(question.key)
            return known[min(times, len(known)) - 1]
        if question.default is not None:
            return question.default
        if "yes" in question.choices:
            return "yes"
        raise NoAnswer(f"{question.key}: {question.text}")


def _tester_off(position: AdapterPosition, connector: int | None) -> list[Verb]:
    """A tester at the socket ends its test once the adapter is turned away."""
    if position.state == "C":
        return []
    return [(WORLD, "leak", {"connector": connector, "kind": "dc", "ma": 0})]


def set_adapter(position: AdapterPosition, connector: int | None) -> Verb:
    """The verb of the simulated world that turns the knobs so."""
    if position.state == "out":
        return WORLD, "plug_out", {"connector": connector}
    given = {
        "connector": connector,
        "state": position.state,
        "diode": DIODES[position.diode],
        "load_a": position.load_a,
        "phases": position.load_phases,
        "only_phase": position.load_phase,
        "pe": "ok" if position.has_earth else "open",
    }
    return WORLD, "adapter", given if position.proximity_ohm is None else {**given, "pp_ohm": position.proximity_ohm}


def _at(connector: int | None, verb: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    return given if verb in WITHOUT_CONNECTOR or connector is None else {"connector": connector, **given}
