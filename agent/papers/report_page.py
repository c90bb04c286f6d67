"""The commissioning report as a paper: a summary that a customer understands, then the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent.core.commissioning.steps import LEFT_BLANK
from agent.papers.blocks import (
    Banner,
    Block,
    Cell,
    Columns,
    Heading,
    NewPage,
    Pairs,
    Paper,
    Qr,
    Table,
    Text,
    Tone,
    plain,
)
from agent.papers.report_steps import STEP_TITLES, time_blocks, took, visited
from agent.papers.report_tests import measurement_blocks, plot_blocks, said, test_blocks
from agent.papers.words import cut, duration, lacking, moment, named, number, place, sentences, signed, valued, verdict

STAMP = "NOT COMPLETE"
Report = Mapping[str, Any]
OF_TESTS = frozenset({"self-test", "measurements", "adapter", "network", "activate"})
INSPECTED = {
    "mounting": "Mounted firmly, and as its manual says",
    "ingress": "Enclosure and entries as tight as the place asks (IP rating)",
    "glands": "Cable glands tight, the cable relieved of strain",
    "torque": "Terminals tightened to the torque of the data sheet",
    "labels": "Charger and circuit carry their labels",
    "conductors": "Conductors identified by colour or mark",
    "access": "Can be reached, by drivers and for maintenance",
    "ventilation": "Free space around it as its manual asks",
    "bollard": "Protected from being driven into",
    "documents": "Manual, schematic and declaration stay with the owner",
}
LIMITS = {
    "supply_current_a": "Supply of the station",
    "phases": "Phases in use",
    "power_w": "Most power",
    "safe_current_a": "While offline",
    "safe_after_s": "Offline after",
}


def paper(file: Report) -> Paper:
    """Of a whole sealed file: report and seal."""
    report, seal = file["report"], file["seal"]
    head, charger = report["head"], report["head"]["charger"]
    return Paper(
        title="Commissioning report",
        under="  |  ".join(
            text
            for text in (
                str(charger.get("vendor", "")),
                str(charger.get("model", "")),
                f"serial {charger['serial_number']}" if charger.get("serial_number") else "",
            )
            if text
        ),
        foot=f"{head['report_id']}  |  sha-256 {seal['hash'][:16]}…  |  evse-agent {head['job']['software']}",
        page_word="page",
        language="en",
        stamp="" if report["verdict"]["complete"] else STAMP,
        blocks=(*_summary(report, seal), *_evidence(report), *_seal(report, seal)),
    )


def _summary(report: Report, seal: Report) -> Iterator[Block]:
    head, times, verdicts = report["head"], report["times"], report["verdict"]
    yield _banner(report)
    charger, people = head["charger"], report["people"]
    installer = people["installer"]
    connectors = head["connectors"]
    what = [
        ("Charging station", f"{charger.get('vendor', '')} {charger.get('model', '')}".strip()),
        ("Serial number", str(charger.get("serial_number") or "not recorded")),
        ("Outlets", f"{len(connectors)}: " + ", ".join(_outlet(one) for one in connectors)),
        ("Site", str(head["references"].get("site") or "")),
        ("Order", str(head["references"].get("order") or "")),
    ]
    limits = [(title, _limited(report, key)) for key, title in LIMITS.items()]
    who = [
        ("Company", str(installer.get("company") or "not recorded")),
        ("Person", str(installer.get("person") or "not recorded")),
        ("Licence", str(installer.get("licence") or "")),
        ("Customer", str(people["customer"].get("name") or "")),
        ("Signed", signed(people)),
    ]
    when = [
        ("Begun", moment(times["started"])),
        ("Report made", moment(head["made"])),
        ("Time worked", duration(times["worked_ms"])),
        ("Visits", visited(times)),
        ("Right the first time", number(times["first_time_right"])),
    ]
    yield Columns(
        (
            (_filled("What was installed", what), _filled("By whom", who)),
            (_filled("Its limits", limits), _filled("When", when)),
        )
    )
    yield Table(
        head=("Step", "Result", "What was found", "Time"),
        rows=tuple(
            (Cell(STEP_TITLES.get(one["id"], one["id"])), verdict(one), Cell(cut(_step_says(one))), Cell(took(one)))
            for one in report["steps"]
            if one["id"] != "report"
        ),
        shares=(0.22, 0.14, 0.52, 0.12),
    )
    if missing := lacking(verdicts["missing"]):
        shown = [cut(_by_title(one)) for one in missing[:MOST_MISSING]]
        if len(missing) > len(shown):
            shown.append(f"and {len(missing) - len(shown)} more, see section 8")
        yield Text("\n".join(("Missing:", *shown)), Tone.BAD)
    yield _qr(report, seal)


MOST_MISSING = 3
FOR_A_TERMINAL = re.compile(r" \([^()]*evsectl[^()]*\)")


def _filled(title: str, rows: list[tuple[str, str]]) -> Pairs:
    """Without what nobody recorded."""
    return Pairs(title=title, rows=tuple(row for row in rows if row[1]))


def _by_title(line: str) -> str:
    """A step by its name, not by its key."""
    key, colon, rest = line.partition(": ")
    return f"{STEP_TITLES.get(key, key)}{colon}{rest}"


def _step_says(step: Report) -> str:
    """What a step found, for who reads paper: no commands, and no words of tests that have rows of their own."""
    found = FOR_A_TERMINAL.sub("", step["says"])
    return found.partition("; ")[0] if step["id"] in OF_TESTS else found.removeprefix("not applicable: ")


def _banner(report: Report) -> Banner:
    counts, missing = report["verdict"]["counts"], report["verdict"]["missing"]
    did = f"{counts['pass']} tests passed"
    for key, words in (
        ("warn", "with a warning"),
        ("fail", "failed"),
        ("error", "could not be judged"),
        ("skip", "not done"),
        ("not_applicable", "do not apply"),
    ):
        if counts[key]:
            did += f", {counts[key]} {words}"
    if report["verdict"]["complete"]:
        return Banner(
            title="Complete",
            text=f"Everything that has to be tested was tested and is in order. {did}.",
            tone=Tone.GOOD,
        )
    count = len(missing)
    return Banner(
        title="Not complete",
        text=f"{count} thing{'s are' if count != 1 else ' is'} missing. The station is not released for use before "
        f"that is done and a new report is made. {did}.",
        tone=Tone.BAD,
    )


def _outlet(connector: Report) -> str:
    return f"{connector.get('outlet', '')} {number(connector.get('limit_a'), 'A')}".strip()


def _limited(report: Report, key: str) -> str:
    value = report["installation"]["limits"].get(key)
    if value is None:
        return ""
    return f"{value / 1000:.1f} kW" if key == "power_w" else valued(key, value)


def _qr(report: Report, seal: Report) -> Qr:
    """Enough to compare a copy on paper with a file, and nothing that is secret."""
    return Qr(
        text=f"{report['head']['report_id']} sha256:{seal['hash']}",
        caption=(
            f"Report {report['head']['report_id']}",
            f"sha-256 {seal['hash']}",
            "The sealed file of this report is the original; this page was made from it. To check it: "
            "evse-support verify FILE --key KEY.",
        ),
    )


def _evidence(report: Report) -> Iterator[Block]:
    yield NewPage()
    yield from _installation(report)
    yield from _inspection(report)
    yield from measurement_blocks(report)
    yield from test_blocks(report)
    yield from _network(report)
    yield from plot_blocks(report)
    yield from _deviations(report)
    yield from time_blocks(report)


def _installation(report: Report) -> Iterator[Block]:
    head, circuit = report["head"], report["installation"]["circuit"]
    yield Heading("Head", "1")
    job = head["job"]
    yield Columns(
        (
            (
                Pairs(
                    title="Versions",
                    rows=tuple((str(name), str(text)) for name, text in head["versions"].items())
                    or (("", "not recorded"),),
                ),
            ),
            (
                Pairs(
                    title="References",
                    rows=(
                        *((named(name), str(text)) for name, text in head["references"].items() if text),
                        ("Commissioning", f"number {job['number']}"),
                        ("Configuration", f"{head['config_hash'][:16]}…" if head["config_hash"] else "not recorded"),
                    ),
                ),
            ),
        )
    )
    if head["connectors"]:
        yield Table(
            head=("Outlet", "Kind", "Most current", "EVSE id", "Meter"),
            rows=plain(
                [
                    (
                        *(number(one.get("number")), str(one.get("outlet", "")), number(one.get("limit_a"), "A")),
                        *(str(one.get("evse_id") or ""), str(one.get("meter", ""))),
                    )
                    for one in head["connectors"]
                ]
            ),
            shares=(0.1, 0.18, 0.17, 0.28, 0.27),
        )
    yield Heading("People", "2")
    rows = [(f"Installer: {named(key).lower()}", str(text)) for key, text in report["people"]["installer"].items()]
    rows += [(f"Customer: {named(key).lower()}", str(text)) for key, text in report["people"]["customer"].items()]
    rows += [
        (f"Sign-off: {named(key.removeprefix('ST910.')).lower()}", str(v))
        for key, v in report["people"]["signed"].items()
        if v != LEFT_BLANK
    ]
    yield Pairs(title="", rows=tuple(rows) or (("", "nobody is named"),))
    yield Heading("Installation", "3")
    if not circuit:
        yield Text("The circuit is not described in the site file ([circuit]).", Tone.WARN)
        return
    pairs = [(named(key), valued(key, value)) for key, value in circuit.items() if value not in (None, "")]
    half = (len(pairs) + 1) // 2
    yield Columns(((Pairs(title="", rows=tuple(pairs[:half])),), (Pairs(title="", rows=tuple(pairs[half:])),)))


def _inspection(report: Report) -> Iterator[Block]:
    yield Heading("Inspection", "4")
    rows = []
    for one in report["inspection"]:
        answer = str(one["answer"]).strip()
        tone = {"yes": Tone.GOOD, "no": Tone.BAD, "": Tone.WARN}.get(answer.lower(), Tone.PLAIN)
        rows.append(
            (
                Cell(INSPECTED.get(one["id"], one["id"])),
                Cell(answer or "not recorded", tone),
                Cell(str(one.get("remark", ""))),
            )
        )
    yield Table(head=("What was looked at", "Answer", "Remark"), rows=tuple(rows), shares=(0.45, 0.17, 0.38))


def _network(report: Report) -> Iterator[Block]:
    yield Heading("Network and central system", "7")
    facts = [
        (named(key), valued(key, value)) for key, value in report["network"].items() if key != "tests" and value != ""
    ]
    if facts:
        yield Pairs(title="", rows=tuple(facts))
    by_id = {one["id"]: one for one in report["tests"]}
    tests = [by_id[id] for id in report["network"]["tests"] if id in by_id]
    yield Table(
        head=("Test", "Outlet", "What", "Found", "Result"),
        rows=tuple(
            (
                Cell(one["test"], Tone.STRONG),
                Cell(place(one["connector"])),
                Cell(one["purpose"]),
                Cell(said(one)),
                verdict(one),
            )
            for one in tests
        ),
        shares=(0.1, 0.08, 0.27, 0.43, 0.12),
    )


def _deviations(report: Report) -> Iterator[Block]:
    yield Heading("Deviations", "8")
    for line in lacking(report["verdict"]["missing"]):
        yield Text(f"Missing: {_by_title(line)}", Tone.BAD)
    if not report["deviations"]:
        yield Text("None: nothing was left out, and nothing failed.")
        return
    yield Table(
        head=("What", "Result", "Found, and what to do", "Accepted by, why, until"),
        rows=tuple(
            (
                Cell(_titled(one["id"], report), Tone.STRONG),
                verdict(one),
                Cell(sentences(_step_says(one), one["next"])),
                Cell(
                    "; ".join(part for part in (one["accepted_by"], one["accepted_why"], one["due"]) if part)
                    or "nobody"
                ),
            )
            for one in report["deviations"]
        ),
        shares=(0.26, 0.11, 0.39, 0.24),
    )


def _titled(id: str, report: Report) -> str:
    """A step, a test with its outlet, a thing that was looked at."""
    if id.startswith("inspection/"):
        return INSPECTED.get(id.removeprefix("inspection/"), id)
    test = next((one for one in report["tests"] if one["id"] == id), None)
    if test is None:
        return STEP_TITLES.get(id, id)
    where = f", outlet {test['connector']}" if test["connector"] is not None else ""
    return f"{test['test']}{where}: {test['purpose']}"


def _seal(report: Report, seal: Report) -> Iterator[Block]:
    head, before = report["head"], seal["previous"]
    yield Heading("Verdict and seal", "10")
    yield _banner(report)
    signed = (
        f"{seal['algorithm']}, by the key of this charger" if seal["signature"] else f"none: {seal['unsigned_because']}"
    )
    yield Pairs(
        title="Seal",
        rows=(
            ("Report", f"{head['report_id']} (number {head['number']} of this charger)"),
            (
                "Replaces",
                f"{before['report_id']}, sha-256 {before['hash']}" if before else "nothing: it is the first one",
            ),
            ("SHA-256 of the whole", seal["hash"]),
            ("Head of the record's chain", seal["record_head"]),
            ("Signature", signed),
            ("Public key", seal["public_key"] or "none"),
        ),
    )
    yield _qr(report, seal)
