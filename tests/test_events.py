"""The list of events against everybody who tells one, read from the source and heard in a charge."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from agent.core.session.events import TokenPresented
from agent.event_kinds import UNITS, EventKind
from agent.events import EVENTS, misfit
from tests.core.session.station import CARD, RecordingStation, charging
from tools.code_shape import read_modules
from tools.generate_events import PAGE, page

PASSES_ON = frozenset({"agent.core.session.turn", "agent.connector.perform", "agent.station.station"})
"""Modules whose own functions take a name from their caller; the callers are read instead."""
KEEPS = "agent.store.journal"
"""Reads back what was told before, names of older versions included."""
TELLERS = frozenset({"tell", "News", "Tell"})


@dataclass(frozen=True, slots=True)
class Telling:
    """One place in the source that tells an event; `name` None where it is not written there."""

    where: str
    name: str | None
    fields: tuple[str, ...] | None
    """None where they are not written there."""


@cache
def tellings() -> tuple[Telling, ...]:
    """All of the agent's, read once."""
    return tuple(_tellings())


def _tellings() -> Iterator[Telling]:
    for module in read_modules("agent").values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and callee(node) in TELLERS and (telling := read(node, module.name)):
                yield telling


def callee(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def read(call: ast.Call, module: str) -> Telling | None:
    """None for a `tell` of something else than an event, such as of a News that was built elsewhere."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    where = f"{module}:{call.lineno}"
    if is_told_to_a_person(call):
        return None
    if callee(call) != "tell":
        return Telling(where, text_of(keywords.get("name")), pairs(keywords.get("fields")))
    name = text_of(call.args[0]) if call.args else None
    if name is None:
        return None
    return Telling(where, name, None if None in keywords else tuple(word for word in keywords if word))


def is_told_to_a_person(call: ast.Call) -> bool:
    """`bench.person.tell("…")`: words for whoever stands at the charger, and no event."""
    whom = call.func.value if isinstance(call.func, ast.Attribute) else None
    name = whom.attr if isinstance(whom, ast.Attribute) else getattr(whom, "id", "")
    return callee(call) == "tell" and name in ("person", "_person")


def text_of(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def pairs(node: ast.expr | None) -> tuple[str, ...] | None:
    """The field names of `(("energy_wh", 5), …)`."""
    if node is None:
        return ()
    if not isinstance(node, ast.Tuple):
        return None
    names = [text_of(pair.elts[0]) for pair in node.elts if isinstance(pair, ast.Tuple)]
    return tuple(name for name in names if name)


def test_the_reader_of_the_source_sees_each_way_to_tell() -> None:
    calls = [
        "turn.tell('a.b', x=1)",
        "News(name='a.b', at=now, fields=(('x', 1),))",
        "Tell(name='a.b')",
        "News(name=n)",
        "bench.person.tell('words')",
    ]

    seen = [read(node, "m") for text in calls if isinstance(node := ast.parse(text, mode="eval").body, ast.Call)]

    assert [(each.name, each.fields) for each in seen if each] == [
        ("a.b", ("x",)),
        ("a.b", ("x",)),
        ("a.b", ()),
        (None, ()),
    ]


def test_every_event_that_is_told_is_in_the_table_with_its_fields() -> None:
    wrong = [f"{telling.where}: {problem}" for telling in tellings() if (problem := judged(telling))]

    assert wrong == []


def judged(telling: Telling) -> str:
    """What is wrong with it; fields that the source does not spell out are not judged."""
    if telling.name is None:
        return ""
    return misfit(telling.name, known(telling.name) if telling.fields is None else telling.fields)


def known(name: str) -> tuple[str, ...]:
    return tuple(field.name for field in EVENTS[name].fields) if name in EVENTS else ()


def test_names_are_written_where_an_event_is_told() -> None:
    unwritten = {telling.where.partition(":")[0] for telling in tellings() if telling.name is None}

    assert unwritten - PASSES_ON - {KEEPS} == set()


def test_every_event_of_the_table_is_told_somewhere() -> None:
    assert set(EVENTS) - {telling.name for telling in tellings()} == set()


@pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: kind.name)
def test_an_event_is_a_subject_and_what_became_of_it(kind: EventKind) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z]+", kind.name)
    assert kind.meaning.endswith(".") and "|" not in kind.meaning
    assert len({field.name for field in kind.fields}) == len(kind.fields)


def test_every_physical_quantity_has_its_unit() -> None:
    quantities = re.compile(r"(current|energy|register|power|voltage|duration|offered)")
    fields = [field for kind in EVENTS.values() for field in kind.fields if quantities.match(field.name)]

    assert fields
    assert [field.name for field in fields if field.unit not in UNITS.values()] == []


def test_a_misfit_is_explained() -> None:
    assert misfit("plug.inserted", ()) == ""
    assert misfit("plug.eaten", ()) == "plug.eaten is no event of agent/events.py"
    assert misfit("fault.cleared", ("code",)) == "fault.cleared does not know code and needs id"


def test_what_a_charge_tells_fits_the_table_and_has_its_order() -> None:
    station = charging()
    station.feed(TokenPresented(CARD))
    station.advance(10)
    station.unplug()

    assert problems(station) == []
    assert [news.name for news in station.news if news.name.startswith(("plug.", "transaction.", "contactor."))] == [
        "plug.inserted",
        "transaction.started",
        "contactor.closed",
        "contactor.opened",
        "transaction.stopped",
        "plug.removed",
    ]


def problems(station: RecordingStation) -> list[str]:
    return [problem for news in station.news if (problem := misfit(news.name, [name for name, _ in news.fields]))]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(EVENTS.values()), "run python -m tools.generate_events"
