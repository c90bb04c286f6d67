"""`evsectl config check|show|explain`: what is configured, whether it can be, and which layer decides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest, ConfigError

if TYPE_CHECKING:
    from agent.config.model import StationConfig
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.identity import ConnectorId

SITE_FILE = "/etc/evse-agent/site.toml"
CURRENT = "current"
ROWS_A_PART = 50
NETWORK_SOURCES = ("charge_point_max", "network", "failsafe")
"""Limits that the central system, or its absence, sets."""


def is_file(arguments: Arguments) -> bool:
    """A path, and no KEY=VALUE."""
    return "=" not in str(arguments["what"])


async def trial(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    """What would change; nothing is written."""
    from agent.control.config_trial import tried
    from agent.control.plan_applying import on_disk

    if is_file(arguments):
        raise BadRequest("config check of a file works in evsectl alone and asks no agent; here write KEY=VALUE")
    body = await on_disk(lambda: tried(station.config, str(arguments["what"])))
    return Done(body, passed=not body["problems"])


async def trial_from_afar(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """Of a file there is only the one that the agent starts with."""
    from agent.control.site_on_disk import looked_at

    if not is_file(arguments):
        return await trial(station, arguments, conversation)
    if str(arguments["what"]) not in (SITE_FILE, str(station.config.site_file)):
        raise BadRequest("what: from afar the site file of this charger is checked, or KEY=VALUE; leave the path out")
    body = await looked_at(station.config)
    return Done(body, passed=not body["problems"])


async def diff(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.config_diff import difference
    from agent.control.site_on_disk import looked_at

    found = await difference(station, str(arguments["against"]))
    return Done({**found, "on_disk": await looked_at(station.config)})


def check(arguments: Arguments) -> Done:
    """The same validation the agent makes at its start; needs no agent."""
    file = str(arguments["what"])
    try:
        config = loaded(Path(file))
    except ConfigError as error:
        return Done({"file": file, "problems": list(error.problems), "notices": []}, passed=False)
    return Done({"file": file, "problems": [], "notices": list(config.notices)})


def loaded(file: Path) -> StationConfig:
    """Raises ConfigError with every problem."""
    from agent.config.load import load
    from agent.drivers import loader

    return load(file, loader)


def show_diff(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(f"in force now, against {body['against']}", Tone.STRONG)
    rows = [
        [one["key"], _told(one["now"]), _told(one["then"]), one["layer"], one["where"]] for one in body["differences"]
    ]
    if rows:
        page.table(["key", "now", "then", "layer", "where"], rows)
    else:
        page.line("nothing differs", Tone.GOOD)
    page.line()
    _show_on_disk(body["on_disk"], page)
    if not body["changes"]:
        page.line("no change is on record" + ("" if body["recorded_since"] else "; recording began with this release"))
        return
    rows = [
        [one["at"] or "time unknown", one["key"], _told(one["before"]), _told(one["after"]), one["path"], one["who"]]
        for one in body["changes"]
    ]
    page.table(["changed", "key", "from", "to", "by", "who"], rows)
    if body["changes_left_out"]:
        page.line(f"and {body['changes_left_out']} older ones")


def _show_on_disk(found: Body, page: Page) -> None:
    """Nothing where the file says what is in force."""
    from agent.control.render import Tone

    when = f", written {found['written_at']}," if "written_at" in found else ""
    if found["problems"]:
        page.line(f"{found['file']} as it is on disk{when} cannot be used; the agent would not start with it", Tone.BAD)
        for problem in found["problems"]:
            page.line(f"  {problem}", Tone.BAD)
    elif found["changes"]:
        page.line(f"{found['file']} as it is on disk{when} says something else, in force from the next start on:")
        rows = [[one["key"], _told(one["now"]), _told(one["then"])] for one in found["changes"]]
        page.table(["key", "now", "then"], rows)
    else:
        return
    page.line()


def _told(value: str | None) -> str:
    return "not set" if value is None else value or '""'


def show_trial(body: Body, page: Page) -> None:
    from agent.control.render import Tone, current

    for problem in body["problems"]:
        page.line(problem, Tone.BAD)
    if body["problems"]:
        page.line()
        page.line("the agent would not start with it; nothing was written")
        return
    if not body["changes"]:
        page.line("nothing would change", Tone.GOOD)
        return
    page.table(
        ["key", "now", "then"], [[one["key"], one["now"] or '""', one["then"] or '""'] for one in body["changes"]]
    )
    for one in body["currents"]:
        page.line(f"connector {one['connector']}: {current(one['now'])} now, {current(one['then'])} then")
    for notice in body["notices"]:
        page.line(f"notice: {notice}", Tone.WARN)
    page.line("it could be used, from the next start of the agent on; nothing was written", Tone.GOOD)


def show_check(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if "tried" in body:
        show_trial(body, page)
        return
    for problem in body["problems"]:
        page.line(problem, Tone.BAD)
    for notice in body["notices"]:
        page.line(f"notice: {notice}", Tone.WARN)
    count = len(body["problems"])
    if count:
        page.line()
        page.line(f"{count} problem{'s' if count > 1 else ''}; the agent would not start with {body['file']}")
    else:
        page.line(f"{body['file']} can be used; it is in force after: systemctl restart evse-agent", Tone.GOOD)


async def entries_in_force(station: StationPort, _: Arguments, conversation: Conversation) -> Done:
    rows = _entries(station.config)
    for start in range(0, len(rows), ROWS_A_PART):
        await conversation.say({"entries": rows[start : start + ROWS_A_PART]})
    return Done({"entries": []})


def entries_of_file(arguments: Arguments) -> Done:
    return Done({"entries": _entries(_of_file(arguments))})


def _of_file(arguments: Arguments) -> StationConfig:
    try:
        return loaded(Path(str(arguments["config"])))
    except ConfigError as error:
        raise BadRequest(f"{error}\nfirst make it usable: evsectl config check {arguments['config']}") from error


def _entries(config: StationConfig) -> list[dict[str, Any]]:
    from agent.config.layers import entries
    from agent.drivers import loader

    return [
        {"key": entry.key, "value": entry.value, "layer": entry.layer.value, "where": entry.where}
        for entry in entries(config, loader)
    ]


def show_entries(body: Body, page: Page) -> None:
    rows = [[entry["key"], entry["value"], entry["layer"], entry["where"]] for entry in body["entries"]]
    page.table(["key", "value", "layer", "where"], rows)


async def explain_in_force(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.arguments import chosen_connectors

    key = str(arguments["key"])
    if key != CURRENT:
        return _one_entry(station.config, key)
    chosen = chosen_connectors(station.connectors(), arguments)
    return Done({"key": key, "connectors": [_in_force(station, connector) for connector in chosen]})


def explain_file(arguments: Arguments) -> Done:
    from agent.control.arguments import chosen_connectors

    config, key = _of_file(arguments), str(arguments["key"])
    if key != CURRENT:
        return _one_entry(config, key)
    chosen = chosen_connectors(config.connector_sites, arguments)
    return Done({"key": key, "connectors": [_current(config, connector, ()) for connector in chosen]})


def _in_force(station: StationPort, connector: ConnectorId) -> dict[str, Any]:
    """The layers of the configuration with the network's, and beside them what the charger itself limits now."""
    limits = station.session(connector).limits
    network = tuple(
        (f"{entry.source.value.replace('_', ' ')}: {entry.detail}", entry.current_a)
        for entry in limits.entries
        if entry.source.value in NETWORK_SOURCES
    )
    effective = limits.effective()
    now = {
        "offered_a": station.session(connector).encoded_a,
        "allowed_a": effective.current_a,
        "source": effective.source.value if effective.source else None,
        "detail": effective.detail,
    }
    return {**_current(station.config, connector, network), "now": now}


def _current(config: StationConfig, connector: ConnectorId, network: tuple[tuple[str, float], ...]) -> dict[str, Any]:
    from agent.config.layers import explain_current

    return {
        "connector": int(connector),
        "layers": [
            {
                "layer": limit.layer.value,
                "key": limit.key,
                "current_a": limit.current_a,
                "where": limit.where,
                "wins": limit.wins,
            }
            for limit in explain_current(config, connector, network)
        ],
    }


def _one_entry(config: StationConfig, key: str) -> Done:
    from agent.tables import close_to

    rows = _entries(config)
    found = [row for row in rows if row["key"] == key or row["key"].startswith(f"{key}.")]
    if not found:
        known = [CURRENT, *(row["key"] for row in rows)]
        raise BadRequest(f'key: there is no "{key[:60]}"{close_to(key, known) or "; see: evsectl config show"}')
    return Done({"key": key, "entries": found})


def show_explained(body: Body, page: Page) -> None:
    if "entries" in body:
        show_entries(body, page)
        return
    for number, connector in enumerate(body["connectors"]):
        if number:
            page.line()
        _show_current(connector, page)


def _show_current(connector: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, current

    winner = next(limit for limit in connector["layers"] if limit["wins"])
    page.line(
        f"connector {connector['connector']}: {current(winner['current_a'])} by configuration; "
        f"{winner['key']} decides ({winner['where']})",
        Tone.STRONG,
    )
    rows = [
        ["wins" if limit["wins"] else "", current(limit["current_a"]), limit["layer"], limit["key"], limit["where"]]
        for limit in connector["layers"]
    ]
    page.table(["", "limit", "layer", "key", "where"], rows)
    now = connector.get("now")
    if now:
        source = (now["source"] or "nobody").replace("_", " ")
        allowed = f"now {current(now['allowed_a'])} may be offered, {source} decides: {now['detail']}"
        page.line(f"{allowed}; {current(now['offered_a'])} is offered")


FILE = Parameter(
    name="config",
    kind=Kind.FILE,
    purpose="this site file instead of the configuration that is in force; needs no agent",
)
VERB = Verb(
    purpose="what is configured, whether it can be, and which layer decides",
    actions=(
        Action(
            name="check",
            purpose="every problem of a site file and its board, or of a key before it is written",
            parameters=(
                Parameter(
                    name="what",
                    positional=True,
                    default=SITE_FILE,
                    purpose="the site file; or KEY=VALUE, several in one pair of quotes: what would change",
                ),
            ),
            remote=Effect.READ,
            answer=trial,
            answer_remote=trial_from_afar,
            local=check,
            is_local=is_file,
            show=show_check,
        ),
        Action(
            name="diff",
            purpose="what differs from the factory, the plan, the last good charge or a date, and who changed it",
            parameters=(
                Parameter(
                    name="against",
                    default="factory",
                    purpose="factory, plan, last-good, 90m, 2h or 3d ago, or a time as 2026-12-01T18:00Z",
                ),
            ),
            remote=Effect.READ,
            answer=diff,
            show=show_diff,
        ),
        Action(
            name="show",
            purpose="every key in force, its layer and its line; secrets stay hidden",
            parameters=(FILE,),
            answer=entries_in_force,
            local=entries_of_file,
            local_when="config",
            show=show_entries,
        ),
        Action(
            name="explain",
            purpose='where a key comes from; "current" says which layer limits the current',
            parameters=(
                Parameter(name="key", positional=True, purpose='a dotted key, its section, or "current"'),
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only this connector"),
                FILE,
            ),
            answer=explain_in_force,
            remote=Effect.READ,
            local=explain_file,
            local_when="config",
            show=show_explained,
        ),
    ),
)
