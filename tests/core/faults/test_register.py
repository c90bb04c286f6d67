"""Faults: raised once, held, latched, cleared, and the strongest of them decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Reaction, Recovery, Severity, Witness
from agent.core.faults.register import RECALLED_WITHIN_S, FaultRegister, StillPresent
from agent.core.time import Instant

NOW = Instant(100.0)
SEVERITIES = list(Severity)
REACTIONS = list(Reaction)


def raised(*ids: str) -> FaultRegister:
    register = FaultRegister()
    for id in ids:
        register = register.observe(id, present=True, evidence=(), now=NOW)
    return register


def test_an_unknown_fault_is_our_own_mistake() -> None:
    with pytest.raises(KeyError, match=r"cp\.nonsense"):
        FaultRegister().observe("cp.nonsense", present=True, evidence=(), now=NOW)


def test_seeing_a_present_fault_again_refreshes_it_and_counts_nothing() -> None:
    register = raised("cp.short").observe("cp.short", present=True, evidence=(("high_v", 0.2),), now=NOW.plus(3))

    fault = register.faults[0]

    assert (fault.count, fault.first_seen, fault.last_seen) == (1, NOW, NOW.plus(3))
    assert fault.evidence == (("high_v", 0.2),)


def test_a_return_within_the_hold_time_is_counted_and_holds_anew() -> None:
    register = raised("mains.loss").observe("mains.loss", present=False, evidence=(), now=NOW.plus(1))
    register = register.observe("mains.loss", present=True, evidence=(), now=NOW.plus(2))

    assert register.faults[0].count == 2
    assert register.tick(NOW.plus(60)).ids == ("mains.loss",)


def test_an_automatic_fault_clears_after_its_hold_time_and_names_when() -> None:
    register = raised("mains.loss").observe("mains.loss", present=False, evidence=(), now=NOW.plus(1))

    assert register.wake_at == NOW.monotonic_s + 1 + 10
    assert register.tick(NOW.plus(10.99)).ids == ("mains.loss",)
    assert register.tick(NOW.plus(11)).ids == ()


def test_a_fault_that_was_never_there_does_not_go() -> None:
    register = FaultRegister()

    assert register.observe("mains.loss", present=False, evidence=(), now=NOW) is register


def test_a_fault_that_two_see_is_gone_when_both_say_so() -> None:
    register = FaultRegister()
    for witness in (Witness.OWNER, Witness.INPUT):
        register = register.observe("mains.loss", present=True, evidence=(), now=NOW, witness=witness)

    register = register.observe("mains.loss", present=False, evidence=(), now=NOW.plus(1), witness=Witness.OWNER)
    assert register.tick(NOW.plus(60)).ids == ("mains.loss",)

    register = register.observe("mains.loss", present=False, evidence=(), now=NOW.plus(60), witness=Witness.INPUT)
    assert register.tick(NOW.plus(70)).ids == ()


def test_who_never_saw_a_fault_does_not_end_it() -> None:
    register = raised("mains.loss")

    assert register.observe("mains.loss", present=False, evidence=(), now=NOW, witness=Witness.INPUT) is register


def test_unplugging_clears_only_what_unplugging_clears_and_only_when_gone() -> None:
    register = raised("cp.short", "cp.diode", "mains.loss").observe("cp.short", present=False, evidence=(), now=NOW)

    assert register.unplugged().ids == ("cp.diode", "mains.loss")


def test_a_power_cycle_clears_what_it_clears_when_gone() -> None:
    register = raised("cp.adc").observe("cp.adc", present=False, evidence=(), now=NOW)

    assert register.unplugged().ids == ("cp.adc",)
    assert register.power_cycled().ids == ()


def test_what_a_power_cycle_clears_may_be_seen_to_be_gone_only_after_it() -> None:
    register = raised("cp.adc").power_cycled()
    assert register.ids == ("cp.adc",)

    assert register.observe("cp.adc", present=False, evidence=(), now=NOW.plus(1)).ids == ()


def test_a_power_cycle_that_did_not_help_is_not_counted_for_the_next_time() -> None:
    register = raised("cp.adc").power_cycled().observe("cp.adc", present=True, evidence=(), now=NOW.plus(1))

    assert register.observe("cp.adc", present=False, evidence=(), now=NOW.plus(2)).ids == ("cp.adc",)


def test_service_may_not_clear_what_is_still_present() -> None:
    with pytest.raises(StillPresent, match="isolate supply"):
        raised("contactor.welded").service_clear("contactor.welded")


def test_service_clears_a_latched_fault_whose_condition_is_gone() -> None:
    register = raised("contactor.welded").observe("contactor.welded", present=False, evidence=(), now=NOW)

    assert register.tick(NOW.plus(1e6)).unplugged().power_cycled().ids == ("contactor.welded",)
    assert register.service_clear("contactor.welded").ids == ()


def test_latched_faults_and_no_others_outlive_a_restart() -> None:
    before = raised("contactor.welded", "cp.short", "mains.loss")

    after = FaultRegister.restored(before.latched(), Instant(1.0, boot_id="next"))

    assert after.ids == ("contactor.welded",)
    assert after.reaction is Reaction.OPEN
    assert after.faults[0].first_seen == NOW


def test_severity_orders_before_code() -> None:
    register = raised("storage.low", "mcu.comm", "cp.leak", "contactor.welded", "cp.short", "cp.range")

    assert register.ids == ("cp.short", "contactor.welded", "cp.range", "mcu.comm", "cp.leak", "storage.low")


def test_strongest_reaction_is_not_that_of_the_first_fault() -> None:
    assert raised("mcu.comm", "mains.frequency").reaction is Reaction.OPEN
    assert raised("mcu.comm").reaction is Reaction.X1
    assert raised("temp.low", "storage.low").reaction is Reaction.BLOCK
    assert FaultRegister().reaction is Reaction.NONE


fault_ids = st.sampled_from(sorted(CATALOGUE))
witnesses = st.sampled_from(list(Witness))


@given(st.lists(fault_ids))
@settings(max_examples=50)
def test_order_of_raising_does_not_matter(ids: list[str]) -> None:
    assert raised(*ids).ids == raised(*reversed(ids)).ids


class AnyFaults(RuleBasedStateMachine):
    """Nothing is cleared while its condition lasts, and nothing is lost but by its own recovery."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.register = FaultRegister()
        self.present: dict[str, dict[Witness, None]] = {}
        self.gone_since: dict[str, float] = {}
        self.cycled: dict[str, None] = {}
        self.remembered: set[str] = set()
        self.recalled_until_s = 0.0

    @rule(id=fault_ids, witness=witnesses)
    def condition_appears(self, id: str, witness: Witness) -> None:
        self.register = self.register.observe(id, present=True, evidence=(), now=self.now, witness=witness)
        self.present.setdefault(id, {})[witness] = None
        self.gone_since.pop(id, None)
        self.cycled.pop(id, None)
        self.remembered.discard(id)

    @rule(data=st.data())
    def condition_goes(self, data: st.DataObject) -> None:
        if self.present:
            id = data.draw(st.sampled_from(sorted(self.present)))
            witness = data.draw(st.sampled_from(list(self.present[id])))
            self.register = self.register.observe(id, present=False, evidence=(), now=self.now, witness=witness)
            del self.present[id][witness]
            if self.present[id]:
                return
            del self.present[id]
            if id not in self.cycled:
                self.gone_since[id] = self.now.monotonic_s

    @rule(data=st.data(), witness=witnesses)
    def somebody_who_saw_nothing_says_that_it_is_gone(self, data: st.DataObject, witness: Witness) -> None:
        unseen = [id for id in self.present if witness not in self.present[id]]
        if unseen:
            id = data.draw(st.sampled_from(unseen))
            before = self.register
            self.register = before.observe(id, present=False, evidence=(), now=self.now, witness=witness)
            assert self.register is before

    @rule(seconds=st.floats(0.01, 90))
    def time_passes(self, seconds: float) -> None:
        self.now = self.now.plus(seconds)
        self.register = self.register.tick(self.now)
        self._forget(self._held_out)
        if self.now.monotonic_s >= self.recalled_until_s:
            self.remembered &= self.gone_since.keys()

    @rule()
    def car_leaves(self) -> None:
        self.register = self.register.unplugged()
        self._forget(lambda id: CATALOGUE[id].recovery is Recovery.UNPLUG)

    @rule()
    def board_restarts(self) -> None:
        self.register = self.register.power_cycled()
        self._forget(lambda id: CATALOGUE[id].recovery is Recovery.POWER_CYCLE)
        self.cycled = {id: None for id in self.present if CATALOGUE[id].recovery is Recovery.POWER_CYCLE}

    @rule()
    def agent_restarts(self) -> None:
        self.register = FaultRegister.restored(self.register.latched(), self.now, self.register.standing())
        latched = [id for id in (*self.present, *self.gone_since) if CATALOGUE[id].recovery is Recovery.SERVICE]
        self.remembered |= self.present.keys()
        self.recalled_until_s = self.now.monotonic_s + RECALLED_WITHIN_S
        self.present, self.cycled = {}, {}
        self.gone_since = dict.fromkeys(latched, self.now.monotonic_s)

    @invariant()
    def what_is_listed_is_what_is_expected(self) -> None:
        assert sorted(self.register.ids) == sorted((*self.present, *self.gone_since))

    @invariant()
    def what_is_not_over_is_listed_or_remembered(self) -> None:
        assert set(self.register.not_over) == {*self.present, *self.gone_since, *self.remembered}

    @invariant()
    def each_is_seen_by_whoever_still_sees_it(self) -> None:
        seen = {fault.kind.id: fault.witnesses for fault in self.register.faults if fault.witnesses}
        assert seen == {id: frozenset(who) for id, who in self.present.items()}

    @invariant()
    def list_is_ordered_and_strongest_reaction_is_right(self) -> None:
        kinds = [fault.kind for fault in self.register.faults]
        order = [(SEVERITIES.index(kind.severity), kind.code) for kind in kinds]
        assert order == sorted(order)
        strongest = min((REACTIONS.index(kind.reaction) for kind in kinds), default=REACTIONS.index(Reaction.NONE))
        assert self.register.reaction is REACTIONS[strongest]

    @invariant()
    def wake_time_is_the_next_automatic_clearing(self) -> None:
        automatic = [id for id in self.gone_since if CATALOGUE[id].recovery is Recovery.AUTOMATIC]
        due = [self.gone_since[id] + CATALOGUE[id].hold_s for id in automatic]
        lapse = [self.recalled_until_s for id in self.remembered if id not in self.gone_since]
        assert self.register.wake_at == min((*due, *lapse), default=None)

    def _held_out(self, id: str) -> bool:
        kind = CATALOGUE[id]
        over = self.now.monotonic_s >= self.gone_since[id] + kind.hold_s
        return kind.recovery is Recovery.AUTOMATIC and over

    def _forget(self, cleared: Callable[[str], bool]) -> None:
        self.gone_since = {id: since for id, since in self.gone_since.items() if not cleared(id)}


TestAnyFaults = AnyFaults.TestCase
TestAnyFaults.settings = settings(max_examples=40, stateful_step_count=30)
