"""The end of a transaction that no connector of the board can end: what is on record, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.facts import OpenTransaction, StopReason
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.session.restart import end_without_connector
from agent.core.time import Instant

CARD = IdToken("04A1B2C3")


def found(start_wh: int, last_wh: int, *, stop_requested: StopReason | None = None) -> OpenTransaction:
    return OpenTransaction(
        key=TransactionKey("tx-1"),
        connector=ConnectorId(2),
        token=CARD,
        started_at=Instant(10.0, None, "kernel-1"),
        start_wh=start_wh,
        last_wh=last_wh,
        last_at=Instant(70.0, None, "kernel-1"),
        plug=None,
        kernel_boot_id="kernel-1",
        stop_requested=stop_requested,
        stop_token=None if stop_requested is None else CARD,
    )


@given(st.integers(0, 10**9), st.integers(0, 10**6))
def test_it_ends_with_the_last_register_and_moment_on_record(start_wh: int, energy_wh: int) -> None:
    record = found(start_wh, start_wh + energy_wh)

    stop = end_without_connector(record, kernel_restarted=True)

    assert (stop.key, stop.connector, stop.at) == (record.key, record.connector, record.last_at)
    assert stop.register_wh == start_wh + energy_wh


@pytest.mark.parametrize(("kernel_restarted", "reason"), [(False, StopReason.REBOOT), (True, StopReason.POWER_LOSS)])
def test_its_reason_is_the_restart_that_took_the_connector(kernel_restarted: bool, reason: StopReason) -> None:
    stop = end_without_connector(found(0, 500), kernel_restarted=kernel_restarted)

    assert (stop.reason, stop.token) == (reason, None)


def test_a_stop_that_was_decided_before_keeps_its_reason_and_its_token() -> None:
    stop = end_without_connector(found(0, 500, stop_requested=StopReason.LOCAL), kernel_restarted=True)

    assert (stop.reason, stop.token) == (StopReason.LOCAL, CARD)
