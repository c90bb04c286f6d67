"""`evsectl hardware scan|test`: what is connected to this machine, and what each device of the board says now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

SCAN_SILENCE_S = 120.0
"""A device that answers and that no map knows is asked for each of them, which takes a while on a line in use."""
ALL = "all"
MOST_ADDRESSES = 20


async def scan(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.hardware_scan import held

    return await held(station, arguments, conversation)


def scan_alone(arguments: Arguments) -> Done:
    from agent.control.hardware_scan import nothing_held

    return nothing_held(arguments)


def look_around(arguments: Arguments, body: Body) -> Body:
    from agent.control.hardware_scan import with_this_machine

    return with_this_machine(arguments, body)


def show_scan(body: Body, page: Page) -> None:
    from agent.control import hardware_pages

    hardware_pages.show_scan(body, page)


async def test(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.hardware_report import Verdict, is_meant, reports
    from agent.tables import nearest

    name = str(arguments["name"])
    every = list(reports(station, await station.elements()))
    chosen = every if name == ALL else [report for report in every if is_meant(report, name)]
    if not chosen:
        raise BadRequest(f'name: there is no "{name[:60]}"{nearest(name[:60], [ALL, *(one.name for one in every)])}')
    devices = [
        {
            "name": report.name,
            "driver": report.driver,
            "verdict": report.verdict.value,
            "readings": dict(report.readings),
            "says": report.says,
            "check": report.check,
        }
        for report in chosen
    ]
    return Done({"devices": devices}, passed=all(report.verdict is not Verdict.FAIL for report in chosen))


def show_test(body: Body, page: Page) -> None:
    from agent.control import hardware_pages

    hardware_pages.show_test(body, page)


VERB = Verb(
    purpose="what is connected to this machine, and what each device of the board says now",
    actions=(
        Action(
            name="scan",
            purpose="ports, Modbus addresses, pilot boards, GPIO chips, readers, sensors, each with what to write",
            role=Role.INSTALLER,
            parameters=(
                Parameter(
                    name="to",
                    kind=Kind.WHOLE,
                    default=MOST_ADDRESSES,
                    high=247,
                    purpose="ask Modbus addresses from 1 up to this one (20)",
                ),
                Parameter(name="port", kind=Kind.FILE, purpose="only this serial port of this machine"),
                Parameter(name="quick", kind=Kind.FLAG, default=False, purpose="only look; send nothing on any wire"),
                Parameter(
                    name="alone", kind=Kind.FLAG, default=False, purpose="without the agent; its ports are left alone"
                ),
            ),
            answer=scan,
            local=scan_alone,
            local_when="alone",
            falls_back=True,
            keep=look_around,
            show=show_scan,
            timeout_s=SCAN_SILENCE_S,
        ),
        Action(
            name="test",
            purpose="live readings with units and a verdict for each; changes nothing",
            parameters=(
                Parameter(
                    name="name",
                    positional=True,
                    default=ALL,
                    purpose='a place in the board file, as connector.1.meter, an interface, a bus, or "all"',
                ),
            ),
            answer=test,
            show=show_test,
        ),
    ),
)
