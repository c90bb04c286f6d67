"""The hand-over pack: two pages for the owner, made of the sealed report, in the owner's language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from agent.core.commissioning.handover import items_of
from agent.core.schedule.compose import NOMINAL_V
from agent.papers.blocks import (
    Banner,
    Block,
    Columns,
    Heading,
    Lamp,
    Lamps,
    NewPage,
    Pairs,
    Paper,
    Qr,
    Steps,
    Text,
    Ticks,
    Tone,
)
from agent.papers.texts import texts
from agent.papers.words import MONTHS

Report = Mapping[str, Any]
NUMBER_AND_UNIT = re.compile(r"(\d) (kW|A)\b")
SCALE = 1.12
"""Larger than the report: it is read by whoever charges."""


class _Pack:
    """One report, one language."""

    def __init__(self, report: Report, more: Report) -> None:
        self.language = str(more.get("language", "en"))
        self.said = texts(self.language)
        self.ticks: Mapping[str, Any] = more.get("ticks", {})
        self.report = report
        self.head, self.charger = report["head"], report["head"]["charger"]
        self.answers = report["handover"]
        self.limits, self.circuit = report["installation"]["limits"], report["installation"]["circuit"]

    def __call__(self, key: str, **filled: object) -> str:
        return NUMBER_AND_UNIT.sub("\\1\N{NO-BREAK SPACE}\\2", self.said[key].format(**filled))

    def answer(self, key: str) -> str:
        """Or a line to write it on."""
        return str(self.answers.get(key) or self("blank"))

    @property
    def serial(self) -> str:
        """Or a line to write it on."""
        return str(self.charger.get("serial_number") or self("blank"))

    @property
    def station(self) -> str:
        return f"{self.charger.get('vendor', '')} {self.charger.get('model', '')}".strip()

    @property
    def under(self) -> str:
        """Station and serial number, as far as they are known."""
        return "  |  ".join(one for one in (self.station, str(self.charger.get("serial_number") or "")) if one)

    @property
    def has_light(self) -> bool:
        return bool(self.answers.get("lights")) or self.limits.get("light") == "board"

    def source(self, told: str) -> str:
        """A country file's source in this language, where it has been put into it; else as it stands."""
        english = texts("en")
        key = next((one for one in english if one.startswith("sources.") and english[one] == told), None)
        return told if key is None else self(key)

    def dated(self, at: date | None) -> str:
        if at is None:
            return self("blank")
        return f"{at:%d.%m.%Y}" if self.language == "de" else f"{at.day} {MONTHS[at.month - 1]} {at.year}"

    def number(self, value: float) -> str:
        text = f"{value:.1f}".removesuffix(".0")
        return text.replace(".", ",") if self.language == "de" else text

    def made(self) -> date | None:
        utc = self.head["made"].get("utc")
        return datetime.fromisoformat(utc).date() if utc else None


def paper(file: Report, more: Report) -> Paper:
    """Of a sealed file. `more`: language, and the ticks of the check-list by item, each with "utc"."""
    said = _Pack(file["report"], more)
    complete = said.report["verdict"]["complete"]
    return Paper(
        title=said("title"),
        under=said.under,
        foot=said(
            "foot",
            serial=said.charger.get("serial_number") or said.station,
            report=said.head["report_id"],
            date=said.dated(said.made()),
        ),
        page_word=said("page"),
        language=said.language,
        stamp="" if complete else said("not_complete"),
        scale=SCALE,
        blocks=tuple(_blocks(said, complete=complete)),
    )


def _blocks(said: _Pack, *, complete: bool) -> Iterator[Block]:
    if not complete:
        text = said("not_complete_text", report=said.head["report_id"])
        yield Banner(title=said("not_complete"), text=text, tone=Tone.BAD)
    yield Columns(((_installed(said), *_limits(said)), (Heading(said("charge.title")), _charge(said), *_red(said))))
    emergency = Pairs(title=said("emergency.title"), rows=(("", said.answer("disconnection")),))
    if said.answers.get("lights"):
        yield Heading(said("lights.title"))
        yield from _lights(said)
        yield NewPage()
        left: tuple[Block, ...] = (_operator(said), *_peak(said), _upkeep(said), _warranty(said))
        right: tuple[Block, ...] = (emergency, Heading(said("copies.title")), _copies(said))
    else:
        operator = (_operator(said),)
        if said.has_light:
            yield Heading(said("lights.title"))
            yield Text(said("lights.on_board"), Tone.DIM)
        # Together with words on the light a long price would not be sure of its place on the first page.
        first, second = ((emergency,), operator) if said.has_light else (operator, ())
        rest = (_upkeep(said),) if said.has_light else (emergency, _upkeep(said))
        yield Columns((first, rest))
        yield NewPage()
        left, right = (*second, *_peak(said), _warranty(said), Heading(said("copies.title")), _copies(said)), ()
    right = (
        *right,
        Heading(said("checklist.title")),
        _checklist(said),
        Text(f"{said('checklist.signed')}: {said('blank')}{said('blank')}"),
    )
    yield Columns((left, right))
    yield _help(said)


def _installed(said: _Pack) -> Pairs:
    installer = said.report["people"]["installer"]
    kinds = [f"{one.get('number')}: {said('installed.' + str(one.get('outlet')))}" for one in said.head["connectors"]]
    return Pairs(
        title=said("installed.title"),
        rows=(
            (said("installed.station"), said.station),
            (said("installed.serial"), said.serial),
            (said("installed.outlets"), "\n".join(kinds) or said("blank")),
            (said("installed.by"), str(installer.get("company") or said("blank"))),
            (said("installed.on"), said.dated(said.made() if said.report["verdict"]["complete"] else None)),
        ),
    )


def _limits(said: _Pack) -> Iterator[Block]:
    yield Heading(said("limits.title"))
    phases = said.limits.get("phases") or 1
    currents = [(one.get("number"), one["limit_a"]) for one in said.head["connectors"] if one.get("limit_a")]
    same = len({current for _, current in currents}) == 1
    for number, current in currents[:1] if same else currents:
        power = said.number(current * phases * NOMINAL_V / 1000)
        key = "limits.outlets" if same and len(currents) > 1 else "limits.outlet"
        yield Text(said(key, number=number, current=said.number(current), power=power))
    supply = said.limits.get("supply_current_a")
    if supply:
        shared = f" {said('limits.shared')}" if len(currents) > 1 else ""
        yield Text(said("limits.supply", current=said.number(supply)) + shared)
    breaker = said.circuit.get("breaker_current_a")
    if breaker:
        kind = said.circuit.get("breaker_curve", "")
        yield Text(said("limits.breaker", breaker=kind, current=said.number(breaker)))
    if said.limits.get("safe_current_a") is not None:
        yield Text(said("limits.silent", current=said.number(said.limits["safe_current_a"])))
    yield Text(said("limits.group" if said.limits.get("shares_feeder") else "limits.alone"))


def _charge(said: _Pack) -> Steps:
    outlets = {str(one.get("outlet")) for one in said.head["connectors"]}
    plug = "charge.plug_socket" if "socket" in outlets else "charge.plug_tethered"
    app = said.answers.get("app")
    allowed = "charge.free" if said.limits.get("authorization") == "free" else "charge.card"
    return Steps(rows=(said(plug), said(allowed, app=f" “{app}”" if app else ""), said("charge.stop")))


def _red(said: _Pack) -> Iterator[Block]:
    yield Heading(said("red.title" if said.has_light else "red.title_dark"))
    yield Steps(rows=(said("red.one"), said("red.two"), said("red.three" if said.has_light else "red.three_dark")))
    whom = f"{said.answer('operator')}: {said.answer('phone')}"
    yield Pairs(title=said("red.call"), rows=(("", whom), ("", said("red.quote", serial=said.serial))))


def _lights(said: _Pack) -> Iterator[Block]:
    """As the driver of the lamp shows them, the usual ones first."""
    lamps = [
        Lamp(
            colours=tuple(one["colours"]),
            rhythm_s=tuple(one["rhythm_s"]),
            name=said(f"lights.{one['signal']}"),
            meaning=said(f"lights.{one['signal']}_means"),
        )
        for one in said.answers["lights"]
    ]
    yield Lamps(rows=tuple(lamps))


def _operator(said: _Pack) -> Pairs:
    cards = [one.strip() for one in str(said.answers.get("cards") or "").split(",") if one.strip()]
    told = said("operator.cards_text", count=len(cards), numbers=", ".join(cards)) if cards else said("blank")
    return Pairs(
        title=said("operator.title"),
        rows=(
            (said("operator.name"), said.answer("operator")),
            (said("operator.phone"), said.answer("phone")),
            (said("operator.price"), said.answer("price")),
            (said("operator.cards"), told),
            (said("operator.data"), said("operator.data_text")),
        ),
    )


def _peak(said: _Pack) -> Iterator[Block]:
    """Only where the country's file asks for it."""
    upkeep = said.answers.get("upkeep") or {}
    if not upkeep.get("off_peak_outside"):
        return
    text = said(
        "peak.text",
        country=upkeep.get("country", ""),
        hours=upkeep["off_peak_outside"],
        minutes=round(upkeep.get("random_delay_s", 0) / 60),
    )
    yield Pairs(title=said("peak.title"), rows=(("", text),))


def _upkeep(said: _Pack) -> Pairs:
    upkeep = said.answers.get("upkeep") or {}
    rows = []
    for key, months_key in (
        ("rcd", "rcd_button_months"),
        ("look", "look_months"),
        ("verification", "verification_months"),
    ):
        months = upkeep.get(months_key)
        due = (
            said("upkeep.every", months=months, date=said.dated(later(said.made(), months)))
            if months
            else said("blank")
        )
        rows.append((said(f"upkeep.{key}"), due))
    if upkeep.get("source"):
        rows.append((said("upkeep.source"), said.source(str(upkeep["source"]))))
    return Pairs(title=said("upkeep.title"), rows=tuple(rows))


def later(at: date | None, months: int) -> date | None:
    """So many months later; the last day of a month that is shorter."""
    if at is None:
        return None
    whole = at.year * 12 + at.month - 1 + months
    year, month = whole // 12, whole % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
    return date(year, month, min(at.day, last))


def _warranty(said: _Pack) -> Pairs:
    years = str(said.answers.get("warranty_years") or "")
    begins = said.made() if said.report["verdict"]["complete"] else None
    ends = later(begins, 12 * int(years)) if years.isdecimal() and int(years) < 100 else None
    return Pairs(
        title=said("warranty.title"),
        rows=(
            (said("warranty.start"), f"{said.dated(begins)}, {said('warranty.end')} {said.dated(ends)}"),
            (said("warranty.void"), said("warranty.void_text")),
            (said("warranty.support"), said.answer("support_until")),
            (said("warranty.report"), said("warranty.report_text")),
        ),
    )


def _copies(said: _Pack) -> Ticks:
    report = said("copies.report", report=said.head["report_id"])
    return Ticks(rows=((report, ""), *((said(f"copies.{key}"), "") for key in ("schematic", "declaration", "manual"))))


def _checklist(said: _Pack) -> Ticks:
    """Without a light nobody explains one."""
    words = {item: f"checklist.{item}" for item in items_of(has_light=said.has_light)}
    if not said.has_light:
        words["red"] = "checklist.red_dark"
    return Ticks(rows=tuple((said(key), _ticked(said, item)) for item, key in words.items()))


def _ticked(said: _Pack, item: str) -> str:
    tick = said.ticks.get(item)
    if not tick:
        return ""
    utc = tick.get("utc")
    return said("checklist.ticked", date=said.dated(datetime.fromisoformat(utc).date())) if utc else "✓"


def _help(said: _Pack) -> Qr:
    """What a caller has to tell, and where to look; no secret."""
    link = str(said.answers.get("support_link") or "")
    return Qr(
        text=f"{said.charger.get('serial_number') or said.head['report_id']} {link}".strip(),
        caption=(said("qr.title"), said("qr.serial", serial=said.serial), said("qr.link", link=link or said("blank"))),
    )


def owner_sheet(file: Report, more: Report) -> Paper:
    """The code on a sheet of its own, to be folded. `more` holds it: it is in no report and no QR code."""
    said = _Pack(file["report"], more)
    return Paper(
        title=said("code.title"),
        under=said("code.under"),
        foot=said.under,
        page_word=said("page"),
        language=said.language,
        scale=SCALE,
        blocks=(
            Text(said("code.text")),
            Text(" "),
            Text(f"{'_' * 24}  {said('code.seal')}  {'_' * 24}", Tone.DIM),
            Text(" "),
            Banner(title=str(more["code"]), text=said.under, tone=Tone.PLAIN),
        ),
    )
