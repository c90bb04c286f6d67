"""`evsectl token add|remove|list`: the tokens this charger accepts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Parameter, Verb
from agent.control.wire import Body, Done
from agent.core.identity import ID_TOKEN_MAX_LENGTH, IdToken
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.store.tokens import KnownToken

ROWS_A_PART = 100
TOKEN = Parameter(
    name="token",
    positional=True,
    is_token=True,
    purpose="as the reader tells it; - reads it from the standard input, where no list of processes shows it",
)


def readable_token(arguments: Arguments) -> IdToken:
    """The token that was named. Raises BadRequest for what no token can be."""
    value = str(arguments["token"])
    if len(value) > ID_TOKEN_MAX_LENGTH or any(letter.isspace() for letter in value):
        raise BadRequest(f"token: at most {ID_TOKEN_MAX_LENGTH} characters without spaces, as the reader tells it")
    return IdToken(value)


def chargeable_token(station: StationPort, arguments: Arguments) -> IdToken:
    """The token that was named. Raises BadRequest also for one with which no charge could be told to the network."""
    token = readable_token(arguments)
    if not token.value.isascii():
        raise BadRequest(f"token: {token.masked} has characters beyond ASCII, which no network carries")
    objection = station.objection_to(token)
    if objection:
        raise BadRequest(f"token: {token.masked} cannot be used here: {objection}")
    return token


async def add(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.store.tokens import KnownToken

    token = chargeable_token(station, arguments)
    added = await station.tokens.add(KnownToken(token=token, label=str(arguments.get("label", ""))))
    return Done({"added": token.masked, "label": added.label})


def show_added(body: Body, page: Page) -> None:
    label = f" ({body['label']})" if body["label"] else ""
    page.line(f"{body['added']}{label} may charge here, also without the central system")


async def remove(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    token = await _listed_token(station, readable_token(arguments))
    if not await station.tokens.remove(token):
        raise BadRequest(f"token: {token.masked} is not on the list; see: evsectl token list")
    return Done({"removed": token.masked})


async def _listed_token(station: StationPort, named: IdToken) -> IdToken:
    """The token itself, or the only one that ends as the list shows it: a lost card is not there to be read."""
    if not named.value.startswith("…"):
        return named
    ending = [known.token for known in await station.tokens.listed() if known.token.masked == named.value]
    if len(ending) != 1:
        raise BadRequest(f"token: {len(ending)} tokens of the list end so; name it in full")
    return ending[0]


def show_removed(body: Body, page: Page) -> None:
    page.line(f"{body['removed']} is off the list; from now on the central system decides about it")


async def listed(station: StationPort, _: Arguments, conversation: Conversation) -> Done:
    rows = [_row(known) for known in await station.tokens.listed()]
    for start in range(0, len(rows), ROWS_A_PART):
        await conversation.say({"tokens": rows[start : start + ROWS_A_PART]})
    return Done({"tokens": []})


def _row(known: KnownToken) -> dict[str, Any]:
    return {
        "token": known.token.masked,
        "label": known.label,
        "status": known.status.value,
        "expires_ms": known.expires_ms,
        "group": known.group.masked if known.group else None,
    }


def show_list(body: Body, page: Page) -> None:
    if not body["tokens"]:
        page.line("no token is on the list; add one: evsectl token add TOKEN --label NAME")
        return
    rows = [[row["token"], row["label"], row["status"], row["group"] or ""] for row in body["tokens"]]
    page.table(["token", "label", "status", "group"], rows)


VERB = Verb(
    purpose="the tokens this charger accepts by itself",
    actions=(
        Action(
            name="add",
            purpose="put a token on the list",
            role=Role.OPERATOR,
            parameters=(
                TOKEN,
                Parameter(name="label", is_personal=True, purpose="whose it is, for people; a known one stays"),
            ),
            answer=add,
            show=show_added,
            changes=True,
        ),
        Action(
            name="remove",
            purpose='take a token off the list, by itself or by its end as the list shows it ("…C3D4")',
            role=Role.OPERATOR,
            parameters=(TOKEN,),
            answer=remove,
            show=show_removed,
            changes=True,
        ),
        Action(name="list", purpose="the list, tokens masked", role=Role.OPERATOR, answer=listed, show=show_list),
    ),
)
