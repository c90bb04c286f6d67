"""What is wrong with a register map beyond its spelling: reads that cannot be, values that no read brings. Pure.

The maps of this package are held to the same by tests; a file beside a board is checked whenever it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agent.drivers.meters.decode import REGISTERS, Kind
from agent.drivers.meters.maps import IMPORT, BlockNumbers, MapTable, Model, Point
from agent.drivers.meters.sample import USED
from agent.drivers.modbus.block import READ_HOLDING, READ_INPUT, REGISTERS_AT_MOST, Block
from agent.tables import KeyPath, TableProblem, close_to, nearest

NEEDED = (IMPORT, "power_total")
"""Without these nothing can be charged by."""
_L123 = ("l1", "l2", "l3")
QUANTITIES = frozenset(
    {f"{name}_{of}" for name in ("voltage", "current") for of in _L123}
    | {f"{name}power_{of}" for name in ("", "apparent_", "reactive_") for of in ("total", *_L123)}
    | {f"power_factor_{of}" for of in ("total", *_L123)}
    | {f"energy_{way}_{of}" for way in ("import", "export", "sum") for of in ("total", *_L123)}
    | {"current_n", "frequency"}
)
"""Names of values, in V, A, W, VA, var, Wh and Hz."""
ABOUT_ITSELF = frozenset({"serial_number", "firmware", "model", "manufacturer", "meter_code", "sunspec_model"})
ADDRESSES = 0x10000

_Blocks = list[tuple[KeyPath, BlockNumbers]]


def problems(written: MapTable) -> list[TableProblem]:
    """All there are; what follows from a block that is none is told once it is one."""
    found = [*_point_problems(written), *_block_problems(_all_blocks(written))]
    return found or [*_plan_problems(written), *_identity_problems(written)]


# --- single points and blocks


def _point_problems(written: MapTable) -> Iterator[TableProblem]:
    for name in NEEDED:
        if name not in written.points:
            yield TableProblem(("points",), f"{name} is missing; no charge can be measured without it")
    for name, point in written.points.items():
        at: KeyPath = ("points", name)
        yield from (TableProblem(at, what) for what in _misfits(point, written.points))
        if not _is_known(name, written):
            yield TableProblem(at, f"nothing asks for that name{nearest(name, sorted(QUANTITIES))}")
    for kind in written.not_available:
        if kind not in [one.value for one in Kind]:
            known = [one.value for one in Kind]
            yield TableProblem(("not_available", kind), f"there is no type {kind}{nearest(kind, known)}")


def _misfits(point: Point, points: Mapping[str, Point]) -> Iterator[str]:
    if point.type is Kind.ASCII and not point.registers:
        yield 'a text needs its length; add registers = N, as in { type = "ascii", registers = 8 }'
        return
    if point.type is not Kind.ASCII and point.registers not in (None, REGISTERS[point.type]):
        yield f"a value of type {point.type.value} takes {REGISTERS[point.type]} register(s); leave registers out"
    if point.address + point.count > ADDRESSES:
        yield f"it ends behind the last register, 0x{ADDRESSES - 1:04X}; check address and type"
    if point.scale == 0:
        yield "a scale of 0 makes every value 0; write what one step is worth"
    if point.exponent and point.exponent not in points:
        yield f'there is no point "{point.exponent}"{close_to(point.exponent, points)}; add it, or leave exponent out'


def _is_known(name: str, written: MapTable) -> bool:
    exponents = {point.exponent for point in written.points.values()}
    asked = {model.point for model in (*written.identity.models, *written.identity.likely)}
    return name in QUANTITIES | ABOUT_ITSELF | exponents | asked


def _block_problems(blocks: _Blocks) -> Iterator[TableProblem]:
    for at, numbers in blocks:
        if len(numbers) != 3:
            yield TableProblem(at, f"{list(numbers)} is no block; write [function, address, count], as [4, 0x0000, 76]")
            continue
        function, address, count = numbers
        if function not in (READ_HOLDING, READ_INPUT):
            yield TableProblem(at, f"function {function} reads no registers; write 3 (holding) or 4 (input)")
        if not 1 <= count <= REGISTERS_AT_MOST:
            yield TableProblem(at, f"{count} registers in one request; Modbus allows 1 to {REGISTERS_AT_MOST}")
        if address < 0 or address + count > ADDRESSES:
            yield TableProblem(at, f"it ends behind the last register, 0x{ADDRESSES - 1:04X}; check address and count")


def _all_blocks(written: MapTable) -> _Blocks:
    plans: _Blocks = [
        (("plans", place, index), block) for place, plan in enumerate(written.plans) for index, block in enumerate(plan)
    ]
    identity: _Blocks = [
        (("identity", key, index), block)
        for key in ("blocks", "optional_blocks")
        for index, block in enumerate(getattr(written.identity, key))
    ]
    return plans + identity


# --- what the requests bring


def _plan_problems(written: MapTable) -> Iterator[TableProblem]:
    if not written.plans:
        yield TableProblem(("plans",), "there is none; list the blocks to read, as plans = [[[4, 0x0000, 76]]]")
    for place, plan in enumerate(written.plans):
        at: KeyPath = ("plans", place)
        blocks = [Block(*numbers) for numbers in plan]
        brought = {name for name, point in written.points.items() if any(_holds(block, point) for block in blocks)}
        for name in sorted(USED & written.points.keys() - brought):
            yield TableProblem(at, f"no block brings {name}; make one longer, or add one")
        for block in blocks:
            yield from (TableProblem(at, what) for what in _parted(block, written.points))
        yield from (TableProblem(at, what) for what in _alike(blocks, written))


def _parted(block: Block, points: Mapping[str, Point]) -> Iterator[str]:
    """Values that come without their power of ten."""
    for name, point in points.items():
        if point.exponent and _holds(block, point) and not _holds(block, points[point.exponent]):
            yield f"{name} and its {point.exponent} are not in one block; they may change between two answers"


def _alike(blocks: list[Block], written: MapTable) -> Iterator[str]:
    """On a serial line nothing but its length tells a late answer from the one that is waited for."""
    register = written.points[IMPORT]
    its = [block for block in blocks if _holds(block, register)]
    if its and [block.count for block in blocks].count(its[0].count) > 1:
        yield (
            f"another block is as long as the one of {IMPORT} ({its[0].count} registers), so that a late "
            "answer could pass for it; make one of them longer"
        )


def _holds(block: Block, point: Point) -> bool:
    return block.holds(point.function, point.address, point.count)


# --- who it is


def _identity_problems(written: MapTable) -> Iterator[TableProblem]:
    identity, at = written.identity, "identity"
    models = [("models", index, model) for index, model in enumerate(identity.models)]
    models += [("likely", index, model) for index, model in enumerate(identity.likely)]
    if not models and not written.sunspec.models:
        yield TableProblem(
            (at,),
            "nothing tells this meter from another one at its address; add models with a point that no other has, or "
            'at least likely = [{ name = "…", point = "voltage_l1", between = [80, 300] }]',
        )
    blocks = [Block(*numbers) for numbers in (*identity.blocks, *identity.optional_blocks)]
    for key, index, model in models:
        yield from (TableProblem((at, key, index), what) for what in _unknowable(model, blocks, written.points))
    plans = {(numbers[0], numbers[2]) for plan in written.plans for numbers in plan}
    for where, numbers in _all_blocks(written):
        if where[0] == at and (numbers[0], numbers[2]) in plans:
            what = f"a block of a plan has {numbers[2]} registers too, so that a late answer could pass for this one"
            yield TableProblem(where, f"{what}; ask for one more")


def _unknowable(model: Model, blocks: list[Block], points: Mapping[str, Point]) -> Iterator[str]:
    if model.point not in points:
        yield f'there is no point "{model.point}"{close_to(model.point, points)}; add it under [points]'
    elif not any(_holds(block, points[model.point]) for block in blocks):
        yield f"no block of the identity brings {model.point}; add one to blocks"
    if not (model.equals or model.starts_with or model.between):
        yield 'it fits nothing; write equals = [NUMBER, …], starts_with = "TEXT" or between = [LOWEST, HIGHEST]'
