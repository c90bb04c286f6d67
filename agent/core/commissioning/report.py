"""The commissioning report as plain values: what a job found, said once. Pure.

Everything that is drawn, printed or read aloud is made of this document and of nothing else. Its sections are those of
operations reference, section 2; measurements stand in the order of IEC 60364-6. The seal around it is made elsewhere
(agent/security/sealed.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.first_time import is_right
from agent.core.commissioning.iec60364 import instrument_of, measurements, value_of
from agent.core.commissioning.model import Attempt, Job, StepRecord, Verdict
from agent.core.commissioning.record import (
    ACCEPTED_BY,
    ACCEPTED_WHY,
    NOT_APPLICABLE,
    is_not_applicable,
    is_not_in_order,
    latest_at,
    latest_of,
    missing,
)
from agent.core.commissioning.report_times import duration_ms, told
from agent.core.commissioning.report_times import times as report_times
from agent.core.commissioning.step_times import worked_ms
from agent.core.commissioning.steps import LEFT_BLANK, QUESTIONS, Site, Step
from agent.core.time import Instant
from agent.values import frozen

FORMAT, VERSION = "evse-commissioning-report", 1
SECTIONS = (
    *("head", "people", "installation", "inspection", "measurements", "steps", "tests"),
    *("network", "deviations", "times", "handover", "verdict"),
)
"""In the order of the page."""
INSPECTION = tuple(key.removeprefix("inspection.") for key in QUESTIONS[Step.MEASUREMENTS])
"""What is looked at (operations reference, section 2, item 4); "inspection.<word>": yes, no, n.a., words."""
SECRET = re.compile(r"(?i)pass(word|wd|phrase)?\b|secret|\bpin\b|private|\btoken\b|\bcode\b")
"""An answer under such a name stays out: the report leaves the charger."""
LONGEST_TEXT = 2000
Plain = dict[str, object]


@frozen(kw_only=True)
class Facts:
    """What the report says beyond the job. `charger`, `connectors`, … are plain values with units in their names.

    `previous` names the report before this one: number, report_id, hash. `upkeep` is the country's, for the pack,
    and `handover` what the plan has for it; before what somebody typed.
    """

    number: int
    report_id: str
    made: Instant
    site: Site
    charger: Mapping[str, object]
    versions: Mapping[str, str] = field(default_factory=dict)
    config_hash: str = ""
    connectors: tuple[Mapping[str, object], ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    circuit: Mapping[str, object] = field(default_factory=dict)
    limits: Mapping[str, object] = field(default_factory=dict)
    network: Mapping[str, object] = field(default_factory=dict)
    lights: tuple[Mapping[str, object], ...] = ()
    upkeep: Mapping[str, object] = field(default_factory=dict)
    handover: Mapping[str, str] = field(default_factory=dict)
    previous: Mapping[str, object] | None = None


def report(job: Job, facts: Facts) -> Plain:
    """The document. Complete only when no must failed, could not be judged, was left out, or is not there at all."""
    lacking = (*missing(job, facts.site), *_strays(job, facts.site))
    found: Plain = {
        "format": FORMAT,
        "version": VERSION,
        "head": _head(job, facts),
        "people": _people(job),
        "installation": {"circuit": facts.circuit, "limits": facts.limits, **_under(job, "installation.")},
        "inspection": [_inspected(job, word) for word in INSPECTION],
        "measurements": measurements(job),
        "steps": list(_steps(job)),
        "tests": [_test(one, job) for one in job.attempts],
        "network": {**facts.network, **_network(job)},
        "deviations": list(_deviations(job)),
        "times": report_times(job, facts.made, is_first_time_right=False if lacking else is_right(job)),
        "handover": {"lights": facts.lights, "upkeep": facts.upkeep, **_filled(job, "handover."), **facts.handover},
        "verdict": {"complete": not lacking, "missing": lacking, **_counts(job)},
    }
    return {key: plain(value) for key, value in found.items()}


def named_by_label(job: Job, facts: Facts) -> Facts:
    """Where the configuration has no serial number, the one that the installer read off the label stands in."""
    label = str(plain(job.answers.get("label.serial", ""))).strip()
    if facts.charger.get("serial_number") or label in ("", LEFT_BLANK):
        return facts
    return replace(
        facts, charger={**facts.charger, "serial_number": label}, report_id=report_id_of(label, facts.number)
    )


def report_id_of(serial: str, number: int) -> str:
    """ "QE-000123-R1"; without a serial number "charger-R1"."""
    return f"{serial or 'charger'}-R{number}"


def _head(job: Job, facts: Facts) -> Plain:
    return {
        "report_id": facts.report_id,
        "number": facts.number,
        "previous": facts.previous,
        "made": told(facts.made),
        "job": {"number": job.number, "id": job.job_id, "software": job.software, "config_hash": job.config_hash},
        "charger": facts.charger,
        "versions": facts.versions,
        "config_hash": facts.config_hash,
        "connectors": facts.connectors,
        "references": facts.references,
        "catalogue": sorted({f"{one.test} v{one.version}" for one in job.attempts}),
    }


def _people(job: Job) -> Plain:
    sign_off = latest_at(job, ("ST910", None))
    return {
        "installer": _under(job, "installer."),
        "customer": _filled(job, "customer."),
        "signed": {} if sign_off is None else _shown(sign_off.answers),
        "signed_at": None if sign_off is None else _signed_at(sign_off),
        "worked": sorted({one.by for one in job.attempts if one.by} | ({job.by} if job.by else set())),
    }


def _signed_at(sign_off: Attempt) -> Plain | None:
    """The moment at which somebody took responsibility, which ends that test; None where they would not."""
    if sign_off.outcome.verdict is not Verdict.PASS:
        return None
    return told(sign_off.started.plus(sign_off.duration_ms / 1000))


def _under(job: Job, prefix: str) -> Plain:
    """Answers whose key begins so, by the rest of it."""
    return _shown({key.removeprefix(prefix): text for key, text in job.answers.items() if key.startswith(prefix)})


def _filled(job: Job, prefix: str) -> Plain:
    """Without what somebody left blank."""
    return {key: text for key, text in _under(job, prefix).items() if text != LEFT_BLANK}


def _shown(answers: Mapping[str, str]) -> Plain:
    return {key: "(not shown)" if SECRET.search(key.replace("_", " ")) else text for key, text in answers.items()}


def _inspected(job: Job, word: str) -> Plain:
    return {"id": word, "answer": job.answers.get(f"inspection.{word}", ""), **_remark(job, word)}


def _remark(job: Job, word: str) -> Plain:
    remark = job.answers.get(f"inspection.{word}.remark", "")
    return {"remark": remark} if remark else {}


def _steps(job: Job) -> Iterator[Plain]:
    worked = worked_ms(job)
    for one in job.steps:
        yield {**_step(one), "worked_ms": worked.get(one.key)}


def _step(record: StepRecord) -> Plain:
    return {
        "id": record.key,
        "verdict": "" if record.verdict is None else record.verdict.value,
        "says": record.says,
        "started": told(record.started),
        "ended": None if record.ended is None else told(record.ended),
        "duration_ms": duration_ms(record.started, record.ended),
        "accepted_by": record.accepted_by,
        "accepted_why": record.accepted_why,
        "answers": _shown(record.answers),
    }


def _test(attempt: Attempt, job: Job) -> Plain:
    row, outcome = catalogue().get(attempt.test), attempt.outcome
    latest = latest_at(job, (attempt.test, attempt.connector))
    return {
        "id": test_id(attempt),
        "test": attempt.test,
        "connector": attempt.connector,
        "attempt": attempt.attempt,
        "version": attempt.version,
        "purpose": row.purpose if row else "",
        "name": row.name if row else "",
        "stage": row.stage if row else None,
        "must": row.is_must if row else False,
        "counts": attempt is latest,
        "verdict": outcome.verdict.value,
        "is_not_applicable": outcome.is_not_applicable,
        "says": outcome.says,
        "next": outcome.next,
        "cause": outcome.cause,
        "measured": [value_of(one, attempt) for one in outcome.measured],
        "evidence": outcome.evidence,
        "started": told(attempt.started),
        "duration_ms": attempt.duration_ms,
        "by": attempt.by,
        "remote": attempt.remote,
        "answers": _shown(attempt.answers),
        "instrument": instrument_of(attempt, job),
    }


def test_id(attempt: Attempt) -> str:
    """ "ST203/1/2": test, connector ("-" of the whole charger), attempt."""
    return f"{attempt.test}/{attempt.connector if attempt.connector is not None else '-'}/{attempt.attempt}"


def _network(job: Job) -> Plain:
    """The rows of the network and of the first charge, by their latest attempts."""
    tests = [
        one
        for one in latest_of(job.attempts).values()
        if one.test.startswith("ST8") or one.test in ("ST1001", "ST1002")
    ]
    return {"tests": [test_id(one) for one in tests]}


def _deviations(job: Job) -> Iterator[Plain]:
    """What did not simply pass: steps, tests by their latest attempt, things that were looked at."""
    for record in job.steps:
        if record.verdict not in (None, Verdict.PASS) and not record.says.startswith(NOT_APPLICABLE):
            yield _deviation(
                record.key, record.verdict, record.says, accepted=(record.accepted_by, record.accepted_why)
            )
    for latest in latest_of(job.attempts).values():
        if latest.outcome.verdict is Verdict.PASS or is_not_applicable(latest.outcome):
            continue
        said = latest.answers
        yield {
            **_deviation(test_id(latest), latest.outcome.verdict, latest.outcome.says),
            "next": latest.outcome.next,
            "must": (row := catalogue().get(latest.test)) is not None and row.is_must,
            "accepted_by": said.get(ACCEPTED_BY, ""),
            "accepted_why": said.get(ACCEPTED_WHY, ""),
            "due": said.get("accepted.due", ""),
        }
    for word in INSPECTION:
        key = f"inspection.{word}"
        answer = job.answers.get(key, "")
        if answer.strip().lower() == "no":
            seen = _deviation(f"inspection/{word}", Verdict.FAIL, job.answers.get(f"{key}.remark", ""))
            yield {**seen, "must": is_not_in_order(key, answer)}


def _deviation(id: str, verdict: Verdict | None, says: str, *, accepted: tuple[str, str] = ("", "")) -> Plain:
    return {
        "id": id,
        "verdict": "" if verdict is None else verdict.value,
        "says": says,
        "next": "",
        "must": True,
        "accepted_by": accepted[0],
        "accepted_why": accepted[1],
        "due": "",
    }


def _strays(job: Job, site: Site) -> Iterator[str]:
    """Musts that failed at a place which the site has no more: nothing fails unseen."""
    rows = catalogue()
    for place, latest in latest_of(job.attempts).items():
        row = rows.get(place[0])
        if row is None or not row.is_must or place in site.places(row):
            continue
        if latest.outcome.verdict in (Verdict.FAIL, Verdict.ERROR):
            yield f"{row.test} {row.purpose}: {latest.outcome.verdict.value}, {latest.outcome.says}"


def _counts(job: Job) -> Plain:
    """How many places ended how, by their latest attempts."""
    counted = {verdict.value: 0 for verdict in Verdict} | {"not_applicable": 0}
    for one in latest_of(job.attempts).values():
        counted["not_applicable" if is_not_applicable(one.outcome) else one.outcome.verdict.value] += 1
    return {"counts": counted}


def plain(value: object) -> object:
    """The same as JSON can say it: lists for tuples, texts cut and without what no page can show, no odd numbers."""
    match value:
        case None | bool():
            return value
        case str():
            shows = value.isprintable()
            clean = value if shows else "".join(one if one.isprintable() or one in "\n\t" else "�" for one in value)
            return clean if len(clean) <= LONGEST_TEXT else f"{clean[: LONGEST_TEXT - 1]}…"
        case int():
            return value if abs(value) <= 2**53 else str(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {str(plain(str(key))): plain(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(one) for one in value]
    return plain(str(value))
