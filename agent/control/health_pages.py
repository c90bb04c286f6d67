"""The health document as a page that is read in ten seconds: verdicts and their reasons first, the rest in groups.

A function of the document alone, so that support sees the same page of a charger far away. What a document does not
hold is not shown: it may be of another release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.control.render import Page, Tone, current, duration, energy, power, quantities
from agent.core.health.degraded import CERTIFICATE_DAYS

TONES = {"ok": Tone.GOOD, "degraded": Tone.WARN, "down": Tone.BAD}
WIDTH = 13
EVENTS_SHOWN = 8
LONG_DAYS = 3650
"""From here on years say more: many a root ends in the year 9999."""
MB = 1_000_000


def show_health(body: Mapping[str, Any], page: Page) -> None:
    identity = body.get("identity", {})
    name = identity.get("serial_number") or "no serial number"
    words = (name, identity.get("vendor", ""), identity.get("model", ""), identity.get("versions", {}).get("agent", ""))
    page.line(f"{body.get('verdict', '?'):<{WIDTH}}" + "  ".join(word for word in words if word), _tone(body))
    for port in body.get("ports", []):
        _verdict(port, page)
    shared = [one for one in body.get("reasons", []) if not _is_of_a_port(one, body)]
    for one in shared:
        _reason(one, page)
    for port in body.get("ports", []):
        _port(port, page)
    _station(body, page)
    _past(body, page)
    left_out = body.get("left_out")
    if left_out:
        page.line(f"left out, for want of room: {quantities(left_out)}", Tone.WARN)


def show_health_history(body: Mapping[str, Any], page: Page) -> None:
    """The newest first: when, how long, of which port, and why."""
    if not body["history"]:
        page.line("no verdict is on record yet; the first goes there a minute after the first start")
    for one in body["history"]:
        page.line(
            f"{_begun(one, page):<{WIDTH + 8}}{one['verdict']:<10}connector {one['port']}{_lasted(one)}", _tone(one)
        )
        if "reason" in one:
            page.line(f"{'':<{WIDTH + 8}}{one['reason']}: {one.get('what', '')}")
        if unkept := one.get("unkept"):
            page.line(f"{'':<{WIDTH + 8}}{unkept} changes before it came too quickly to be kept", Tone.DIM)


def _begun(one: Mapping[str, Any], page: Page) -> str:
    if "since" not in one and "age_s" in one:
        return f"{duration(one['age_s'])} ago"
    return page.date({"utc": one.get("since")})


def _lasted(one: Mapping[str, Any]) -> str:
    lasted_s, away_s = one.get("lasted_s"), one.get("away_s")
    how_long = "" if lasted_s is None else f", for {duration(lasted_s)}"
    away = "" if away_s is None else f", of which the program did not run for {duration(away_s)}"
    return how_long + away + (" until now" if "until" not in one and how_long else "")


def _tone(body: Mapping[str, Any]) -> Tone:
    return TONES.get(str(body.get("verdict")), Tone.PLAIN)


def _is_of_a_port(reason: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Told with the port already."""
    name = reason.get("key"), reason.get("text")
    return any((one.get("key"), one.get("text")) == name for port in body.get("ports", []) for one in port["reasons"])


def _verdict(port: Mapping[str, Any], page: Page) -> None:
    page.line(f"{port['verdict']:<{WIDTH}}connector {port['port']}: {port['state']}, {port['headline']}", _tone(port))
    for one in port["reasons"]:
        _reason(one, page)


def _reason(one: Mapping[str, Any], page: Page) -> None:
    age_s = one.get("age_s")
    for_how_long = "" if age_s is None else f", for {duration(age_s)}"
    page.line(f"{'':<{WIDTH}}{one['key']}: {one['text']}{for_how_long}")
    if one.get("remedy"):
        page.line(f"{'':<{WIDTH}}  next: {one['remedy']}", Tone.DIM)


def _row(page: Page, name: str, text: str, tone: Tone = Tone.PLAIN) -> None:
    if text:
        page.line(f"{name:<{WIDTH}}{text}", tone)


def _port(port: Mapping[str, Any], page: Page) -> None:
    from agent.core.explain.clearing import clearing_command

    page.line()
    page.line(f"connector {port['port']}", Tone.STRONG)
    flows = [f"{current(port.get('offered_a'))} offered"]
    flows += [power(port["power_w"])] if "power_w" in port else []
    flows += [f"{energy(port['session_energy_wh'])} in this charge"] if "session_energy_wh" in port else []
    flows += [f"register {energy(port['register_wh'])}"] if "register_wh" in port else []
    _row(page, "power", ", ".join(flows))
    for one in port.get("limits", []):
        _limit(one, page)
    for one in port.get("faults", []):
        clearing = f"; {clearing_command(one['id'])}" if one.get("clearable") else ""
        facts = quantities(one.get("evidence", {}))
        times = f", {one['count']} times" if one.get("count", 1) > 1 else ""
        _row(page, "fault", f"{one['id']}: {one.get('meaning', '')}{times}{clearing}", Tone.BAD)
        _row(page, "", f"  {facts}" if facts else "", Tone.DIM)
    contactor = port.get("contactor", {})
    counts = {name: contactor[name] for name in ("operations", "under_load") if name in contactor}
    told = f"{contactor.get('state', '?')}" + (f", {quantities(counts)}" if counts else "")
    _row(page, "contactor", told + (f", lock {port['lock']}" if "lock" in port else ""))
    _row(page, "heat", _temperatures(port.get("temps", [])))
    _row(page, "flexibility", _flexibility(port.get("flexibility", {})))
    uptime = port.get("uptime")
    if uptime and uptime.get("percent") is not None:
        _row(page, "uptime", _uptime(uptime))


def _uptime(month: Mapping[str, Any]) -> str:
    """Of what is on record: a charger that is new has little of it, and another figure over twelve months."""
    share = f"{month['percent']:.3f} %"
    if "recorded_min" not in month:
        return f"{share} in {month['month']}"
    out = f", out of service {duration(60 * month['outage_min'])}" if month.get("outage_min") else ""
    return f"{share} of the {duration(60 * month['recorded_min'])} of {month['month']} on record{out}"


def _limit(one: Mapping[str, Any], page: Page) -> None:
    if one.get("share"):
        # Nought amperes of a supply that others use are no fault, and read like one.
        _row(page, "limit", f"no share now  {_owner(one)}; {one['share']}", Tone.DIM)
        return
    decides = " (in force)" if one.get("decides") else ""
    _row(page, "limit", f"{current(one['current_a'])}  {_owner(one)}{decides}", Tone.PLAIN if decides else Tone.DIM)


def _owner(limit: Mapping[str, Any]) -> str:
    detail = f": {limit['detail']}" if limit.get("detail") else ""
    return f"{limit['owner'].replace('_', ' ')}{detail}"


def _temperatures(rows: list[Mapping[str, Any]]) -> str:
    return ", ".join(f"{one['place']} {one['temp_c']:.1f} °C" for one in rows)


def _flexibility(told: Mapping[str, Any]) -> str:
    if "drawn_w" not in told:
        by = told.get("raise_by")
        more = f"up to {power(told['raise_w'])} more" if "raise_w" in told else "an unknown amount more"
        return f"paused; {more} by {by}" if by else ""
    parts = [f"{power(told['drawn_w'])} drawn", f"{power(told['shed_w'])} could be shed by {told.get('shed_by', '?')}"]
    if "shed_to_minimum_w" in told:
        parts.append(f"{power(told['shed_to_minimum_w'])} of it without a pause")
    if told.get("raise_w"):
        parts.append(f"up to {power(told['raise_w'])} more by {told.get('raise_by', '?')}")
    return ", ".join(parts)


def _station(body: Mapping[str, Any], page: Page) -> None:
    page.line()
    page.line("charger", Tone.STRONG)
    versions = body.get("identity", {}).get("versions", {})
    boards = versions.get("boards", {})
    firmware = [f"board {port} {version}" for port, version in boards.items()]
    _row(
        page,
        "versions",
        ", ".join([f"agent {versions.get('agent', '?')}", *firmware, f"kernel {versions.get('kernel', '?')}"]),
    )
    _supply(body.get("supply", {}), page)
    _row(page, "network", _network(body.get("network", {}), body.get("queues", {})))
    _row(page, "by", _way(body.get("network", {}).get("way", {})))
    _row(page, "broker", _broker(body.get("broker", {})))
    _row(page, "clock", _clock(body.get("clock", {})))
    _row(page, "storage", _storage(body.get("storage", {})))
    for one in body.get("certificates", []):
        tone = Tone.WARN if one["days"] <= CERTIFICATE_DAYS else Tone.DIM
        whose = f" ({one['subject']})" if one["subject"] else ""
        _row(page, "certificate", f"{one['kind']}{whose}: {_left(one['days'])}", tone)
    _row(page, "heat", _temperatures(body.get("temps", [])))
    _row(page, "program", _program(body.get("process", {})))
    service = body.get("commissioned", {})
    if service and not service.get("in_service", True):
        _row(page, "service", f"not in service: {service.get('why', '')}", Tone.WARN)
    for one in body.get("devices", []):
        if not one.get("answering", True):
            _row(page, "device", f"{one['name']} does not answer {one.get('detail', '')}", Tone.WARN)
    for notice in body.get("notices", []):
        _row(page, "notice", notice, Tone.WARN)


def _left(days: int) -> str:
    if days < 0:
        return f"ended {-days} days ago"
    return f"{days} days left" if days < LONG_DAYS else f"{days // 365} years left"


def _supply(supply: Mapping[str, Any], page: Page) -> None:
    if not supply:
        return
    left = f"; the next change is in {duration(supply['turns_in_s'])}" if "turns_in_s" in supply else ""
    _row(page, "supply", f"{supply['what']}{left} [{supply['who']}]")
    for one in supply["parts"]:
        for_how_long = f", for {duration(one['age_s'])}" if "age_s" in one else ""
        _row(page, "", f"  {one['what']}{for_how_long}")


def _network(network: Mapping[str, Any], queues: Mapping[str, Any]) -> str:
    if not network.get("configured", True):
        return "none configured; this charger decides alone"
    if not network:
        return ""
    age_s = network.get("age_s")
    since = "" if age_s is None else f" for {duration(age_s)}"
    state = f"connected{since}" if network.get("connected") else f"not connected{since}: {network.get('cause', '?')}"
    parts = [
        f"{network.get('host', '?')} {state}",
        f"{network['reconnects']} reconnects" if network.get("reconnects") else "",
    ]
    parts.append(f"round trip {1000 * network['rtt_s']:.0f} ms" if "rtt_s" in network else "")
    parts.append(f"{queues['facts']} records wait" if queues.get("facts") else "")
    return ", ".join(part for part in parts if part)


def _way(way: Mapping[str, Any]) -> str:
    """By what the world is reached; "" where nothing is known."""
    if not way:
        return ""
    parts = [f"{way['interface']} ({way['medium']}), address {way['address_kind']} (IPv{way['ip_version']})"]
    parts.append(f"{way['level_dbm']:.0f} dBm" if "level_dbm" in way else "")
    parts.append(f"{way['rate_mbit']:g} Mbit/s" if "rate_mbit" in way else "")
    parts += [str(way[name]) for name in ("modem", "operator", "technology") if name in way]
    parts.append(f"signal {way['signal_percent']} %" if "signal_percent" in way else "")
    parts.append(f"signal not looked at: {way['not_looked_at']}" if "not_looked_at" in way else "")
    return ", ".join(part for part in parts if part)


def _broker(mqtt: Mapping[str, Any]) -> str:
    """Of the health channel; "" where there is none."""
    if not mqtt:
        return ""
    parts = ["connected" if mqtt.get("connected") else f"not connected: {mqtt.get('cause', '?')}"]
    parts.append(f"{mqtt['waiting']} messages wait" if mqtt.get("waiting") else "")
    parts.append(f"{mqtt['dropped']} dropped: no link, or too many at once" if mqtt.get("dropped") else "")
    return ", ".join(part for part in parts if part)


def _clock(clock: Mapping[str, Any]) -> str:
    words = {"none": "the time of day is not known", "csms": "as the central system told it", "clock": "its own"}
    told = [words.get(str(clock.get("quality")), "")]
    told.append(f"{clock['offset_s']:+.1f} s to the central system" if "offset_s" in clock else "")
    told.append(f"set by {clock['set_by_s']:+.0f} s in this run" if "set_by_s" in clock else "")
    return ", ".join(word for word in told if word)


def _storage(storage: Mapping[str, Any]) -> str:
    parts = []
    if "free_bytes" in storage:
        parts.append(f"{storage['free_bytes'] / MB:.0f} MB of {storage.get('total_bytes', 0) / MB:.0f} MB free")
    parts += [f"{storage['written_bytes'] / MB:.1f} MB written in this run"] if "written_bytes" in storage else []
    parts += [f"{storage['wear_percent']} % worn"] if "wear_percent" in storage else []
    return ", ".join(parts)


def _program(process: Mapping[str, Any]) -> str:
    parts = [f"up {duration(process['uptime_s'])}"] if "uptime_s" in process else []
    parts += [f"{process['rss_kb'] / 1024:.1f} MiB"] if "rss_kb" in process else []
    if "rss_trend_kb_per_day" in process:
        parts.append(f"{process['rss_trend_kb_per_day']:+} KiB a day")
    return ", ".join(parts)


def _past(body: Mapping[str, Any], page: Page) -> None:
    boots, events = body.get("boots", []), body.get("events", [])
    if boots:
        page.line()
        page.line("starts of the program, the newest first", Tone.STRONG)
    for one in boots[:5]:
        stuck = f" ({one['stuck']} was stuck)" if one.get("stuck") else ""
        ended = f", ended: {one['ended']}{stuck}" if "ended" in one else ", runs"
        _row(page, "", f"{page.date({'utc': one.get('started')})}  {one['reason']}, {one.get('version', '')}{ended}")
        if one.get("crash"):
            _row(page, "", f"  {one['crash']}", Tone.WARN)
    if events:
        page.line()
        page.line(f"the last events; all: evsectl events ({len(events)} in this document)", Tone.STRONG)
    for event in events[-EVENTS_SHOWN:]:
        place = f"connector {event['connector']}" if "connector" in event else ""
        tone = Tone.BAD if event["name"] == "fault.raised" else Tone.PLAIN
        page.line(
            f"{page.date(event.get('at')):<19}  {place:<11}  {event['name']}  {quantities(event['fields'])}", tone
        )
