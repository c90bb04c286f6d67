"""docs/health.md against the code: the rules of the verdict, row by row, and every field of the document."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

from agent.core.health.rules import RULES
from agent.core.runs import RunEnd, RunReason

PAGE = (Path(__file__).parents[2] / "docs" / "health.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([^`]+)` \| (down|degraded) \| (.+) \|$", re.MULTILINE)


def test_the_table_of_the_verdict_is_the_table_of_the_code() -> None:
    assert ROW.findall(PAGE) == [(rule.key, rule.verdict.value, rule.when) for rule in RULES]


def test_every_field_of_the_document_is_on_the_page() -> None:
    schema = json.loads((files("agent.telemetry") / "schemas" / "health.schema.json").read_text("utf-8"))
    head = {"boot_id", "seq", "t_mono_ms", "time_quality", "time"}
    port = schema["properties"]["ports"]["items"]["properties"]
    names = {*schema["properties"], *port} - head

    assert sorted(name for name in names if not re.search(rf"`(?:ports\[\]\.)?{name}(?:\[\])?`", PAGE)) == []


def test_every_word_of_an_end_is_on_the_page() -> None:
    assert [
        word.value for word in (*RunEnd, *RunReason) if f"`{word.value}`" not in PAGE and word is not RunReason.FIRST
    ] == []
