from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from agent.core.faults.model import Witness
from agent.core.faults.register import StandingFault
from agent.store.store import Store
from tests.store.domain import ONE, TWO, moment
from tests.store.test_latches import after_a_restart

SILENT = StandingFault(id="meter.comm", first_seen=moment(1), count=2, witnesses=frozenset({Witness.OWNER}))
OPENED = StandingFault(id="enclosure.open", first_seen=moment(4), count=1, witnesses=frozenset({Witness.INPUT}))


def test_what_stands_survives_by_connector(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.latches.standing.keep({ONE: (OPENED, SILENT), TWO: (SILENT,)}))

    standing = after_a_restart(store, tmp_path).latches.standing

    assert (standing.of(ONE), standing.of(TWO)) == ((OPENED, SILENT), (SILENT,))


def test_what_stands_no_more_is_forgotten_and_other_connectors_are_as_they_were(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    run.run(store.latches.standing.keep({ONE: (SILENT,), TWO: (SILENT,)}))
    run.run(store.latches.standing.keep({ONE: ()}))

    standing = after_a_restart(store, tmp_path).latches.standing

    assert (standing.of(ONE), standing.of(TWO)) == ((), (SILENT,))


def test_what_stands_on_record_already_costs_no_commit(store: Store, run: asyncio.Runner) -> None:
    run.run(store.latches.standing.keep({ONE: (OPENED, SILENT)}))
    commits = store.writer.commits

    run.run(store.latches.standing.keep({ONE: (replace(SILENT), OPENED), TWO: ()}))

    assert store.writer.commits == commits


def test_a_fault_of_another_release_is_passed_over(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.latches.standing.keep({ONE: (replace(SILENT, id="meter.bored"), SILENT)}))

    assert after_a_restart(store, tmp_path).latches.standing.of(ONE) == (SILENT,)
