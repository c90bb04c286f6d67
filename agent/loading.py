"""What is loaded after the start, or when somebody first asks: beside the loop, which nothing may hold up.

A module takes a third of a millisecond on a PC and more on a Pi, and the first document of health needs forty of them.
In a thread the interpreter changes hands every half millisecond meanwhile. Under a loop that knows no threads (virtual
time) the loading is done at once.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from typing import TypeVar

T = TypeVar("T")

BREATH_S = 0.001


async def loaded(*names: str) -> None:
    """Until these modules can be imported at once; what is loaded already costs nothing. Raises ImportError."""
    missing = [name for name in names if name not in sys.modules]
    if missing:
        await beside(lambda: [import_module(name) for name in missing])


async def beside(load: Callable[[], T]) -> T:
    """What `load` returns or raises. It may load, and touch nothing that belongs to the loop."""
    # Whoever awaits has it; the command line reads the tables of verbs without.
    from asyncio import get_running_loop

    threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="loading")
    try:
        value = await get_running_loop().run_in_executor(threads, partial(_after_a_breath, load))
    finally:
        threads.shutdown(wait=False)
    # As at the start: what was loaded stays, and is not looked at again whenever rings are looked for.
    gc.freeze()
    return value


def collect_again() -> None:
    """The start is over, and what it loaded stays for ever: the collector of rings need not look at it again."""
    gc.freeze()
    gc.enable()


def _after_a_breath(load: Callable[[], T]) -> T:
    """Whoever asked waits by then: starting a thread is several steps, and each would wait for its turn otherwise."""
    time.sleep(BREATH_S)
    return load()
