"""Questions for one table of the board file, from the dataclass it is bound to: a new driver needs none of its own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from agent.drivers import loader
from agent.table_schema import Schema, schema_of
from agent.tables import Among, TableProblem, bind, hints_of
from tools.new_board.asking import Question, Source, WrongAnswer, ask, several

MORE = "more"
NONE = "none"


class Table:
    """One table while it is asked for: keys as they stand in the file."""

    def __init__(self, source: Source, at: str, kind: type[Any]) -> None:
        self.values: dict[str, object] = {}
        self._source = source
        self._prefix = f"{at}." if at else ""
        self._kind = kind
        self._schema = schema_of(kind)

    def required(self, *, but: Iterable[str] = ()) -> list[str]:
        return [key for key in self._schema.get("required", []) if key not in but]

    def optional(self, *, but: Iterable[str] = ()) -> list[str]:
        return [key for key in self._schema["properties"] if key not in (*self._schema.get("required", []), *but)]

    def ask_all(self, *, but: Iterable[str] = ()) -> None:
        """What must be said, and what somebody wants to say besides."""
        for key in self.required(but=but):
            self.ask(key)
        further = self.optional(but=but)
        mentioned = [key for key in further if self._source.mentions(f"{self._prefix}{key}")]
        for key in mentioned or self._more(further):
            self.ask(key)

    def _more(self, further: list[str]) -> list[str]:
        if not further:
            return []
        text = f"other settings ({', '.join(further)}), parted by commas"
        return several(self._source, Question(key=f"{self._prefix}{MORE}", text=text, default=NONE), further)

    def ask(self, key: str) -> None:
        """One value, until the table takes it."""
        schema = self._schema["properties"][key]
        question = Question(
            key=f"{self._prefix}{key}",
            text=f"{self._prefix}{key}{_words(schema)}{_known(hints_of(self._kind)[key])}",
            default=_default(schema),
            choices=tuple(map(str, schema.get("enum", ()))),
        )

        def read(typed: str) -> object:
            value = _value(typed, schema)
            for problem in bind(self._kind, {key: value})[1]:
                if problem.key[:1] == (key,):
                    raise WrongAnswer(problem.what)
            return value

        self.values[key] = ask(self._source, question, read)

    def settle(self, problems: Iterable[TableProblem]) -> bool:
        """Ask again for what these problems are of. Whether there was one of a key that can be asked for."""
        keys = {}
        for problem in problems:
            key = str(problem.key[0]) if problem.key else ""
            known = key if key in self._schema["properties"] else next(iter(self.values), "")
            self._source.refuse(Question(key=f"{self._prefix}{known}", text=""), problem.what)
            keys[known] = True
        for key in filter(None, keys):
            self.ask(key)
        return bool(keys)


def driver_table(
    source: Source, at: str, interface: str, name: str, *, given: Mapping[str, object]
) -> dict[str, object]:
    """The options of a driver or, for the interface "bus", of a bus, as its own check takes them."""
    table = Table(source, at, loader.options_of(interface, name))
    table.values |= given
    table.ask_all(but=given)
    while table.settle(_problems(interface, name, table.values)):
        pass
    return table.values


def _problems(interface: str, name: str, values: Mapping[str, object]) -> tuple[TableProblem, ...]:
    if interface == "bus":
        return loader.check_bus(name, values)
    return loader.check_driver(interface, name, values, None)


def _known(hint: Any) -> str:
    """The names there are, where only some are taken."""
    names = [name for rule in getattr(hint, "__metadata__", ()) if isinstance(rule, Among) for name in rule.known()]
    return f": {', '.join(names)}" if names else ""


def _words(schema: Schema) -> str:
    words = schema.get("description", "")
    return f" ({words})" if words else ""


def _default(schema: Schema) -> str | None:
    default = schema.get("default")
    return None if default is None else str(default).lower() if isinstance(default, bool) else str(default)


def _value(typed: str, schema: Schema) -> object:
    """As TOML reads it, with what people type for true and without the quotes of a text."""
    if schema.get("type") == "string" or all(isinstance(choice, str) for choice in schema.get("enum", [0])):
        return typed.strip('"')
    if schema.get("type") == "boolean" and typed.lower() in ("y", "yes", "n", "no"):
        return typed.lower().startswith("y")
    try:
        return tomllib.loads(f"value = {typed}")["value"]
    except tomllib.TOMLDecodeError:
        return typed
