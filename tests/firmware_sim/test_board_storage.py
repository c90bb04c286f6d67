"""A board's records outlive its world, whole or not at all; and boards built anywhere in their tolerances charge."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.arguments import BadArgument
from firmware_sim.board_kind import kind_of, kind_words
from firmware_sim.board_storage import FolderStorage
from firmware_sim.energy import MemoryRegisters, RegisterFile
from firmware_sim.firmware import load_module
from firmware_sim.pilot_board import PilotBoard
from firmware_sim.virtual_loop import run
from tests.firmware_sim.bench import bench, rig_of
from tests.searching import at_length

NAMES = st.sampled_from(["starts", "latched", "operations"])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=40) | st.none()), max_size=20))
def test_a_folder_is_a_mapping_that_outlives_its_object(tmp_path_factory: pytest.TempPathFactory, steps: list) -> None:  # type: ignore[type-arg]
    folder = tmp_path_factory.mktemp("board")
    model: dict[str, bytes] = {}
    for name, content in steps:
        if content is None:
            assert FolderStorage(folder).pop(name, b"") == model.pop(name, b"")
        else:
            FolderStorage(folder)[name] = model[name] = content

    assert dict(FolderStorage(folder)) == model


def test_a_half_written_record_is_not_seen(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage["latched"] = b"old"
    (tmp_path / "latched.new").write_bytes(b"ha")

    assert dict(storage) == {"latched": b"old"}


@pytest.mark.parametrize("in_files", [True, False])
def test_a_latched_fault_is_still_there_when_the_world_starts_again(in_files: bool, tmp_path: Path) -> None:
    memory = MemoryRegisters()

    async def life(*, breaks: bool) -> set[int]:
        registers = RegisterFile(tmp_path / "meter.json") if in_files else memory
        async with rig_of(tmp_path, registers=registers) as rig:
            board = rig.world.boards[1]
            assert isinstance(board, PilotBoard)
            await asyncio.sleep(3)
            if breaks:
                rig.world.outlet(1).parts.load_side.back_feed(230)
            await asyncio.sleep(10)
            return board.fault_codes()

    codes = load_module("fault_codes")
    assert codes.OUTPUT_LIVE in run(life(breaks=True))
    assert codes.OUTPUT_LIVE in run(life(breaks=False))


def test_another_board_in_its_place_has_kept_nothing(tmp_path: Path) -> None:
    async def main() -> tuple[bool, int]:
        async with bench(tmp_path) as at:
            await at.do("fault", name="output_live", connector=1)
            await asyncio.sleep(10)
            latched = bool(at.host.fault_codes)
            await at.do("heal")
            await at.do("fault", name="board_exchanged", connector=1)
            await asyncio.sleep(10)
            return latched, len(at.host.fault_codes)

    assert run(main()) == (True, 0)


def test_a_tethered_board_has_everything_but_a_socket() -> None:
    module = load_module("kind")
    tethered, socket = kind_of(kind_words(tethered=True)), kind_of(kind_words(tethered=False))

    assert not tethered.fits(module.SOCKET)
    assert socket.has == tethered.has | module.SOCKET
    assert tethered.fits(module.RESIDUAL_CURRENT | module.LOAD_SENSE | module.METERING | module.STORAGE)


def test_a_property_that_no_board_has_is_refused() -> None:
    with pytest.raises(BadArgument, match="kind: wings is no property of a board"):
        kind_words(tethered=True, given={"wings": 2})


@pytest.mark.parametrize("seed", range(at_length(8, 20)))
def test_a_world_out_of_its_tolerances_charges_without_a_fault(seed: int, tmp_path: Path) -> None:
    async def main() -> tuple[set[int], bool]:
        async with bench(tmp_path, seed=seed, spread=True) as at:
            await at.charging()
            await asyncio.sleep(600)
            return at.host.fault_codes, at.outlet.is_live

    assert run(main()) == (set(), True)
