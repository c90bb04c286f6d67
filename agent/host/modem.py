"""A modem by the word of ModemManager, the service that drives it on Debian and Raspberry Pi OS (`mmcli`).

Its answer holds numbers of the card, of the device and of the subscriber. None of them is read.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from agent.core.network_check.radio import IN_NETWORK, Modem, ModemBack
from agent.errors import Busy, NotTold
from agent.host.programs import told_by
from agent.values import frozen

LOOK = ("mmcli", "-m", "any", "-J")
RESET = ("mmcli", "-m", "any", "--reset")
LOOK_WITHIN_S = 2.0
RESET_WITHIN_S = 20.0
LONGEST_WORD = 60
PATTERN = re.compile(r"[\x00-\x1f\x7f]")


async def look(within_s: float = LOOK_WITHIN_S) -> Modem:
    """The modem there is; of several one. Raises NotTold: no modem, no ModemManager, no mmcli."""
    return read(await told_by(LOOK, within_s))


def read(said: str) -> Modem:
    """`mmcli -J`. Raises NotTold for what is none."""
    try:
        whole = json.loads(said)
        modem = whole["modem"]
        generic, mobile = modem["generic"], modem.get("3gpp", {})
        return Modem(
            model=_word(generic, "model"),
            state=_word(generic, "state"),
            failed_because=_word(generic, "state-failed-reason"),
            unlock=_word(generic, "unlock-required"),
            registration=_word(mobile, "registration-state"),
            operator=_word(mobile, "operator-name"),
            technologies=tuple(_clean(one) for one in generic.get("access-technologies", ()) if _clean(one))[:4],
            signal_percent=_percent(generic.get("signal-quality", {})),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotTold("mmcli answers in a form that is not known here") from error


def _word(table: Mapping[str, Any], name: str) -> str:
    return _clean(table.get(name))


def _clean(value: object) -> str:
    """mmcli writes "--" for what it does not know; a network's operator may call itself anything."""
    text = PATTERN.sub("", value)[:LONGEST_WORD].strip() if isinstance(value, str) else ""
    return "" if text in ("--", "none") else text


def _percent(signal: Mapping[str, Any]) -> int | None:
    """None also where the figure is an old one: the modem keeps the last it had."""
    text = str(signal.get("value", ""))
    return int(text) if text.isdecimal() and int(text) <= 100 and signal.get("recent") != "no" else None


@frozen(kw_only=True)
class Waits:
    """Seconds. `leaves_first_s`: whoever ordered it by this very modem is told that it was taken on."""

    leaves_first_s: float = 2.0
    back_s: float = 90.0
    """A modem boots in ten to forty seconds, and then looks for a network."""
    gone_s: float = 15.0
    """A restart of which nothing is seen within it was a quick one."""
    every_s: float = 1.0


async def restart(begins: Callable[[], None], waits: Waits = Waits()) -> ModemBack:  # noqa: B008 - nobody changes it
    """Has the modem start anew, and waits until it is in its network again. Raises Busy: none, or it refuses.

    `begins` is told once there is one to restart.
    """
    try:
        before = await look()
    except NotTold as why:
        raise Busy(f"there is no modem that could be restarted: {why}") from why
    begins()
    await asyncio.sleep(waits.leaves_first_s)
    try:
        await told_by(RESET, RESET_WITHIN_S)
    except NotTold as why:
        raise Busy(f"the modem was not restarted: {why}; docs/remote-maintenance.md has the rule that lets it") from why
    return await _come_back(before, waits)


async def _come_back(before: Modem, waits: Waits) -> ModemBack:
    """A modem that was in no network before need only be there again."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    was_gone, seen = False, None
    while loop.time() - began_s < waits.back_s:
        await asyncio.sleep(waits.every_s)
        try:
            seen = await look()
        except NotTold:
            was_gone, seen = True, None
            continue
        waited_s = loop.time() - began_s
        is_up = seen.state in IN_NETWORK or (before.state not in IN_NETWORK and seen.state == before.state)
        was_gone = was_gone or seen.state not in IN_NETWORK
        if is_up and (was_gone or waited_s >= waits.gone_s):
            return ModemBack(after_s=waited_s, modem=seen)
    return ModemBack(after_s=None, modem=seen)
