"""`evsectl explain`: why a connector is or is not charging, and what would change that; `current`: why so much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done
from agent.loading import loaded

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page, Tone
    from agent.core.identity import ConnectorId


CURRENT = "current"


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    await loaded("agent.control.explanation", "agent.control.arguments")
    from agent.control.arguments import chosen_connectors
    from agent.control.explanation import explanation_body

    chosen = chosen_connectors(station.connectors(), arguments)
    if arguments["what"] == CURRENT:
        return Done({"what": CURRENT, "connectors": [await _current(station, connector) for connector in chosen]})
    return Done({"connectors": [await explanation_body(station, connector) for connector in chosen]})


async def _current(station: StationPort, connector: ConnectorId) -> dict[str, Any]:
    from agent.control.current import LOOKS_AHEAD_S, current_explained
    from agent.control.sharing import supply_of

    schedule = await station.composite_schedule(connector, LOOKS_AHEAD_S)
    told = current_explained(station.session(connector), schedule, supply_of(station), station.now())
    return {"connector": int(connector)} | told


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    for number, connector in enumerate(body["connectors"]):
        if number:
            page.line()
        if body.get("what") == CURRENT:
            _show_current(connector, page)
            continue
        tone = Tone.GOOD if connector["charging"] else Tone.STRONG
        page.line(f"connector {connector['connector']} is {connector['headline']}", tone)
        _show_chain(connector["chain"], page)
        for reason in connector["reasons"]:
            _show_reason(reason, page)
        _show_changes(connector["would_start"], page)
    _show_supply(body["connectors"], page)
    if page.rows is not None and len(page.lines) >= page.rows and body.get("what") != CURRENT:
        _show_heads(body["connectors"], page)


def _show_heads(connectors: list[dict[str, Any]], page: Page) -> None:
    """Once more, where what stands first has scrolled away."""
    from agent.control.render import Tone

    page.line()
    for one in connectors:
        page.line(f"connector {one['connector']} is {one['headline']}", Tone.GOOD if one["charging"] else Tone.STRONG)


def _show_supply(connectors: list[dict[str, Any]], page: Page) -> None:
    """Once, below those who share it."""
    from agent.control.sharing import show_supply

    if connectors and "supply" in connectors[0]:
        page.line()
        show_supply(connectors[0]["supply"], page)


def _show_chain(chain: list[dict[str, Any]], page: Page) -> None:
    from agent.control.render import Tone

    tones = {"ok": Tone.GOOD, "blocks": Tone.BAD}
    for one in chain:
        since = page.since(one.get("since"))
        told = f"{one['what']}, {since}" if since else one["what"]
        page.line(f"  {one['link']:<13} {one['state']:<7} {told}", tones.get(one["state"], Tone.DIM))


def _show_changes(changes: list[dict[str, Any]], page: Page) -> None:
    from agent.control.render import Tone

    for number, one in enumerate(changes):
        start = "would start:" if not number else "        and:"
        page.line(f" {start} {one['change']}{_until(one.get('until'), page)} [{one['who']}]", Tone.STRONG)


def _until(until: dict[str, Any] | None, page: Page) -> str:
    """A moment to come: by the clock where that is known, else by how long it takes."""
    from agent.control.render import duration

    if until is None or (until["utc"] is None and until["age_s"] is None):
        return ""
    left = "" if until["age_s"] is None else f"in {duration(max(0.0, -until['age_s']))}"
    return f" ({page.date(until)}, {left})" if until["utc"] else f" ({left})"


def _show_reason(reason: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, quantities

    page.line(f" {reason['effect']:<7} {reason['what']}", _tone(reason["effect"]))
    facts = ", ".join(part for part in (quantities(reason["evidence"]), page.since(reason["since"])) if part)
    if facts:
        page.line(f"         {facts}", Tone.DIM)
    if reason["next_step"]:
        page.line(f"         next: {reason['next_step']}")


def _show_current(connector: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, current, duration

    decides = (connector["decides"] or "nobody").replace("_", " ")
    limit = next((one["current_a"] for one in connector["limits"] if one["decides"]), None)
    may = f"{current(connector['allowed_a'])} may be offered"
    if limit and not connector["allowed_a"]:
        may = f"{current(limit)} would be allowed; a car can be offered no less than 6 A, so it is offered none"
    allowed = f"connector {connector['connector']}: {may}, {decides} decides"
    page.line(f"{allowed}; {current(connector['offered_a'])} is offered", Tone.STRONG)
    if connector.get("share"):
        page.line(f"  no share of the supply now: {connector['share']}")
    rows = [
        ["decides" if one["decides"] else "", current(one["current_a"]), one["source"].replace("_", " "), one["detail"]]
        for one in connector["limits"]
    ]
    page.table(["", "limit", "source", "why"], rows)
    profile, following = connector["profile"], connector["next"]
    if profile:
        until = f"until {page.date(profile['until'])}" if profile["until"] else "with no end in sight"
        page.line(f"charging profile {profile['id']} decides, {until}")
    if following:
        by = "no profile" if following["profile"] is None else f"charging profile {following['profile']}"
        when = f"{page.date(following['at'])}, in {duration(following['in_s'])}"
        page.line(f"next change: {when}, to {current(following['allowed_a'])} by {by}")
    elif connector["ahead_s"] is None:
        page.line("the clock is not trusted: of every profile the strictest period holds until the time is known")
    else:
        page.line(f"no profile changes it within {duration(connector['ahead_s'])}")


def _tone(effect: str) -> Tone:
    from agent.control.render import Tone

    return {"blocks": Tone.BAD, "pauses": Tone.WARN}.get(effect, Tone.PLAIN)


VERB = Verb(
    purpose="every reason why a connector is or is not charging, strongest first",
    actions=(
        Action(
            purpose="every reason why a connector is or is not charging, strongest first",
            parameters=(
                Parameter(
                    name="what",
                    positional=True,
                    default="charge",
                    choices=("charge", CURRENT),
                    purpose='"charge", or "current": every limit of the current, which one decides and until when',
                ),
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only this connector"),
            ),
            remote=Effect.READ,
            masked=(Masked.CARDS,),
            answer=answer,
            show=show,
        ),
    ),
)
