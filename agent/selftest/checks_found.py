"""The checks that are built: a folder is its own list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from agent.core.commissioning.model import Outcome
from agent.selftest import checks
from agent.selftest.bench import Bench
from agent.values import frozen


@frozen(kw_only=True)
class Check:
    """`version` counts the changes of the test itself; its figures are comparable within one."""

    version: int
    run: Callable[[Bench], Awaitable[Outcome]]


@cache
def files() -> dict[str, str]:
    """The module of each check by the number of its test: "ST203" → "st203_cp_frequency"."""
    return {module.name.partition("_")[0].upper(): module.name for module in iter_modules(checks.__path__)}


@cache
def check(test: str) -> Check | None:
    """Loaded at its first use; None where it is not built."""
    name = files().get(test)
    if name is None:
        return None
    module = import_module(f"{checks.__name__}.{name}")
    return Check(version=module.VERSION, run=module.run)
