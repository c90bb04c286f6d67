"""The questions of a whole board, in the order in which a person thinks of it. The choices are the registry's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.config.boards import NAMED_BY, BoardTable
from agent.core.control_pilot import WithoutAgent
from agent.drivers import loader
from tools.new_board.asking import NoAnswer, Question, Source, WrongAnswer, ask, choose
from tools.new_board.tables import NONE, Table, driver_table

MOST_CONNECTORS = 8
ELEMENTS_AT_MOST = 8
USUAL_NAMES = {"modbus_rtu": "rs485", "modbus_tcp": "network", "pilot_board": "pilot", "openevse": "evse"}
"""What a bus is mostly called; only a suggestion, any other kind is called after itself."""


class NewBoard:
    """The board file as a table, growing with each answer. Buses come into being where a device names them."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buses: dict[str, dict[str, object]] = {}
        self._taken_by_pilots: set[str] = set()
        self._lab_only = False

    def ask(self) -> dict[str, Any]:
        """Every question. Raises NoAnswer."""
        head = Table(self._source, "", BoardTable)
        for key in ("board", "vendor", "model", "rated_current_a", "phases"):
            head.ask(key)
        connectors = [self._connector(number) for number in range(1, self._count("connectors", 1, MOST_CONNECTORS) + 1)]
        station = {**self._optional("token_reader", "token_reader"), **self._elements("")}
        written: dict[str, Any] = dict(head.values)
        if self._lab_only:
            written["lab_only"] = True
        return {**written, "bus": self._buses, **station, "connector": connectors}

    def _count(self, key: str, default: int, most: int, least: int = 1) -> int:
        def read(typed: str) -> int:
            if not typed.isdecimal() or not least <= int(typed) <= most:
                raise WrongAnswer(f'"{typed}" is no number from {least} to {most}')
            return int(typed)

        return ask(
            self._source, Question(key=key, text=f"how many {key.replace('_', ' ')}", default=str(default)), read
        )

    def _connector(self, number: int) -> dict[str, Any]:
        at = f"connector.{number}"
        outlet = choose(
            self._source,
            Question(key=f"{at}.outlet", text=f"{at}: what the car is plugged into", default="tethered",
                     choices=("tethered", "socket")),
        )  # fmt: skip
        pilot = self._device(f"{at}.control_pilot", "control_pilot")
        self._taken_by_pilots.add(str(pilot.get("bus")))
        beside = pilot if pilot["driver"] in loader.known_drivers("contactor") else {}
        devices = {"control_pilot": pilot, "contactor": self._device(f"{at}.contactor", "contactor", beside=beside)}
        devices |= self._cut_off(at, devices["contactor"])
        if outlet == "socket":
            devices["lock"] = self._device(f"{at}.lock", "lock", beside=pilot)
        devices["meter"] = self._device(f"{at}.meter", "meter")
        devices |= self._optional(f"{at}.indicator", "indicator", beside=pilot)
        return {"id": number, "outlet": outlet, **devices, **self._elements(f"{at}.")}

    def _cut_off(self, at: str, contactor: Mapping[str, object]) -> dict[str, Any]:
        """What ends the power when the program is dead: asked only where the contactor does not."""
        bus = self._buses.get(str(contactor.get("bus")), {})
        match loader.without_agent(str(contactor["driver"]), bus):
            case WithoutAgent.OPENS:
                return {}
            case WithoutAgent.STAYS:
                cut_off = self._optional(f"{at}.cut_off", "cut_off")
                self._lab_only |= not cut_off
                return cut_off
            case WithoutAgent.BARE:
                self._lab_only = True
                return {}

    def _optional(self, at: str, interface: str, *, beside: Mapping[str, object] | None = None) -> dict[str, Any]:
        known = loader.known_drivers(interface)
        if not known:
            return {}
        default = beside["driver"] if beside and beside["driver"] in known else NONE
        driver = choose(
            self._source,
            Question(key=at, text=f"{at}: driver", default=str(default), choices=(NONE, *known)),
        )
        return {} if driver == NONE else {interface: self._with_options(at, interface, driver, beside or {})}

    def _device(self, at: str, interface: str, *, beside: Mapping[str, object] | None = None) -> dict[str, object]:
        """A device that must be there. `beside` is one that mostly is the same box."""
        known = loader.known_drivers(interface)
        if not known:
            raise NoAnswer(f"{at}: there is no driver of a {interface} yet")
        default = beside.get("driver") if beside else None
        if default not in known:
            default = known[0] if len(known) == 1 else None
        question = Question(
            key=at, text=f"{at}: driver", default=None if default is None else str(default), choices=tuple(known)
        )
        return self._with_options(at, interface, choose(self._source, question), beside or {})

    def _with_options(self, at: str, interface: str, driver: str, beside: Mapping[str, object]) -> dict[str, object]:
        given: dict[str, object] = {}
        if kinds := self._kinds(interface, driver):
            given["bus"] = self._bus(at, interface, kinds, beside)
        return {"driver": driver, **driver_table(self._source, at, interface, driver, given=given)}

    @staticmethod
    def _kinds(interface: str, name: str) -> tuple[str, ...]:
        """The kinds of bus it may be on; none where it has a wire of its own."""
        if "bus" not in Table(_NOBODY, "", loader.options_of(interface, name)).required():
            return ()
        return loader.bus_kinds_of(interface, name) or tuple(loader.known_buses())

    def _bus(self, at: str, interface: str, kinds: tuple[str, ...], beside: Mapping[str, object]) -> str:
        """The name of a bus that is there, or of a new one, which is then described."""
        fitting = [name for name, bus in self._buses.items() if bus["kind"] in kinds]
        mine = beside.get("bus")
        free = [name for name in fitting if interface != "control_pilot" or name not in self._taken_by_pilots]
        default = mine if mine in fitting else (free or [self._new_name(kinds[0])])[0]
        there_is = f"; there is {', '.join(fitting)}" if fitting else ""
        question = Question(
            key=f"{at}.bus", text=f"{at}.bus: its bus, a new name for a new one{there_is}", default=str(default)
        )

        def read(typed: str) -> str:
            if not typed.replace("_", "").replace("-", "").isalnum():
                raise WrongAnswer(f'"{typed}" is no name; write letters, digits, - and _')
            if typed in self._buses and typed not in fitting:
                kind = self._buses[typed]["kind"]
                raise WrongAnswer(f"{typed} is of kind {kind}, and {' or '.join(kinds)} is needed; name another")
            return typed

        name = ask(self._source, question, read)
        if name not in self._buses:
            self._describe(name, kinds)
        return name

    def _new_name(self, kind: str) -> str:
        name = USUAL_NAMES.get(kind, kind)
        return name if name not in self._buses else f"{name}{len(self._buses) + 1}"

    def _describe(self, name: str, kinds: tuple[str, ...]) -> None:
        at = f"bus.{name}"
        kind = kinds[0]
        if len(kinds) > 1:
            question = Question(key=f"{at}.kind", text=f"{at}.kind", default=kind, choices=kinds)
            kind = choose(self._source, question)
        given: dict[str, object] = {}
        if below := self._kinds("bus", kind):
            given["bus"] = self._bus(at, "bus", below, {})
        # Known from here on, so that a bus below it stands above it in the file.
        self._buses[name] = {"kind": kind, **driver_table(self._source, at, "bus", kind, given=given)}

    def _elements(self, prefix: str) -> dict[str, list[dict[str, object]]]:
        """Inputs and sensors, of the station or of one connector."""
        found = {}
        for interface, (naming, words) in NAMED_BY.items():
            if not loader.known_drivers(interface):
                continue
            count = self._count(f"{prefix}{interface}s", 0, ELEMENTS_AT_MOST, least=0)
            tables = [
                self._element(f"{prefix}{interface}.{place}", interface, naming, words) for place in range(1, count + 1)
            ]
            if tables:
                found[interface] = tables
        return found

    def _element(self, at: str, interface: str, naming: str, words: Any) -> dict[str, object]:
        choices = tuple(str(word.value) for word in words)
        word = choose(self._source, Question(key=f"{at}.{naming}", text=f"{at}.{naming}", choices=choices))
        return {naming: word, **self._device(at, interface)}


class _Nobody:
    """For looking at a table without asking."""

    def answer(self, question: Question) -> str:
        raise NoAnswer(question.key)

    def refuse(self, question: Question, why: str) -> None:
        """Nothing was asked."""

    def mentions(self, key: str) -> bool:
        return False


_NOBODY = _Nobody()
