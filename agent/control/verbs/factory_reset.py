"""`evsectl factory-reset`: back to the state of delivery (security.md S-33).

S-12 lets the installer's role erase together with a physical act at the charger. There is no such act yet, so it takes
the highest role, and a confirmation that names this charger.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest, Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

ERASED = (
    "the list of tokens and what the central system said about tokens",
    "the record of charges and of events",
    "what the central system configured: settings, charging profiles, availability, keys and certificates",
    "the files of commissioning reports, the ticks of the hand-over and the owner's code",
    "that a commissioning put the charger in service: the next charge wants another one",
)
KEPT = (
    "the log of commands, this one included, and the security log",
    "faults that only an authorised person may clear",
    "what commissionings found, the numbers and hashes of their reports, and the key that signs those",
    "the site file, the board file, and the files of keys and passwords they name",
)
"""What agent/store/reset.py keeps, and what it does not reach."""
CONFIRM_WITHOUT_SERIAL = "erase"


async def answer(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    lose_untold = bool(arguments["lose_untold"])
    _check(station, lose_untold=lose_untold)
    await _confirm(station, arguments, conversation)
    # A charge may have begun while the person was typing, and even ended.
    _check(station, lose_untold=lose_untold)
    lost = await station.factory_reset(lose_untold=lose_untold)
    return Done({"erased": list(ERASED), "kept": list(KEPT), "untold_lost": lost})


def _check(station: StationPort, *, lose_untold: bool) -> None:
    for connector in station.connectors():
        if station.session(connector).transaction is not None:
            raise Busy(f"a charge runs at connector {connector}; first: evsectl stop --connector {connector}")
    if not lose_untold and (untold := station.records.queued()):
        raise Busy(
            f"{untold} records of charges were not told to the central system and would be lost: "
            "let it connect first, or write --lose-untold"
        )


async def _confirm(station: StationPort, arguments: Arguments, conversation: Conversation) -> None:
    expected = station.config.station.serial_number or CONFIRM_WITHOUT_SERIAL
    given = arguments.get("confirm")
    if given is None:
        question = (
            f"This erases {'; '.join(ERASED)}. It keeps {'; '.join(KEPT)}. "
            f"Type {expected} to erase this charger, anything else to leave it: "
        )
        given = await conversation.ask(question, instead=f"--confirm {shlex.quote(expected)}")
    if given != expected:
        raise BadRequest(f"nothing was erased: the confirmation must be {expected}, letter for letter")


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line("erased; the agent starts anew", Tone.GOOD)
    for title, lines in (("gone", body["erased"]), ("kept", body["kept"])):
        for line in lines:
            page.line(f" {title:<5} {line}")
    if body["untold_lost"]:
        page.line(f" lost  {body['untold_lost']} records the central system was never told", Tone.WARN)


VERB = Verb(
    purpose="erase what belongs to people and networks",
    actions=(
        Action(
            purpose="erase what belongs to people and networks; hardware facts and the log of commands stay",
            role=Role.SERVICE,
            parameters=(
                Parameter(
                    name="confirm",
                    purpose=f'the serial number of this charger, or "{CONFIRM_WITHOUT_SERIAL}" where it has none, '
                    "instead of being asked for it",
                ),
                Parameter(
                    name="lose_untold",
                    kind=Kind.FLAG,
                    default=False,
                    purpose="also when the central system was not told everything",
                ),
            ),
            answer=answer,
            show=show,
            changes=True,
            timeout_s=60.0,
        ),
    ),
)
