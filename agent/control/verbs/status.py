"""`evsectl status`: what the charger is doing now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page, Tone

NEEDS_A_PERSON = ("Faulted", "Unavailable")
SILENT_DEVICE = "check its power, its wires and its address"
"""Where the wire counts answers and keeps no reason; the agent's log has it."""


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.arguments import chosen_connectors
    from agent.control.snapshot import connector_body, network_body
    from agent.control.standing import station_body

    chosen = chosen_connectors(station.connectors(), arguments)
    return Done(
        {
            "station": station_body(station),
            "network": network_body(station.network(), station.now()),
            "connectors": [connector_body(station, connector) for connector in chosen],
        }
    )


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    _show_station(body["station"], page)
    page.line(f"network      {network_line(body['network'])}", _network_tone(body["network"]))
    for connector in body["connectors"]:
        _show_connector(connector, page)
    station = body["station"]
    for device in station["devices_silent"]:
        page.line(f"device       {device['name']} does not answer: {device['detail'] or SILENT_DEVICE}", Tone.WARN)
    for name in station["vitals_overdue"]:
        page.line(f"program      {name} makes no progress; the watchdog restarts the agent", Tone.BAD)
    for notice in station["notices"]:
        page.line(f"notice       {notice}", Tone.WARN)
    faulted = [one for one in body["connectors"] if one["status"] in NEEDS_A_PERSON]
    if faulted:
        page.line()
        page.line(f"What to do: evsectl explain --connector {faulted[0]['connector']}")


def network_line(network: dict[str, Any]) -> str:
    """The central system in one line."""
    from agent.control.render import duration

    if not network["configured"]:
        return "none configured; this charger decides alone"
    waiting = network["queued_facts"]
    queue = f", {waiting} {'record waits' if waiting == 1 else 'records wait'} to be told" if waiting else ""
    if network["unanswered_facts"]:
        queue += f", {network['unanswered_facts']} set aside because it does not answer them"
    if not network["connected"]:
        return f"not connected to {network['host']}: {network['cause'] or 'no answer yet'}{queue}"
    heard = network["last_answer_s"]
    last = f", answered {duration(heard)} ago" if heard is not None else ""
    word = "" if network["registration"] in ("", "Accepted") else f", registration {network['registration']}"
    return f"connected to {network['host']} as {network['identity']}{last}{word}{queue}"


def _show_station(station: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, duration

    age_s = (station["started"] or {}).get("age_s")
    up = "" if age_s is None else f"  up {duration(age_s)}"
    name = station["serial_number"] or "no serial number"
    name += " (by its label)" if station.get("serial_by_label") else ""
    page.line(f"charger      {name}  {station['vendor']} {station['model']}  {station['version']}{up}", Tone.STRONG)
    if not station["clock_trusted"]:
        page.line("clock        the time of day is not known yet", Tone.WARN)


def _show_connector(connector: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, current, energy, power

    parts = [f"connector {connector['connector']}  {connector['status']:<13}", f"pilot {connector['pilot']}"]
    if connector["pilot_high_v"] is not None:
        parts[-1] += f" {connector['pilot_high_v']:.1f} V"
    parts += [f"contactor {connector['contactor']}", f"{current(connector['offered_a'])} offered"]
    transaction = connector["transaction"]
    if transaction:
        parts += [power(connector["power_w"]), energy(transaction["energy_wh"])]
        parts += [transaction["token"]] if "token" in transaction else []
        parts.append(page.since(transaction["started"]))
    elif connector["info"]:
        parts.append(connector["info"])
    page.line("  ".join(parts), _tone(connector["status"]))
    limit = connector["limit"]
    source = (limit["source"] or "nobody").replace("_", " ")
    page.line(f"             limit {current(limit['current_a'])}, {source}: {limit['detail']}", Tone.DIM)
    told = board_line(connector["pilot_board"], limit["current_a"])
    if told:
        page.line(f"             pilot board: {told}", Tone.DIM)
    for reservation in connector["reservations"]:
        page.line(f"             {reservation_line(reservation)}", Tone.WARN)
    for fault in connector["faults"]:
        page.line(
            f"             {fault['id']}: {fault['meaning']}", Tone.BAD if fault["severity"] in "CS" else Tone.WARN
        )


def reservation_line(reservation: dict[str, Any]) -> str:
    """Whom the connector is kept for, and how long."""
    from agent.control.render import duration

    left_s = reservation["ends_in_s"]
    until = "" if left_s is None else f", {duration(left_s)} left"
    where = " (the last one free)" if reservation["any_connector"] else ""
    # Whoever asks from afar is not told which card.
    whom = reservation.get("token", "a card")
    return f"reserved for {whom}{where}{until} (reservation {reservation['id']})"


def board_line(board: dict[str, Any] | None, limit_a: float) -> str:
    """What the pilot board says beside the pilot, as far as it is out of the ordinary."""
    from agent.control.render import current

    if board is None:
        return ""
    parts = [f"live {' '.join(board['live_phases'])}"] if board["live_phases"] else []
    parts += [] if board["lock"] == "none" else [f"lock {board['lock']}"]
    parts += [] if board["cable_a"] is None else [f"cable {current(board['cable_a'])}"]
    has_cable = board["lock"] == "none" or board["cable_a"] is not None
    if has_cable and board["limit_a"] is not None and board["limit_a"] < limit_a:
        parts.append(f"it allows no more than {current(board['limit_a'])}")
    parts += ["a test with power runs"] if board["testing"] else []
    return ", ".join(parts)


def _tone(status: str) -> Tone:
    from agent.control.render import Tone

    tones = {"Charging": Tone.GOOD, "Faulted": Tone.BAD, "Unavailable": Tone.WARN}
    return tones.get(status, Tone.PLAIN)


def _network_tone(network: dict[str, Any]) -> Tone:
    from agent.control.render import Tone

    return Tone.PLAIN if network["connected"] or not network["configured"] else Tone.WARN


VERB = Verb(
    purpose="what the charger is doing now",
    actions=(
        Action(
            purpose="what the charger is doing now",
            parameters=(Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only this connector"),),
            answer=answer,
            remote=Effect.READ,
            masked=(Masked.CARDS,),
            show=show,
        ),
    ),
)
