"""How long an order may wait at the broker for a charger that is away, as docs/remote-actions.md has it of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.orders.effects import VALID_AT_MOST_S
from agent.core.orders.envelope import moment
from agent.core.time import Instant
from firmware_sim.virtual_loop import run
from tests.control.remote.orders import NOW_MS, RecordingReply, door, order, sealed
from tools.generate_remote_actions import remote_actions


async def delivered(folder: Path, verb: str, *, valid_s: float, after_s: float, nonce: str = "") -> list[str]:
    """What became of an order that came so long after it was signed, and once more; a clock that is None is unknown."""
    now = Instant(1000.0, None if nonce else NOW_MS + round(1000 * after_s), "boot")
    opened = door(folder, allow=frozenset({verb}), clock=[now])
    try:
        payload = sealed(order(verb=verb, expires=moment(NOW_MS + round(1000 * valid_s)), nonce=nonce))
        replies = [await opened.take(payload), await opened.take(payload)]
    finally:
        await opened.store.aclose()
    return [_ended(one) for one in replies]


def _ended(reply: RecordingReply) -> str:
    return reply.why if reply.kinds[-1] == "refused" else reply.kinds[-1]


@pytest.mark.parametrize("verb", [verb for verb, _ in remote_actions()])
def test_each_action_waits_for_as_long_as_the_page_says(tmp_path: Path, verb: str) -> None:
    most_s = VALID_AT_MOST_S

    async def story() -> list[list[str]]:
        return [
            await delivered(tmp_path / "in time", verb, valid_s=most_s, after_s=most_s - 0.001),
            await delivered(tmp_path / "late", verb, valid_s=most_s, after_s=most_s),
            await delivered(tmp_path / "too long", verb, valid_s=most_s + 0.001, after_s=0.0),
        ]

    for name in ("in time", "late", "too long"):
        (tmp_path / name).mkdir()
    in_time, late, too_long = run(story())

    # Delivered twice, as a broker may: the same answer again, and nothing done again.
    assert in_time == ["result", "result"]
    assert late == ["expired", "expired"]
    assert too_long == ["validity", "validity"]


def test_a_charger_without_a_clock_takes_no_order_of_an_earlier_connection(tmp_path: Path) -> None:
    ended = run(delivered(tmp_path, "version", valid_s=60.0, after_s=0.0, nonce="of the connection before"))

    assert ended == ["nonce", "nonce"]
