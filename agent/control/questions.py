"""Questions of a self-test or a commissioning as they go over the control socket: JSON inside an Ask. Pure.

A program can answer them as well as a person: each has a key, by which files of answers know it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.papers import tests_on_paper
from agent.core.commissioning.steps import LEFT_BLANK, WANTED
from agent.core.commissioning.typed_number import NotTaken, number_of
from agent.core.identity import ConnectorId
from agent.selftest.bench import AdapterPosition, Diode, Question
from agent.values import frozen

SKIP = "skip"
"""The answer that declines, alone or with a reason behind it."""
YES, NO = "yes", "no"
PROOF = "proof"
"""The key under which a proof is asked for; its answer is hexadecimal digits."""
PRESENCE = "power.watched"
ADAPTER = "adapter"
DONE = "done"
SIGNED = "ST910.signed"
FORMS = {
    "handover.support_link": (r"-|https?://[^\s/]+\.\S+", "no address of a page; write it as https://help.example/12"),
    "handover.support_until": (r"-|[0-9]{4}-(0[1-9]|1[0-2])", "no month; write it as 2034-12"),
}
"""What an answer has to look like, and what is said of one that does not: it is printed for the owner."""


@frozen(kw_only=True)
class Asked:
    """A question at the other end. `adapter`: how to set it; `challenge`: what to prove the local key with.

    `connector`: where the test is that asks, so that a file can have another value for each.
    """

    question: Question
    connector: int | None = None
    adapter: AdapterPosition | None = None
    challenge: bytes | None = None


def encoded(asked: Asked) -> str:
    """One line of JSON."""
    question = asked.question
    content: dict[str, Any] = {"key": question.key, "text": question.text}
    if question.unit:
        content["unit"] = question.unit
    if question.choices:
        content["choices"] = list(question.choices)
    for name, value in (("default", question.default), ("low", question.low), ("high", question.high)):
        if value is not None:
            content[name] = value
    if asked.connector is not None:
        content["connector"] = asked.connector
    if asked.adapter is not None:
        content["adapter"] = _position(asked.adapter)
    if asked.challenge is not None:
        content["challenge"] = asked.challenge.hex()
    return json.dumps(content, ensure_ascii=False)


def decoded(text: str) -> Asked | None:
    """None for what is no question of this kind."""
    try:
        content = json.loads(text)
    except ValueError:
        return None
    match content:
        case {"key": str(key), "text": str(words)}:
            pass
        case _:
            return None
    question = Question(
        key=key,
        text=words,
        unit=str(content.get("unit", "")),
        choices=tuple(str(one) for one in content.get("choices", ())),
        default=content.get("default"),
        low=content.get("low"),
        high=content.get("high"),
    )
    position, challenge = content.get("adapter"), content.get("challenge")
    return Asked(
        question=question,
        connector=content.get("connector"),
        adapter=None if position is None else _read_position(position),
        challenge=None if challenge is None else bytes.fromhex(challenge),
    )


def _position(position: AdapterPosition) -> dict[str, Any]:
    return {
        "state": position.state,
        "diode": position.diode.value,
        "has_earth": position.has_earth,
        "proximity_ohm": position.proximity_ohm,
        "load_a": position.load_a,
        "load_phases": position.load_phases,
        "load_phase": position.load_phase,
        "connector": position.connector,
    }


def _read_position(content: dict[str, Any]) -> AdapterPosition:
    return AdapterPosition(**{**content, "diode": Diode(content["diode"])})


def in_words(position: AdapterPosition, came_from: ConnectorId | None = None) -> str:
    """What a person does with the adapter and its knobs. `came_from`: the connector in which it is, None: in none."""
    at = position.connector
    if position.state == "out":
        return "Take the adapter out" if at is None else f"Take the adapter out of connector {at}"
    words = [_brought(position.state, at, came_from)]
    match position.diode:
        case Diode.BYPASSED:
            words.append("its diode bypassed")
        case Diode.OPEN:
            words.append("its diode open")
        case Diode.OK:
            pass
    if not position.has_earth:
        words.append("with the button for lost earth held")
    if position.proximity_ohm is not None:
        words.append(f"proximity contact at {_ohm(position.proximity_ohm)}")
    if position.load_a:
        several = "1 phase" if position.load_phases == 1 else f"{position.load_phases} phases"
        where = f"on L{position.load_phase}" if position.load_phase else f"on {several}"
        words.append(f"with a load of {position.load_a:g} A {where}")
    return ", ".join(words)


def _brought(state: str, at: ConnectorId | None, came_from: ConnectorId | None) -> str:
    if at is None:
        return f"Set the adapter to {state}"
    if at == came_from:
        return f"Set the adapter in connector {at} to {state}"
    if came_from is None:
        return f"Plug the adapter into connector {at} and set it to {state}"
    return f"Take the adapter out of connector {came_from}, plug it into connector {at} and set it to {state}"


def _ohm(ohm: float) -> str:
    if ohm <= 1:
        return "0 Ω (shorted)"
    return "open" if ohm >= 1e6 else f"{ohm:g} Ω"


def problem_of(question: Question, answer: str) -> str:
    """Why an answer will not do, and what will; "" where it does."""
    if question.choices:
        if answer in question.choices:
            return ""
        return f'"{answer[:40]}" is none of {", ".join(question.choices)}'
    if not question.unit:
        is_wanted = question.key in WANTED
        if not answer.strip() or (is_wanted and answer.strip() == LEFT_BLANK):
            way_out = "" if is_wanted else f"; or: {SKIP} and why"
            return f"something has to be written{way_out}"
        form = FORMS.get(question.key)
        return "" if form is None or re.fullmatch(form[0], answer.strip()) else f'"{answer[:40]}" is {form[1]}'
    try:
        number_of(answer, question.unit, question.low, question.high)
    except NotTaken as error:
        return str(error)
    return ""


def is_of_this_moment(key: str) -> bool:
    """Whether the answer tells what somebody does or sees just now: what was typed before it was asked is none."""
    test = key.partition(".")[0]
    is_act = test in catalogue() and test not in tests_on_paper()
    return is_act or key in (PRESENCE, ADAPTER, SIGNED) or key.startswith("plan.")


def is_declined(answer: str) -> bool:
    return answer.split(maxsplit=1)[:1] == [SKIP]


def reason_of(answer: str) -> str:
    """Why somebody declined, in their words."""
    return answer.partition(SKIP)[2].strip(" :") or "the person on site left it out"
