"""Ways to break contactor and board."""

from __future__ import annotations

from re import fullmatch

from firmware_sim.arguments import BadArgument, NotNow, within
from firmware_sim.contactor import POLES
from firmware_sim.ways.registry import Mend, sense_fault, turned, way
from firmware_sim.world import Board, World

REVISION = r"[0-9A-Za-z.-]{1,16}"
RESET_CAUSES = ("power", "watchdog", "brownout", "soft")


@way
def weld(
    world: World, connector: int, *, found_closed: bool = False, poles: int = POLES, pole: int | None = None
) -> Mend:
    """The main contacts stick: now if closed, else when they close next; `found_closed` sticks open ones closed.

    With fewer than three `poles` the others open; `pole` is the one, 1 to 3, that sticks alone.
    """
    within("poles", poles, 1, POLES)
    stuck = range(poles)
    if pole is not None:
        within("pole", pole, 1, POLES)
        stuck = range(pole - 1, pole)
    contactor = world.outlet(connector).contactor
    contactor.weld(found_closed=found_closed, poles=stuck)
    return contactor.unweld


@way
def no_close(world: World, connector: int) -> Mend:
    """The armature does not pull in."""
    contactor = world.outlet(connector).contactor
    contactor.block(True)
    return lambda: contactor.block(False)


@way
def mcu_hang(world: World, connector: int) -> Mend:
    """The board's program stands still, outputs as they are; mending is the watchdog's reset."""
    board = _board(world, connector)
    board.hang()
    return lambda: board.reset("watchdog")


@way
def mcu_reset(world: World, connector: int, *, cause: str = "brownout") -> None:
    """The board restarts with a new boot id; `cause` is "power", "watchdog", "brownout" or "soft"."""
    if cause not in RESET_CAUSES:
        raise BadArgument(f"cause: {cause!r} is not one of {', '.join(RESET_CAUSES)}")
    _board(world, connector).reset(cause)


def _board(world: World, connector: int) -> Board:
    if connector not in world.boards:
        raise NotNow(f"connector {connector} has no pilot board")
    return world.boards[connector]


@way
def weld_sticky(world: World, connector: int, *, release_s: float = 1.5) -> Mend:
    """The main contacts come free only that long after the coil let go."""
    within("release_s", release_s, 0, 60)
    contactor = world.outlet(connector).contactor
    contactor.stick(release_s)
    return lambda: contactor.stick(0.0)


@way
def contactor_slow(world: World, connector: int, *, late_ms: float = 84.0) -> Mend:
    """The contactor closes that much later than a good one; it opens later with weld_sticky."""
    within("late_ms", late_ms, 0, 10_000)
    contactor = world.outlet(connector).contactor
    contactor.slow_down(late_ms / 1000)
    return lambda: contactor.slow_down(0.0)


@way
def contactor_worn(world: World, connector: int, *, cycles: int = 50_000) -> Mend:
    """The contactor has so many operations behind it: both ways it is later by 0.2 ms in a thousand."""
    within("cycles", cycles, 0, 10_000_000)
    return turned(world.outlet(connector).contactor, "worn_cycles", cycles)


@way
def mirror_lies(world: World, connector: int, *, shows: str = "closed") -> Mend:
    """The mirror contact shows "open" or "closed" whatever the main contacts do."""
    if shows not in ("open", "closed"):
        raise BadArgument(f"shows: {shows!r} is neither open nor closed")
    contactor = world.outlet(connector).contactor
    contactor.mirror_lies(shows == "open")
    return lambda: contactor.mirror_lies(None)


@way
def output_live(world: World, connector: int, *, volts: float = 230.0) -> Mend:
    """Something feeds the output from behind the contactor."""
    within("volts", volts, 0, 300)
    load_side = world.outlet(connector).parts.load_side
    load_side.back_feed(volts)
    return lambda: load_side.back_feed(0.0)


@way
def load_sense(world: World, connector: int, *, phase: int = 1, edges: int = 0) -> Mend:
    """The sense behind the contactor counts so many edges on that phase, whatever is there."""
    within("phase", phase, 1, POLES)
    within("edges", edges, 0, 100)
    load_side = world.outlet(connector).parts.load_side
    load_side.break_sense(phase, edges)
    return lambda: load_side.break_sense(phase, None)


@way
def stray_current(world: World, connector: int, *, ma: int = 2_000) -> Mend:
    """Current is measured on L1 that no car draws."""
    within("ma", ma, 0, 100_000)
    return sense_fault(world.outlet(connector), "stray_ma", ma)


@way
def chain_broken(world: World, connector: int) -> Mend:
    """A wire of the safety chain is off: no coil supply."""
    return sense_fault(world.outlet(connector), "chain_broken", True)


@way
def chain_stuck(world: World, connector: int) -> Mend:
    """The feedback of the safety chain always shows supply."""
    return sense_fault(world.outlet(connector), "chain", True)


@way
def chain_held(world: World, connector: int) -> Mend:
    """The charge pump is bridged: the coil's supply stands although the program's pulses stop."""
    outlet = world.outlet(connector)
    return turned(outlet.faults, "pump_bridged", True, outlet.settle)


@way
def estop(world: World, connector: int) -> Mend:
    """The emergency stop is pressed and stays so."""
    world.press("estop", connector, pressed=True)
    return lambda: world.press("estop", connector, pressed=False)


@way
def mcu_damaged(world: World, connector: int) -> Mend:
    """A flash cell has lost a bit: the program is not the one that was written. The board starts, and notices."""
    board = _board(world, connector)
    before = board.kept.get("manifest")
    board.kept["manifest"] = b"0" * 64

    def mend() -> None:
        del board.kept["manifest"]
        if before is not None:
            board.kept["manifest"] = before
        board.reset()

    board.reset()
    return mend


@way
def mcu_reconfigured(world: World, connector: int, *, revision: str = "half-updated") -> Mend:
    """The board starts with another configuration: all is as it was, but it names another revision of itself."""
    if not fullmatch(REVISION, revision):
        raise BadArgument(f"revision: {revision!r} is not up to 16 letters, digits, dots and hyphens")
    board = _board(world, connector)
    before = board.kind
    board.kind = {**before, "revision": revision}
    board.reset()

    def mend() -> None:
        board.kind = before
        board.reset()

    return mend


@way
def board_exchanged(world: World, connector: int) -> None:
    """Puts another board of the same kind in its place, which has kept nothing."""
    _board(world, connector).exchange()
