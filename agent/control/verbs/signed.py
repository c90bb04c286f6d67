"""`evsectl signed list|show|keys`: what the meter signed of the charges, and the key that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.store.signed import SignedRow
    from agent.store.signed_sessions import SignedSession

LATEST = "latest"
NOT_DUE = "not due"


async def listed(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.moments import told

    found = await station.records.signed_sessions(int(arguments["limit"]))
    now = station.now()
    rows = [
        {
            "key": one.session.key,
            "remote_id": one.session.remote_id,
            "connector": int(one.session.connector),
            "token": one.session.token.masked,
            "started": told(one.session.started_at, now),
            "energy_wh": one.session.energy_wh,
            "begin": _state(one.begin),
            "end": "runs" if one.session.stopped_at is None else _state(one.end),
        }
        for one in found
    ]
    return Done({"signed": rows})


def _state(row: SignedRow | None) -> str:
    if row is None:
        return NOT_DUE
    return "signed" if row.value is not None else row.missing


def show_list(body: Body, page: Page) -> None:
    from agent.control.render import energy

    if not body["signed"]:
        page.line("of no charge on record a signature was due; is the meter to sign? see `signature` under [meter]")
        return
    rows = [
        [
            page.date(one["started"]),
            str(one["connector"]),
            energy(one["energy_wh"]),
            one["token"],
            one["begin"],
            one["end"],
            "" if one["remote_id"] is None else str(one["remote_id"]),
            one["key"],
        ]
        for one in body["signed"]
    ]
    page.table(["started", "connector", "energy", "token", "begin", "end", "network id", "charge"], rows)


async def shown(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    wanted = str(arguments["charge"])
    if wanted == LATEST:
        newest = await station.records.signed_sessions(100)
        found = newest[0] if newest else None
    else:
        found = await station.records.signed_session(wanted)
    if found is None or (found.begin is None and found.end is None):
        what = "no charge with a signature" if wanted == LATEST else f'no charge "{wanted}" with a signature'
        raise BadRequest(f"there is {what} on record; `evsectl signed list` shows which there are")
    return Done(_body(station, found))


def _body(station: StationPort, found: SignedSession) -> dict[str, Any]:
    from agent.control.moments import told

    session, now = found.session, station.now()
    ends = [("begin", found.begin, session.start_wh), ("end", found.end, session.stop_wh)]
    return {
        "key": session.key,
        "remote_id": session.remote_id,
        "connector": int(session.connector),
        "started": told(session.started_at, now),
        "stopped": told(session.stopped_at, now),
        "energy_wh": session.energy_wh,
        "values": [_value(edge, row, register_wh) for edge, row, register_wh in ends if row is not None],
    }


def _value(edge: str, row: SignedRow, register_wh: int | None) -> dict[str, Any]:
    value = row.value
    if value is None:
        return {"edge": edge, "missing": row.missing, "register_wh": register_wh}
    return {
        "edge": edge,
        "register_wh": register_wh,
        "signed_wh": value.signed_wh,
        "agrees": register_wh is None or value.agrees_with(register_wh),
        "encoding": value.encoding,
        "method": value.method,
        "holds_begin": value.holds_begin,
        "public_key": value.public_key,
        "data": value.data,
    }


def look(arguments: Arguments) -> None:
    from agent.control import papers

    if "xml" in arguments:
        papers.look(str(arguments["xml"]))


def keep_file(arguments: Arguments, body: Body) -> Body:
    """As it came, and as a file for the transparency software."""
    if "xml" not in arguments:
        return body
    from pathlib import Path

    from agent.control.transparency import xml_of

    name = str(arguments["xml"])
    try:
        Path(name).write_text(xml_of(body), encoding="utf-8")
    except OSError as error:
        raise BadRequest(f"xml: {name} cannot be written ({error.strerror})") from error
    return {**body, "xml": name}


def show_one(body: Body, page: Page) -> None:
    from agent.control.render import Tone, energy

    page.line(f"charge {body['key']} at connector {body['connector']}: {energy(body['energy_wh'])}", Tone.STRONG)
    if body["remote_id"] is not None:
        page.line(f"network id {body['remote_id']}")
    for one in body["values"]:
        page.line()
        if "missing" in one:
            page.line(f"{one['edge']}: not signed: {one['missing']}", Tone.BAD)
            continue
        page.line(f"{one['edge']}: {energy(one['signed_wh'])}, {one['encoding']}, {one['method']}", Tone.GOOD)
        if not one["agrees"]:
            page.line(f"  the record says {energy(one['register_wh'])}: clear up which is right", Tone.BAD)
        page.line(f"  {one['data']}")
        page.line(f"  public key {one['public_key']}")
    page.line()
    if "xml" in body:
        page.line(f"written to {body['xml']}, for the transparency software")
    else:
        page.line("compare the public key with the one on the meter; --xml FILE writes a file for the software")


async def keys(station: StationPort, _: Arguments, __: Conversation) -> Done:
    found = [(one, station.meter_public_key(one)) for one in station.connectors()]
    return Done({"keys": [{"connector": int(one), "public_key": key} for one, key in found]})


def show_keys(body: Body, page: Page) -> None:
    for one in body["keys"]:
        words = {None: "its meter does not sign", "": "its meter has not told its key yet"}
        page.line(f"connector {one['connector']}  {words.get(one['public_key'], one['public_key'])}")


VERB = Verb(
    purpose="registers that the meter signed, for the transparency software",
    actions=(
        Action(
            name="list",
            purpose="charges of which the meter was to sign something, newest first",
            parameters=(
                Parameter(name="limit", kind=Kind.WHOLE, default=20, high=100, purpose="among so many charges"),
            ),
            answer=listed,
            show=show_list,
        ),
        Action(
            name="show",
            purpose="the signed texts of one charge with the key that proves them; they name who charged",
            role=Role.OPERATOR,
            parameters=(
                Parameter(
                    name="charge",
                    positional=True,
                    default=LATEST,
                    purpose="the charge as `signed list` names it, or the network's id; else the latest",
                ),
                Parameter(name="xml", purpose="write a file of this name for the transparency software"),
            ),
            answer=shown,
            show=show_one,
            look=look,
            keep=keep_file,
        ),
        Action(
            name="keys",
            purpose="the public key of each meter, to compare with its label",
            answer=keys,
            show=show_keys,
        ),
    ),
)
