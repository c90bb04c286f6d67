"""Register maps: one file `maps/<id>.toml` for each family of meters; to add a meter is to add a file.

Keys of a file:
  vendor, models, phases     what it is
  factory_line               "9600 8N1": baud, data bits, parity, stop bits; left out where the order decides, or TCP
  sources                    where the addresses come from
  word_order                 "big" or "little", for values of several registers
  max_current_a              what it can measure; readings above 1.3 times that are refused
  step_wh                    the least the energy register can move; more where the meter tells a greater power of ten
  power_slack_w              by how much a phase may tell more power than its volts and amperes make; 50 where left out
  pause_ms, answer_timeout_ms   silence in front of a request; time to its first byte
  plans                      lists of blocks [function, address, count]; the first that works is used
  not_available.<type>       raw patterns that mean "no value"
  points.<name>              function, address, type, scale to the unit (V, A, W, Wh, Hz), registers (texts only);
                             exponent: the point of the same block that holds the power of ten it is multiplied by
  identity.blocks            what is read to know the device; identity.optional_blocks what it may refuse
  identity.models            what must be found there; nothing else reads the same
  identity.likely            what is good enough as long as no other map of the vendor knows the device by its models
  sunspec.models             addresses count from the header of such a SunSpec model (agent/drivers/meters/sunspec.py)
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cache
from pathlib import Path
from typing import Annotated

from agent.drivers.meters.decode import REGISTERS, Kind, WordOrder, decode, scaled, whole_wh
from agent.drivers.modbus.block import REGISTERS_AT_MOST, Block
from agent.errors import ConfigError
from agent.tables import OneOf, Spelled, Within, bind
from agent.values import frozen

FOLDER = Path(__file__).parent / "maps"

EXPONENTS = range(-10, 11)
"""Powers of ten that a meter may tell (SunSpec, type sunssf); another one is no exponent, and its value no value."""

IMPORT = "energy_import_total"
"""The register that is billed."""

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
    exponent: str = ""
    """Name of the point that tells the power of ten; read with this one, since some meters change it with the load."""

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
    between: tuple[float, ...] = ()
    """Lowest and highest, both included: a number that makes sense there and hardly elsewhere, as a mains voltage."""

    def fits(self, value: Value) -> bool:
        """Whether a device that tells `value` at the point is this one."""
        if isinstance(value, str):
            return bool(self.starts_with) and value.startswith(self.starts_with)
        if value is not None and self.between:
            return self.between[0] <= value <= self.between[-1]
        return value in self.equals


@frozen(kw_only=True)
class Identity:
    blocks: tuple[BlockNumbers, ...] = ()
    optional_blocks: tuple[BlockNumbers, ...] = ()
    models: tuple[Model, ...] = ()
    likely: tuple[Model, ...] = ()


@frozen(kw_only=True)
class SunSpec:
    """Ids of the SunSpec models that share the layout of a map."""

    models: tuple[int, ...]


@frozen(kw_only=True)
class MapTable:
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
    factory_line: Annotated[str, Spelled(r"\d+ 8[NEO][12]", "write baud, data bits, parity and stop bits")] = ""
    identity: Identity = Identity()
    power_slack_w: float = 50.0
    sunspec: SunSpec = SunSpec(models=())
    not_available: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@frozen(kw_only=True)
class MeterMap:
    """What the driver knows of one family of meters."""

    id: str
    vendor: str
    phases: int
    max_current_a: float
    step_wh: float
    power_slack_w: float
    pause_s: float
    answer_timeout_s: float
    factory_line: str
    """As in the file; empty where there is none to tell."""
    word_order: WordOrder
    plans: tuple[tuple[Block, ...], ...]
    identity_blocks: tuple[Block, ...]
    optional_identity_blocks: tuple[Block, ...]
    models: tuple[Model, ...]
    likely: tuple[Model, ...]
    sunspec_models: tuple[int, ...]
    """Empty for a map whose addresses are the wire's."""
    points: Mapping[str, Point]
    not_available: Mapping[Kind, frozenset[int]]
    places: dict[Block, tuple[_Place, ...]] = field(default_factory=dict, compare=False)
    """Which points lie in a block, and where. Found once: the same blocks are read every second for years."""

    def values(self, block: Block, registers: Sequence[int], only: frozenset[str] | None = None) -> dict[str, Value]:
        """Every point that lies in `block`, or those of them named in `only`; None where the meter gives no value."""
        return {
            name: self._value(
                name, point, registers[place], 0 if exponent is None else self._exponent(registers[exponent])
            )
            for name, point, place, exponent in _places(self, block)
            if only is None or name in only
        }

    def register_step_wh(self, heard: Mapping[Block, Sequence[int]]) -> float:
        """The least that the import register moves, by these answers: some meters tell its power of ten beside it."""
        point = self.points.get(IMPORT)
        for block, registers in heard.items() if point is not None and point.exponent else ():
            for name, found, _, exponent in _places(self, block):
                power = self._exponent(registers[exponent]) if name == IMPORT and exponent is not None else None
                if power is not None:
                    return max(self.step_wh, found.scale * 10.0**power)
        return self.step_wh

    def at(self, address: int) -> MeterMap:
        """The map of a SunSpec model whose header is at `address` on the wire."""
        return replace(
            self,
            id=f"{self.id} at {address}",
            plans=tuple(tuple(_moved(block, address) for block in plan) for plan in self.plans),
            points={name: replace(point, address=point.address + address) for name, point in self.points.items()},
            places={},
        )

    def turned(self) -> MeterMap:
        """The map of the same meter set to the other order of words."""
        other = WordOrder.LITTLE if self.word_order is WordOrder.BIG else WordOrder.BIG
        return replace(self, id=f"{self.id} turned", word_order=other, places={})

    def _value(self, name: str, point: Point, registers: Sequence[int], exponent: int | None) -> Value:
        raw = self._raw(registers, point.type)
        if raw is None or isinstance(raw, str):
            return raw
        if exponent is None:
            return None
        scale = point.scale * 10**exponent if exponent >= 0 else point.scale / 10**-exponent
        if name.startswith("energy_"):
            return whole_wh(raw, scale, point.type)
        return raw if isinstance(raw, int) and scale == 1 else scaled(raw, scale)

    def _exponent(self, registers: Sequence[int]) -> int | None:
        raw = self._raw(registers, Kind.S16)
        return raw if isinstance(raw, int) and raw in EXPONENTS else None

    def _raw(self, registers: Sequence[int], kind: Kind) -> Value:
        return decode(registers, kind, self.word_order, self.not_available.get(kind, _NO_PATTERN))


_NO_PATTERN: frozenset[int] = frozenset()
_Place = tuple[str, Point, slice, slice | None]
"""A point in a block: where its registers are, and where its exponent is."""


def _places(meter: MeterMap, block: Block) -> tuple[_Place, ...]:
    known = meter.places.get(block)
    if known is None:
        known = meter.places[block] = tuple(_found_places(meter, block))
    return known


def _found_places(meter: MeterMap, block: Block) -> Iterator[_Place]:
    for name, point in meter.points.items():
        place = _place(point, block)
        exponent = _place(meter.points[point.exponent], block) if point.exponent else None
        if place is not None and (exponent is not None or not point.exponent):
            yield name, point, place, exponent


def _place(point: Point, block: Block) -> slice | None:
    first = point.address - block.address
    return slice(first, first + point.count) if block.holds(point.function, point.address, point.count) else None


def known_maps() -> list[str]:
    """The ids a board may use."""
    return sorted(file.stem for file in FOLDER.glob("*.toml"))


@cache
def maps_of(vendor: str) -> list[str]:
    """The ids of a vendor's maps; found without reading them, which takes milliseconds for each."""
    line = f'\nvendor = "{vendor}"\n'
    return [id for id in known_maps() if line in "\n" + (FOLDER / f"{id}.toml").read_text(encoding="utf-8")]


@cache
def load_map(id: str) -> MeterMap:
    """The map of this id, one of `known_maps`. Raises ConfigError for a file of ours that is wrong."""
    file = FOLDER / f"{id}.toml"
    written, problems = bind(MapTable, tomllib.loads(file.read_text(encoding="utf-8")))
    if written is None:
        raise ConfigError(tuple(f"{file}: {'.'.join(map(str, one.key))}: {one.what}" for one in problems))
    return made(id, written)


def made(id: str, written: MapTable) -> MeterMap:
    """The map of a table that `map_checks` finds nothing wrong with. `id` is what messages call it."""
    return MeterMap(
        id=id,
        vendor=written.vendor,
        phases=written.phases,
        max_current_a=written.max_current_a,
        step_wh=written.step_wh,
        power_slack_w=written.power_slack_w,
        pause_s=written.pause_ms / 1000,
        answer_timeout_s=written.answer_timeout_ms / 1000,
        factory_line=written.factory_line,
        word_order=written.word_order,
        plans=tuple(_blocks(plan) for plan in written.plans),
        identity_blocks=_blocks(written.identity.blocks),
        optional_identity_blocks=_blocks(written.identity.optional_blocks),
        models=written.identity.models,
        likely=written.identity.likely,
        sunspec_models=written.sunspec.models,
        points=written.points,
        not_available={Kind(kind): _patterns(Kind(kind), raw) for kind, raw in written.not_available.items()},
    )


def _patterns(kind: Kind, written: tuple[int, ...]) -> frozenset[int]:
    """The bits of numbers that TOML may have to write as negative ones."""
    return frozenset(raw & ((1 << 16 * REGISTERS[kind]) - 1) for raw in written)


def _moved(block: Block, by: int) -> Block:
    return Block(block.function, block.address + by, block.count)


def _blocks(plan: tuple[BlockNumbers, ...]) -> tuple[Block, ...]:
    blocks = tuple(Block(*numbers) for numbers in plan)
    assert all(1 <= block.count <= REGISTERS_AT_MOST for block in blocks)
    return blocks
