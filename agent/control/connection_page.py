"""What `evsectl ocpp connect` shows, part by part."""

from __future__ import annotations

from agent.control.render import Page, Tone
from agent.control.wire import Body

MARKS = {"answers": (" ok   ", Tone.GOOD), "refuses": (" no   ", Tone.PLAIN), "spared": (" –    ", Tone.DIM)}


def show(body: Body, page: Page) -> None:
    """Each part as it comes; the password is in none of them."""
    if "understood" in body:
        seen = body["understood"]
        page.line(f"host       {seen['host']}{'' if seen['scheme'] else ' (nobody said ws or wss: TLS)'}")
        page.line(f"path       {seen['path'] or 'none'}")
        page.line(f"name       {seen['identity']}")
        page.line(f"password   {seen['password']}")
        for note in seen["notes"]:
            page.line(f"note: {note}", Tone.WARN)
        page.line()
        page.awaited = "  …"
    elif "tried" in body:
        row = body["tried"]
        mark, tone = MARKS[row["verdict"]]
        page.line(f"{mark}{row['url']} ({row['how']}): {row['says']}", tone)
        page.awaited = "  …"
    elif "answered" in body:
        page.line()
        if body["answered"] is None:
            page.line("None of them answered as a central system for this charger.", Tone.BAD)
            page.line(f"Next: {body['next']}.")
        else:
            page.line(f"Result: {body['answered']} answers ({body['how']}).", Tone.GOOD)
            page.line("That it knows this charger shows when the charger says who it is, after the start.")
    elif "written" in body:
        if body["changes"]:
            page.table(["key", "in force", "then"], [[row["key"], row["now"], row["then"]] for row in body["changes"]])
        if body["written"]:
            page.line("written and read back; the agent starts anew", Tone.GOOD)
            page.line("then: evsectl network check; the way back: evsectl ocpp undo")
        else:
            page.line("the charger connects like this already; nothing was changed", Tone.GOOD)
