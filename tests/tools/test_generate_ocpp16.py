"""docs/ocpp16.md is what the tree says, and claims nothing that no test names."""

from __future__ import annotations

from agent.ocpp_client.v16 import message
from agent.ocpp_client.v16.settings import KEYS
from tools.generate_ocpp16 import PAGE, page
from tools.ocpp16 import ROOT, rows


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make generate"


def test_every_key_and_every_command_is_on_the_page() -> None:
    text = page()

    assert [key.name for key in KEYS if f"| {key.name} |" not in text] == []
    assert [action for action in message.actions() if f"| {action} |" not in text] == []


def test_what_is_said_to_be_there_has_a_file_and_a_test() -> None:
    for row in rows():
        assert all((ROOT / path).is_file() for path in (*row.code, *row.tests))
        is_claimed = f"| {row.action} | {row.profile} | {'to us' if row.is_command else 'from us'} | yes |" in page()
        assert is_claimed == bool(row.code and row.tests)
