"""`evsectl sessions`: the charges on record, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.store.transactions import SessionRecord

ROWS_A_PART = 50
DELIVERY = {"queued": "waiting", "told": "told", "abandoned": "given up"}
START_GIVEN_UP = "start never delivered"


async def answer(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.arguments import existing_connector

    wanted = existing_connector(station.connectors(), arguments)
    records = await station.records.sessions(int(arguments["limit"]))
    rows = [_row(station, record) for record in records if wanted is None or record.connector == wanted]
    for start in range(0, len(rows), ROWS_A_PART):
        await conversation.say({"sessions": rows[start : start + ROWS_A_PART]})
    return Done({"sessions": [], "queued_facts": station.records.queued()})


def _row(station: StationPort, record: SessionRecord) -> dict[str, Any]:
    from agent.control.moments import told

    now = station.now()
    return {
        "key": record.key,
        "connector": int(record.connector),
        "token": record.token.masked,
        "remote_id": record.remote_id,
        "started": told(record.started_at, now),
        "start_wh": record.start_wh,
        "stopped": told(record.stopped_at, now),
        "stop_wh": record.stop_wh,
        "stop_reason": record.stop_reason.value if record.stop_reason else None,
        "energy_wh": _energy_wh(station, record),
        "start_delivery": record.start_delivery.value,
        "delivery": record.delivery.value,
    }


def _energy_wh(station: StationPort, record: SessionRecord) -> int | None:
    """Of a charge that runs what `status` says: the record is as old as its last checkpoint. None: not known yet."""
    if record.stop_wh is not None or record.connector not in station.connectors():
        return record.energy_wh
    session = station.session(record.connector)
    if session.transaction is None or session.transaction.key != record.key:
        return record.energy_wh
    return None if session.last_register_wh is None else session.last_register_wh - record.start_wh


def show(body: Body, page: Page) -> None:
    from agent.control.render import energy

    if not body["sessions"]:
        page.line("no charge is on record")
        return
    rows = []
    for session in body["sessions"]:
        stopped = page.date(session["stopped"]) if session["stopped"] else "runs"
        rows.append(
            [
                page.date(session["started"]),
                stopped,
                str(session["connector"]),
                energy(session["energy_wh"]),
                session.get("token", "…"),
                session["stop_reason"] or "",
                "" if session["remote_id"] is None else str(session["remote_id"]),
                _delivery(session),
            ]
        )
    page.table(["started", "stopped", "connector", "energy", "token", "ended by", "network id", "network"], rows)
    if body["queued_facts"]:
        page.line(f"{body['queued_facts']} records wait to be told to the central system")


def _delivery(session: Body) -> str:
    if session["start_delivery"] == "abandoned":
        return START_GIVEN_UP
    return DELIVERY.get(session["delivery"], str(session["delivery"]))


VERB = Verb(
    purpose="the charges on record, newest first",
    actions=(
        Action(
            purpose="the charges on record, newest first",
            parameters=(
                Parameter(name="limit", kind=Kind.WHOLE, default=20, high=1000, purpose="how many at most"),
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only of this connector"),
            ),
            answer=answer,
            remote=Effect.READ,
            masked=(Masked.CARDS,),
            show=show,
        ),
    ),
)
