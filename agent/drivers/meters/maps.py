"""Register maps: one file `maps/<id>.toml` for each family of meters; to add a meter is to add a file.

Keys of a file:
  vendor, models, phases     what it is
  sources                    where the addresses come from
  word_order                 "big" or "little", for values of several registers
  max_current_a              what it can measure; readings above 1.3 times that are refused
  step_wh                    the least the energy register can move
  pause_ms, answer_timeout_ms   silence in front of a request; time to its first byte
  plans                      lists of blocks [function, address, count]; the first that works is used
  not_available.<type>       raw pattern that means "no value"
  points.<name>              function, address, type, scale to the unit (V, A, W, Wh, Hz), registers (texts only)
  identity.blocks            what is read once to know the device; identity.models what must be found there
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated

from agent.drivers.meters.decode import REGISTERS, Kind, WordOrder, decode, scaled, whole_wh
from agent.drivers.modbus.block import REGISTERS_AT_MOST, Block
from agent.errors import ConfigError
from agent.tables import OneOf, Within, bind
from agent.values import frozen

FOLDER = Path(__file__).parent / "maps"

BlockNumbers = tuple[int, ...]
Value = int | float | str | None


@frozen(kw_only=True)
class Point:
    """One value of the meter. Names that begin with energy_ are counters: integer Wh."""

    function: Annotated[int, OneOf((3, 4))]
    address: Annotated[int, Within(0, 0xFFFF)]
    type: Kind
    scale: float = 1.0
    registers: int | None = None

    @property
    def count(self) -> int:
        """Registers it takes."""
        return self.registers or REGISTERS[self.type]


@frozen(kw_only=True)
class Model:
    """A device that this map fits, known by one point."""

    name: str
    point: str
    equals: tuple[int, ...] = ()
    starts_with: str = ""

    def fits(self, value: Value) -> bool:
        if isinstance(value, str):
            return bool(self.starts_with) and value.startswith(self.starts_with)
        return value in self.equals


@frozen(kw_only=True)
class Identity:
    blocks: tuple[BlockNumbers, ...]
    models: tuple[Model, ...]


@frozen(kw_only=True)
class _MapTable:
    """A map file as it is written."""

    vendor: str
    models: tuple[str, ...]
    phases: Annotated[int, OneOf((1, 3))]
    sources: tuple[str, ...]
    word_order: WordOrder
    max_current_a: float
    step_wh: float
    pause_ms: int
    answer_timeout_ms: int
    plans: tuple[tuple[BlockNumbers, ...], ...]
    points: Mapping[str, Point]
    identity: Identity
    not_available: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@frozen(kw_only=True)
class MeterMap:
    """What the driver knows of one family of meters."""

    id: str
    vendor: str
    max_current_a: float
    step_wh: float
    pause_s: float
    answer_timeout_s: float
    word_order: WordOrder
    plans: tuple[tuple[Block, ...], ...]
    identity_blocks: tuple[Block, ...]
    models: tuple[Model, ...]
    points: Mapping[str, Point]
    not_available: Mapping[Kind, int]

    def values(self, block: Block, registers: Sequence[int], only: frozenset[str] | None = None) -> dict[str, Value]:
        """Every point that lies in `block`, or those of them named in `only`; None where the meter gives no value."""
        return {
            name: self._value(name, point, registers[place])
            for name, point, place in _places(self, block)
            if only is None or name in only
        }

    def _value(self, name: str, point: Point, registers: Sequence[int]) -> Value:
        raw = decode(registers, point.type, self.word_order, self.not_available.get(point.type))
        if raw is None or isinstance(raw, str):
            return raw
        if name.startswith("energy_"):
            return whole_wh(raw, point.scale, point.type)
        return raw if isinstance(raw, int) and point.scale == 1 else scaled(raw, point.scale)


_PLACES: dict[tuple[str, Block], tuple[tuple[str, Point, slice], ...]] = {}


def _places(meter: MeterMap, block: Block) -> tuple[tuple[str, Point, slice], ...]:
    """Which points lie in a block, and where. Found once: the same blocks are read every second for years."""
    known = _PLACES.get((meter.id, block))
    if known is None:
        known = _PLACES[meter.id, block] = tuple(
            (name, point, slice(point.address - block.address, point.address - block.address + point.count))
            for name, point in meter.points.items()
            if block.holds(point.function, point.address, point.count)
        )
    return known


def known_maps() -> list[str]:
    """The ids a board may use."""
    return sorted(file.stem for file in FOLDER.glob("*.toml"))


def load_map(id: str) -> MeterMap:
    """The map of this id, one of `known_maps`. Raises ConfigError for a file of ours that is wrong."""
    file = FOLDER / f"{id}.toml"
    written, problems = bind(_MapTable, tomllib.loads(file.read_text(encoding="utf-8")))
    if written is None:
        raise ConfigError(tuple(f"{file}: {'.'.join(map(str, one.key))}: {one.what}" for one in problems))
    return MeterMap(
        id=id,
        vendor=written.vendor,
        max_current_a=written.max_current_a,
        step_wh=written.step_wh,
        pause_s=written.pause_ms / 1000,
        answer_timeout_s=written.answer_timeout_ms / 1000,
        word_order=written.word_order,
        plans=tuple(_blocks(plan) for plan in written.plans),
        identity_blocks=_blocks(written.identity.blocks),
        models=written.identity.models,
        points=written.points,
        not_available={Kind(kind): _pattern(Kind(kind), raw) for kind, raw in written.not_available.items()},
    )


def _pattern(kind: Kind, written: int) -> int:
    """The bits of a number that TOML may have to write as a negative one."""
    return written & ((1 << 16 * REGISTERS[kind]) - 1)


def _blocks(plan: tuple[BlockNumbers, ...]) -> tuple[Block, ...]:
    blocks = tuple(Block(*numbers) for numbers in plan)
    assert all(1 <= block.count <= REGISTERS_AT_MOST for block in blocks)
    return blocks
