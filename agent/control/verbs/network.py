"""`evsectl network check|wifi`: the way to the central system, layer by layer; the Wi-Fi networks that are heard."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.network_check.model import Finding
    from agent.core.network_check.scan import Heard, Scan

SILENCE_TIMEOUT_S = 30.0
"""No layer takes as long."""
SCANS_WITHIN_S = 60.0
"""An interface by three programs, and a second one."""
WIDTH = 15


async def check(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    slot = arguments.get("slot")
    return await told(station.network_check(None if slot is None else int(slot)), conversation)


async def told(findings: AsyncGenerator[Finding, None], conversation: Conversation) -> Done:
    """Each finding as it is made, and at last what they come to."""
    from agent.core.network_check.conclusion import concluded

    found: list[Finding] = []
    async with aclosing(findings):
        async for finding in findings:
            found.append(finding)
            await conversation.say({"finding": _row(finding)})
    end = concluded(found)
    layer = None if end.layer is None else end.layer.value
    words = None if end.layer is None else end.layer.words
    await conversation.say({"passed": end.is_good, "layer": layer, "name": words, "says": end.says, "next": end.next})
    return Done({}, passed=end.is_good)


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "layer": finding.layer.value,
        "name": finding.layer.words,
        "verdict": finding.verdict.value,
        "says": finding.says,
        "next": finding.next,
        "measured": dict(finding.values),
    }


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if "finding" not in body:
        page.line()
        if body["passed"]:
            page.line(f"Result: {body['says']}.", Tone.GOOD)
            return
        page.line(f"First to mend: {body['name']}: {body['says']}.", Tone.BAD)
        page.line(f"Next: {body['next']}.")
        return
    row = body["finding"]
    tones = {"ok": Tone.PLAIN, "warn": Tone.WARN, "fail": Tone.BAD, "skipped": Tone.DIM}
    marks = {"ok": " ok  ", "warn": " warn", "fail": " FAIL", "skipped": " –   "}
    page.line(f"{marks[row['verdict']]} {row['name']:<{WIDTH}} {row['says']}", tones[row["verdict"]])
    if row["verdict"] == "warn" and row["next"]:
        page.line(f"{'':{WIDTH + 6}} {row['next']}")
    page.awaited = "" if row["verdict"] == "fail" else "  …"


async def wifi(station: StationPort, _arguments: Arguments, _: Conversation) -> Done:
    scans = await station.wifi_scans()
    return Done({"interfaces": [_scan(one) for one in scans]}, passed=not any(one.problem for one in scans))


def _scan(one: Scan) -> dict[str, Any]:
    if one.problem:
        return {"interface": one.interface, "problem": one.problem}
    return {"interface": one.interface, "by": one.by, "networks": [_heard(network) for network in one.heard]}


def _heard(one: Heard) -> dict[str, Any]:
    """The name of a network may be a family's; beyond the charger it is "…" (agent/core/leaving.py)."""
    told = {
        "ssid": one.name,
        "frequency_mhz": one.frequency_mhz,
        "level_dbm": one.level_dbm,
        "signal_percent": one.signal_percent,
    }
    known = {name: value for name, value in told.items() if value is not None}
    return {**known, "security": one.security, "own": one.is_own}


def show_wifi(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if not body["interfaces"]:
        page.line("this controller has no Wi-Fi")
    for one in body["interfaces"]:
        if "problem" in one:
            page.line(f"{one['interface']}: not looked at: {one['problem']}", Tone.WARN)
            continue
        count = len(one["networks"])
        page.line(f"{one['interface']} hears {count} {'network' if count == 1 else 'networks'}, by {one['by']}")
        for network in one["networks"]:
            page.line(_network_line(network), Tone.GOOD if network["own"] else Tone.PLAIN)


def _network_line(network: dict[str, Any]) -> str:
    unit = f"{network['level_dbm']:.0f} dBm" if "level_dbm" in network else f"{network.get('signal_percent', '?')} %"
    frequency = f"{network['frequency_mhz']} MHz" if "frequency_mhz" in network else ""
    own = "  the one in use" if network["own"] else ""
    return f"  {unit:>8}  {frequency:<8}  {network['security']:<14}  {network.get('ssid', '(hidden)')}{own}"


VERB = Verb(
    purpose="the network of the charger",
    actions=(
        Action(
            name="check",
            purpose="every layer from the plug to the central system, each as it is done; disturbs no connection",
            role=Role.OPERATOR,
            parameters=(
                Parameter(
                    name="slot",
                    kind=Kind.WHOLE,
                    high=4,
                    purpose="the address in this slot; the one in use otherwise. See: evsectl ocpp status",
                ),
            ),
            answer=check,
            remote=Effect.NET,
            masked=(Masked.WORDS, Masked.LOGINS),
            show=show,
            follows=True,
            without_agent="evse-agent network --config FILE",
            timeout_s=SILENCE_TIMEOUT_S,
        ),
        Action(
            name="wifi",
            purpose="which Wi-Fi networks are heard here, and how well; looking takes some seconds of radio time",
            role=Role.OPERATOR,
            answer=wifi,
            remote=Effect.NET,
            masked=(Masked.WORDS,),
            show=show_wifi,
            timeout_s=SCANS_WITHIN_S,
        ),
    ),
)
