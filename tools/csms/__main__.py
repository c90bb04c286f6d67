"""`evse-csms`: signals and the life of the process."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys

from tools.csms import control
from tools.csms.options import Options, read_options
from tools.csms.prompt import converse
from tools.csms.record import BadRecord, Record
from tools.csms.server import Address, CentralSystem


def main() -> None:
    """Runs until SIGTERM, SIGINT or, with a prompt, the end of standard input."""
    options = read_options(sys.argv[1:])
    # A token may hold anything; a line that cannot be printed must not end the program.
    sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    try:
        asyncio.run(run(options))
    except (OSError, BadRecord) as error:
        sys.exit(f"evse-csms: {error}")


async def run(options: Options) -> None:
    """Listens, says `ready`, and serves until told to stop; raises BadRecord, and OSError where it cannot listen."""
    record = Record(options.database)
    system = CentralSystem(record, ping_interval_s=options.ping_interval_s, is_quiet=options.is_quiet, tls=options.tls)
    bound = await _listening(system, options.listen)
    sockets = await control.listen(system, options.control)
    scheme = "ws" if options.tls is None else "wss"
    print(f"ready {scheme}://{bound.host}:{bound.port} control {options.control}", flush=True)
    try:
        await _until_told(system, options.is_interactive)
    finally:
        sockets.close()
        options.control.unlink(missing_ok=True)
        await system.close()
        record.close()


async def _listening(system: CentralSystem, where: Address) -> Address:
    """What was bound. Raises OSError whose text names the address and the way out."""
    try:
        return await system.listen(where)
    except OSError as error:
        raise OSError(f"{where.host}:{where.port}: {_why_not(error)}") from error


def _why_not(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "somebody listens there already; end that program, or name another port with --listen HOST:PORT"
        case errno.EACCES:
            return "this user may not listen there; name a port from 1024 with --listen HOST:PORT"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address; name one of its own with --listen HOST:PORT"
        case number:
            why = os.strerror(number) if number is not None and number > 0 else str(error)
            return f"cannot listen there ({why}); name another with --listen HOST:PORT"


async def _until_told(system: CentralSystem, is_interactive: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(stop.wait())
        if is_interactive:
            prompt = tasks.create_task(converse(system))
            prompt.add_done_callback(lambda _done: stop.set())
        await waiting
        if is_interactive:
            prompt.cancel()


if __name__ == "__main__":
    main()
