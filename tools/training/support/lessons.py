"""Which case a number, a name or a seed stands for, what the customer says of it, and what is told on request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from agent.core.explain.links import Link, link_of
from agent.errors import AgentError
from tools.cases.drawn import drawn
from tools.cases.model import CARD, Case
from tools.cases.scripted import SCRIPTED
from tools.cases.staging import BEGINS_AFTER_S
from tools.simulate.run import Stage
from tools.training.talk import Lesson

SHOWS_AFTER_S = 20.0
AT_MOST_S = 200.0
"""Until the customer calls, whatever of the story is still to come: it goes on while the trainee is looking."""


class NoSuchLesson(AgentError):
    """The text says what there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """`words` is how it is called on the screen. `number` 0 is a drawn one. Blind: its name is shown nowhere."""

    case: Case
    number: int
    words: str

    @property
    def calls_after_s(self) -> float:
        """From the start of the charger until the customer calls."""
        if self.case.stands_s:
            return self.case.stands_s
        *before, last = self.case.acts
        whole_s = BEGINS_AFTER_S + sum(act.wait_s for act in before) + min(last.wait_s, SHOWS_AFTER_S)
        return min(whole_s, AT_MOST_S)

    @property
    def card(self) -> str:
        """What the driver of this story has in his pocket."""
        shown = [act.given["token"] for act in self.case.acts if act.verb == "swipe"]
        return str(shown[-1]) if shown else CARD


def numbered() -> tuple[Case, ...]:
    """The told ones by their numbers, from 1: not in the order in which they are written, which would tell of one by
    its neighbour. The order is always the same.
    """
    cases = list(SCRIPTED)
    Random("numbers").shuffle(cases)
    return tuple(cases)


def by_number(number: int) -> Pick:
    """Raises NoSuchLesson."""
    cases = numbered()
    if not 1 <= number <= len(cases):
        raise NoSuchLesson(f"there is no number {number}; there are 1 to {len(cases)}")
    return Pick(case=cases[number - 1], number=number, words=f"number {number} of {len(cases)}")


def by_name(name: str) -> Pick:
    """Raises NoSuchLesson."""
    for number, case in enumerate(numbered(), 1):
        if case.name == name:
            return Pick(case=case, number=number, words=name)
    raise NoSuchLesson(f'there is no "{name[:60]}"; --list shows what there is, and a number picks one unseen')


def by_seed(seed: int) -> Pick:
    return Pick(case=drawn(seed), number=0, words=f"seed {seed}")


def after(pick: Pick, seed: int) -> Pick:
    """The next one. `seed` is that of a drawn pick."""
    if not pick.number:
        return by_seed(seed)
    return by_number(pick.number % len(numbered()) + 1)


def kept_from(pick: Pick, *, is_root: bool) -> str:
    """Why this user cannot play it; "" where he can."""
    if pick.case.small_disk and not is_root:
        return f"{pick.words} needs a small file system of its own, which only root may mount"
    return ""


def lesson(case: Case, device: str) -> Lesson:
    """What helps, from the least to the cause itself."""
    return Lesson(hints=tuple(_hints(case, device)), solution=solution(case))


def solution(case: Case) -> str:
    """The cause, and what names it in `explain` and `show`."""
    beside = f", with {' or '.join(map(repr, case.words))} in its words" if case.words else ""
    return f"{case.cause}\n  It is named by {' or '.join(case.keys)}{beside}."


def _hints(case: Case, device: str) -> Iterator[str]:
    yield f"`fleet` tells what is not well; `explain {device}` and `show {device}` tell why. Read the headline first."
    links = {link for key in case.keys if (link := _link(key)) is not None}
    if links:
        yield f"Of the chain in `explain`, look at: {', '.join(sorted(link.value for link in links))}."
    else:
        yield "It is none of the links of the chain: look at what `show` says of the charger itself."
    families = sorted({key.removeprefix("fault.").partition(".")[0] for key in case.keys})
    yield f"The reason's key begins with {' or '.join(families)}."


def _link(key: str) -> Link | None:
    try:
        return link_of(key)
    except KeyError:
        return None


def symptom(case: Case, stage: Stage) -> str:
    """What somebody says on the telephone. Of a drawn case that is no more than can be seen on site."""
    if case.story:
        return case.story
    outlet = stage.rig.world.outlets[case.connector]
    where = f"outlet {case.connector}"
    if any(outlet.phase_ma()):
        return f"I look after the place. A car is charging at {where}, but something is not as it should be."
    cards = sum(act.verb == "swipe" for act in case.acts)
    if cards > 1:
        return f"I was charging at {where}, and then something was wrong."
    return f"I am plugged in at {where} and have shown my card, and no current comes."
