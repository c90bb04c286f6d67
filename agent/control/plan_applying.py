"""The agent's half of `evsectl plan diff|apply|undo`: what would change, the change itself, and the way back.

The configuration of a running agent never changes, so a plan holds from the next start. That start is made at once,
and only while nobody charges.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from agent.config.plan_files import MOST_BYTES, PlanFiles
from agent.control.label import typed_serial
from agent.control.verb import Arguments, Conversation
from agent.control.wire import Done
from agent.errors import BadRequest, Busy, ConfigError, StoreError

if TYPE_CHECKING:
    from agent.config.layers import Entry
    from agent.config.model import StationConfig
    from agent.control.ports import StationPort

T = TypeVar("T")
PIECE = 600
"""Bytes of a plan in one answer."""
END = "."
ASKS_FOR = "plan"
OF_BOARD = "# board: "
"""How a charger's part of a plan begins: the hardware it was made for."""
YES = "yes"
DEFAULT = "default"


async def diff(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """What the plan would change of what is in force. The verdict is bad where anything differs."""
    files, serial = PlanFiles(station.config.site_file), _serial(station, arguments)
    now = await on_disk(files.text)
    text = files.of_plan(await _plan_of(station, serial, conversation), now)
    rows = changes(station.config, await judged(station, files, text))
    return Done({"serial_number": serial, "changes": rows}, passed=not rows)


async def apply(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """Show, ask, write, read back, start anew. Nothing is written before the whole of it was found good."""
    check_idle(station)
    files, serial = PlanFiles(station.config.site_file), _serial(station, arguments)
    now = await on_disk(files.text)
    plan = await _plan_of(station, serial, conversation)
    text = files.of_plan(plan, now)
    wanted = await judged(station, files, text)
    rows = changes(station.config, wanted)
    if not rows and now is not None and now.endswith(f"\n{plan}"):
        return Done({"serial_number": serial, "changes": [], "restarts": False})
    await confirm(rows, arguments, conversation, what="apply this plan")
    await put(station, files, (text, now), wanted)
    return Done({"serial_number": serial, "changes": rows, "restarts": True})


async def undo(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """Back to the plan before, or to none, by those very bytes."""
    check_idle(station)
    files = PlanFiles(station.config.site_file)
    now = await on_disk(files.text)
    if now is None:
        raise BadRequest(f"no plan was applied here, there is no {files.drop_in}; nothing to undo")
    former = await on_disk(lambda: files.former_of(now))
    wanted = await judged(station, files, former)
    rows = changes(station.config, wanted)
    await confirm(rows, arguments, conversation, what="go back to the plan before")
    await put(station, files, (former, now), wanted)
    return Done({"changes": rows, "restarts": True, "without_plan": former is None})


def check_idle(station: StationPort) -> None:
    """Raises Busy while somebody charges: what is written holds from the next start, and that is made at once."""
    for connector in station.connectors():
        if station.session(connector).transaction is not None:
            raise Busy(
                f"a charge runs at connector {connector}, and what is written holds only after a restart of the agent; "
                f"wait for its end, or: evsectl stop --connector {connector}"
            )


def _serial(station: StationPort, arguments: Arguments) -> str:
    """Whose part of the plan is wanted. Raises BadRequest for the wrong unit, and for one without a number."""
    own, said = station.config.station.serial_number, typed_serial(arguments)
    if own and said and own != said:
        raise BadRequest(f"this charger is {own} and not {said}; go to the right one, or leave --serial away")
    if not own and not said:
        raise BadRequest("this charger has no serial number yet; write --serial NUMBER, the one on its label")
    return own or said


async def _plan_of(station: StationPort, serial: str, conversation: Conversation) -> str:
    """What this charger's drop-in shall say, piece by piece out of the file at the other end."""
    whole = b""
    while (piece := await conversation.ask(f"{ASKS_FOR} {len(whole)} {serial}")) != END:
        whole += _bytes_of(piece)
        if len(whole) > MOST_BYTES:
            raise BadRequest(f"the plan for one charger is above {MOST_BYTES} bytes; leave out what it does not need")
    text = whole.decode("utf-8", "replace")
    first = text.partition("\n")[0]
    board = station.config.board.board
    if first != f"{OF_BOARD}{board}":
        raise BadRequest(f"this plan is for a {first.removeprefix(OF_BOARD)[:60]}, and here hangs a {board}")
    return text


def _bytes_of(piece: str) -> bytes:
    try:
        return b64decode(piece, validate=True)
    except ValueError as error:
        raise BadRequest("a piece of the plan is no base64; are evsectl and the agent of the same release?") from error


async def on_disk(work: Callable[[], T]) -> T:
    """In a thread. Raises StoreError where the disk refuses."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise StoreError(f"nothing was changed: {error}; look at the owner and the space of that folder") from error


async def judged(station: StationPort, files: PlanFiles, text: str | None) -> StationConfig:
    """What would be in force. Raises BadRequest with every line that speaks against it."""
    from agent.drivers import loader

    try:
        wanted = await on_disk(lambda: files.configuration_with(text, loader))
    except ConfigError as error:
        raise BadRequest(f"nothing was changed, the charger would not start with it:\n{error}") from error
    if text is not None and (lines := await on_disk(lambda: tuple(files.overruled(text)))):
        raise BadRequest("nothing was changed:\n" + "\n".join(lines))
    return wanted


def changes(running: StationConfig, wanted: StationConfig) -> list[dict[str, Any]]:
    """Every key with another value than in force; of a section that comes or goes, only what somebody wrote."""
    before, after = _entries(running), _entries(wanted)
    return [
        {
            "key": key,
            "now": before[key].value if key in before else "",
            "then": after[key].value if key in after else "",
        }
        for key in dict.fromkeys([*before, *after])
        if _differs(before.get(key), after.get(key))
    ]


def _differs(before: Entry | None, after: Entry | None) -> bool:
    if before is not None and after is not None:
        return before.value != after.value
    return any(one is not None and one.layer.value != DEFAULT for one in (before, after))


def _entries(config: StationConfig) -> Mapping[str, Entry]:
    from agent.config.layers import entries
    from agent.drivers import loader

    return {entry.key: entry for entry in entries(config, loader)}


async def confirm(rows: list[dict[str, Any]], arguments: Arguments, conversation: Conversation, *, what: str) -> None:
    """Raises BadRequest unless the person at the terminal says yes, or the line did."""
    if arguments.get("yes"):
        return
    lines = [f"  {row['key']}: {row['now'] or 'nothing'} -> {row['then'] or 'nothing'}" for row in rows]
    shown = "\n".join(lines or ["  nothing of what is in force"])
    question = f"This changes:\n{shown}\nThe agent starts anew, which takes a few seconds. To {what}, type {YES}: "
    if await conversation.ask(question, instead="--yes") != YES:
        raise BadRequest("nothing was changed")


async def put(
    station: StationPort, files: PlanFiles, exchanged: tuple[str | None, str | None], wanted: StationConfig
) -> None:
    """The new text instead of the one before, and what a start will make of it."""
    from agent.config.load import load
    from agent.drivers import loader

    new, before = exchanged
    check_idle(station)

    async def change() -> None:
        await on_disk(lambda: files.put(new, instead_of=before))
        try:
            read_back = await on_disk(lambda: load(wanted.site_file, loader))
        except ConfigError:
            read_back = None
        if read_back is None or changes(read_back, wanted):
            await on_disk(lambda: files.put(before, instead_of=new))
            raise StoreError(
                "what was written reads back otherwise, and the plan before was put back; look at the disk"
            )

    await station.restart_with(change)
