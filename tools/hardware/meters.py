"""The part of docs/hardware.md about families of meters, from their maps."""

from __future__ import annotations

from collections.abc import Iterator

from agent.drivers.meters.map_files import read_map
from agent.drivers.meters.maps import FOLDER, MapTable, MeterMap, Model, known_maps, made
from agent.drivers.meters.pace import cycle_s, factory_byte_s
from agent.drivers.modbus.block import READ_HOLDING
from firmware_sim.meter_models import MODELS
from tools.hardware import evidence
from tools.hardware.drivers import boards_told, vectors_told
from tools.hardware.markdown import NONE, codes, facts, link, table

SHOWN_MODELS = 3


def overview() -> str:
    """Two tables, so that neither is wide."""
    maps = [(id, *_map(id)) for id in known_maps()]
    who = table(
        ("family", "models", "phases", "line from the factory", "known by"),
        [_who(id, written, meter) for id, written, meter in maps],
    )
    how = table(
        ("family", "requests", "registers", "functions", "one reading", "energy step", "vectors"),
        [_how(id, written, meter) for id, written, meter in maps],
    )
    return f"{who}{how}"


def sections() -> str:
    """What stands in no table: quirks and sources."""
    return "\n".join(_section(id, *_map(id)) for id in known_maps())


def _map(id: str) -> tuple[MapTable, MeterMap]:
    written = read_map(FOLDER / f"{id}.toml")
    return written, made(id, written)


def _who(id: str, written: MapTable, meter: MeterMap) -> tuple[str, ...]:
    more = len(written.models) - SHOWN_MODELS
    models = ", ".join(written.models[:SHOWN_MODELS]) + (f" and {more} more" if more > 0 else "")
    return link(id), f"{written.vendor} {models}", str(written.phases), meter.factory_line or NONE, _known_by(meter)


def _known_by(meter: MeterMap) -> str:
    if meter.sunspec_models:
        return f"SunSpec model {_or([str(model) for model in meter.sunspec_models])}"
    surely = _or(list(dict.fromkeys(f"`{model.point}`" for model in meter.models)))
    likely = _or([_likely(model) for model in meter.likely])
    return "; else ".join(filter(None, (surely, likely)))


def _likely(model: Model) -> str:
    if model.between:
        return f"`{model.point}` {model.between[0]:g}…{model.between[-1]:g}"
    return f"`{model.point}` = {_or([str(value) for value in model.equals]) or model.starts_with}"


def _how(id: str, written: MapTable, meter: MeterMap) -> tuple[str, ...]:
    plan = meter.plans[0]
    byte_s = factory_byte_s(meter)
    recorded = evidence.recorded_meter(id)
    vectors = NONE if recorded is None else f"{recorded.from_a_device + recorded.computed}"
    return (
        link(id),
        str(len(plan)),
        str(sum(block.count for block in plan)),
        " and ".join(str(function) for function in sorted({block.function for block in plan})),
        NONE if byte_s is None else f"{cycle_s(meter, byte_s) * 1000:.0f} ms",
        f"{written.step_wh:g} Wh",
        vectors,
    )


def _section(id: str, written: MapTable, meter: MeterMap) -> str:
    known = facts(
        [
            ("models", ", ".join(written.models)),
            ("boards", boards_told(evidence.boards_with_map(id))),
            ("rating", f"{written.max_current_a:g} A; readings above 1.3 times that are not believed"),
            ("numbers", _numbers(written)),
            ("asked for", "; or, where it refuses that: ".join(", ".join(plan) for plan in _plans(meter))),
            ("silence", f"{written.pause_ms} ms before a request; {written.answer_timeout_ms} ms to the first byte"),
            ("tested against", _tested(id)),
            ("sources", ", ".join(written.sources)),
        ]
    )
    quirks = "".join(f"- {remark}\n" for remark in written.remarks)
    return f"### {id}\n\n{known}**Quirks.**\n\n{quirks}"


def _numbers(written: MapTable) -> str:
    kinds = dict.fromkeys(point.type.value for point in written.points.values())
    first = "high" if written.word_order.value == "big" else "low"
    return f"{codes(kinds)}, {first} word first"


def _plans(meter: MeterMap) -> Iterator[tuple[str, ...]]:
    for plan in meter.plans:
        yield tuple(
            f"{'holding' if block.function == READ_HOLDING else 'input'} 0x{block.address:04X} × {block.count}"
            for block in plan
        )


def _tested(id: str) -> str:
    recorded = evidence.recorded_meter(id)
    simulated = "a simulated meter at the wire" if id in MODELS else ""
    return "; ".join(filter(None, (simulated, vectors_told(recorded) if recorded else ""))) or "nothing"


def _or(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
