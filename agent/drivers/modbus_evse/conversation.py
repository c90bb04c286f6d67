"""What is asked of the controller and when, without the line: answers and moments in, requests and a report out. Pure.

Registers are read at the pace of their polls. What to write follows from what was read last and from what is wished
(the controller's own file), one write at a time, and after each all is read again before the next one: an answer says
that a write was taken, the registers whether it was kept, and the offer whether it had an effect.

Silence ends what is believed, and the wish with it: the session decides anew. A device that may give power is told to
rest all the same, as it may be that only its answers get lost. One that gives no leave any more, and nobody of us told
it so, has started anew or was stopped by somebody: that ends what was wished as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from agent.core.identity import PlugIdentity
from agent.drivers.interfaces import DeviceFault
from agent.drivers.modbus.block import Ask, Write
from agent.drivers.modbus_evse.controller import Aim, Controller, NoSense, Order, OrderKind, Told
from agent.drivers.modbus_evse.counters import Counters
from agent.drivers.modbus_evse.reading import Reading
from agent.drivers.plug_watch import PlugKeeper, Watch
from agent.drivers.wish import Wish
from agent.values import frozen

AGAIN_AFTER_S: Mapping[OrderKind, float] = {
    OrderKind.REST: 0.5,
    OrderKind.LOWER: 1.0,
    OrderKind.RAISE: 5.0,
    OrderKind.ENABLE: 10.0,
    OrderKind.PROVE: 0.0,
    OrderKind.SET_UP: 0.0,
}
"""Between two orders with the same content; of those that enable, between any two."""
JUDGED_AFTER_S = 5.0
"""Devices and cars take 2 to 5 s to follow (evse-controllers.md section 13)."""
NO_SENSE_FOR_S = 2.0
LOOK_AGAIN_S = 1.0
"""At one that is silent."""
LOOK_AGAIN_UNFIT_S = 5.0
DISOBEYS = "cp.generator"
DISOBEYS_BECAUSE = "it does not follow what it is told; check for another master, and its own inputs"
SLACK_A = 0.05


@frozen(kw_only=True)
class Report:
    """What the controller says: every poll that it needs was answered.

    `is_without_effect`: it keeps the current that was set, and offers none to the car that is there.
    """

    told: Told
    watch: Watch
    is_without_effect: bool = False

    @property
    def disobeys(self) -> bool:
        """It offers more than was wished, for long."""
        return any(fault.id == DISOBEYS for fault in self.told.faults)


class Conversation:
    """With one controller. `fresh_id` gives a name for each watch over its plugs that no other one has."""

    def __init__(self, controller: Controller, fresh_id: Callable[[], str]) -> None:
        self.wish = Wish()
        self.counters = Counters()
        self.report: Report | None = None
        self.unfit = ""
        """Why this device cannot be used, for a person; "" where it can."""
        self.silence: str | None = None
        """What the line says of a device that does not answer; None where it does."""
        self._controller = controller
        self._keeper = PlugKeeper(fresh_id)
        self._reading = Reading(controller.polls)
        self._told: Told | None = None
        """None also while what was read makes no sense."""
        self._is_away = False
        self._look_at = float("-inf")
        self._may_give_power = False
        self._is_blind_turn = False
        self._ordered_at: dict[object, float] = {}
        self._wrote_at = float("-inf")
        self._last: Order | None = None
        """The order that was carried out last, until it is seen what became of it."""
        self._tried: dict[OrderKind, set[int]] = {OrderKind.SET_UP: set(), OrderKind.PROVE: set()}
        """Addresses that are written once: in the life of the program, and after each meeting."""
        self._unkept: Order | None = None
        """One of these that is due although it was given."""
        self._permitted_plug: PlugIdentity | None = None
        self._is_reached = False
        """What is wished is more than nothing, and is what is set."""
        self._no_sense_since: float | None = None
        self._too_much_since: float | None = None

    # --- for the link

    def next_ask(self, now: float) -> Ask | None:
        """What to say now; None where nothing is due."""
        if self._is_away:
            if now < self._look_at:
                return None
            return self._controller.rest if self._is_blind_turn else self._reading.first
        order = self._order()
        if order is not None and now >= self._may_order_at(order):
            return order.write
        return self._reading.due(now)

    def due_at(self) -> float:
        """When `next_ask` may have something, where it has nothing now."""
        if self._is_away:
            return self._look_at
        order = self._order()
        return min(self._reading.due_at, float("inf") if order is None else self._may_order_at(order))

    @property
    def may_give_power(self) -> bool:
        """It may, as far as is known; also after a silence, until it says that it does not."""
        return self._may_give_power

    def ask_for(self, wish: Wish) -> None:
        """`wish` counts from now on. A permission is for the plug that is in at this moment, and for no later one."""
        if wish.permit and not self.wish.permit:
            self._permitted_plug = self._plug
        self.wish = wish

    def answered(self, ask: Ask, values: tuple[int, ...], now: float) -> None:
        """The device said so; `values` of what was read."""
        self._come_back()
        if isinstance(ask, Write):
            self._wrote(ask, now)
            return
        self.counters.looks += 1
        self._reading.take(ask, values, now)
        if self._reading.is_complete:
            self._understand(now)

    def refused(self, ask: Ask, why: str, now: float, *, is_permanent: bool) -> None:
        """The device answered with an exception."""
        if not is_permanent:
            self.unanswered(ask, f"it answers {ask} with {why}; if that stays, restart it", now)
            return
        self._come_back()
        if isinstance(ask, Write):
            self.counters.writes_refused += 1
            self._wrote(ask, now)
        elif not self._reading.refuse(ask):
            self._refuse(f"it refuses {ask} with {why}; check that it is a {self._controller.name}", now)

    def unanswered(self, ask: Ask, why: str, now: float) -> None:
        """Nothing usable came, after all repetitions. Whether a write was taken nobody knows."""
        self._fear(ask)
        self.counters.silences += self.silence is None
        self.silence, self.unfit = why, ""
        self._go_away(now, LOOK_AGAIN_S)

    # --- what is believed

    @property
    def _plug(self) -> PlugIdentity | None:
        return None if self.report is None else self._keeper.watch.plug

    def _go_away(self, now: float, look_again_s: float) -> None:
        """Nothing that was said before counts, and nothing that was permitted. What may give power is told to rest, at
        once and then in turns with the question who is there; a device that is busy with one hears no other.
        """
        self._is_blind_turn = self._may_give_power and not (self._is_away and self._is_blind_turn)
        is_first = self._is_blind_turn and not self._is_away
        self._look_at = now + (0.0 if is_first else LOOK_AGAIN_S if self._is_blind_turn else look_again_s)
        self._is_away = True
        self._reading.begin()
        self._told = self._last = self.report = None
        self._is_reached = False
        self._unkept = None
        self._tried[OrderKind.PROVE].clear()
        self._no_sense_since = self._too_much_since = None
        self._keeper.lose()
        self._withdraw()

    def _fear(self, ask: Ask) -> None:
        """Whatever is written may be what lets it give power, until it is read."""
        self._may_give_power |= isinstance(ask, Write) and ask != self._controller.rest

    def _come_back(self) -> None:
        if self._is_away:
            self._is_away = self._is_blind_turn = False
        self.silence = None

    def _withdraw(self) -> None:
        self.wish = replace(self.wish, permit=False, offer_a=0)

    def _refuse(self, why: str, now: float) -> None:
        """It is another device, or one that cannot be understood: nothing but to rest is told to it, if it was met."""
        self.unfit = why
        self._go_away(now, LOOK_AGAIN_UNFIT_S)

    def _understand(self, now: float) -> None:
        try:
            told = self._controller.told(self._reading.said)
        except NoSense as error:
            self._hear_no_sense(str(error), now)
            return
        self._no_sense_since = None
        self._told = told
        if self._reading.is_fresh or told.may_give_power:
            self._may_give_power = told.may_give_power
        self._mind_restart(told)
        self._keeper.see(told, now)
        if self.wish.permit and told.is_connected is not None and self._keeper.watch.plug != self._permitted_plug:
            # The session withdraws what the plug that left was permitted; until it gets to it the next one has nothing.
            self._withdraw()
        self._look_back()
        self._is_reached = self._reading.is_fresh and self._wanted() is None and self._aim().current_a > 0
        self.unfit = told.unfit or self._not_kept()
        self.report = self._reported(told, now)

    def _mind_restart(self, told: Told) -> None:
        watch = self._keeper.watch
        is_set_back = (
            told.elapsed_s is not None and told.is_connected and watch.is_in and told.elapsed_s < watch.elapsed_s
        )
        if (self._is_reached and not told.may_give_power) or is_set_back:
            self.counters.restarts += 1
            self._keeper.begin_anew()
            self._withdraw()

    def _hear_no_sense(self, why: str, now: float) -> None:
        self.counters.senseless_answers += 1
        self._told = None
        since = self._no_sense_since = now if self._no_sense_since is None else self._no_sense_since
        if now - since >= NO_SENSE_FOR_S:
            what = f"{why}; check that it is a {self._controller.name}, and that nobody else has its address"
            self._refuse(what, now)

    # --- what is written

    def _aim(self) -> Aim:
        wish = self.wish
        may_charge = wish.permit and self._plug is not None and self._plug == self._permitted_plug
        is_kept_off = bool(self.unfit) or wish.held_open or wish.ends or not may_charge
        return Aim(current_a=0.0 if is_kept_off else wish.offer_a, held_open=wish.held_open)

    def _wanted(self) -> Order | None:
        """What leads to the aim; None too while what was read is older than the last write, or makes no sense."""
        if self._told is None or not self._reading.is_fresh:
            return None
        return self._controller.order(self._reading.said, self._aim())

    def _order(self) -> Order | None:
        order = self._wanted()
        return None if order is None or self._was_tried(order) else order

    def _was_tried(self, order: Order) -> bool:
        return order.write.address in self._tried.get(order.kind, ())

    def _may_order_at(self, order: Order) -> float:
        return self._ordered_at.get(_key(order), float("-inf")) + AGAIN_AFTER_S[order.kind]

    def _wrote(self, write: Write, now: float) -> None:
        """Whether it was kept shows in what is read next."""
        self.counters.writes += 1
        self._fear(write)
        order = self._order()
        self._last = order if order is not None and order.write == write else None
        if self._last is not None:
            self._ordered_at[_key(self._last)] = now
            self._tried.get(self._last.kind, set()).add(write.address)
        self._wrote_at, self._is_reached = now, False
        self._reading.hurry(now)

    # --- what became of it

    def _look_back(self) -> None:
        """Whether the last order was kept: then the next one is another, or there is none."""
        if not self._reading.is_fresh:
            return
        order = self._wanted()
        self.counters.set_points_not_kept += order is not None and order == self._last
        self._last = None
        if order is not None and self._was_tried(order):
            self._unkept = order
        elif self._unkept is not None and self._unkept.kind is OrderKind.SET_UP:
            self._unkept = None

    def _not_kept(self) -> str:
        if self._unkept is None:
            return ""
        return f"it did not keep {self._unkept.write}; set that with the maker's tool, then restart the agent"

    def _reported(self, told: Told, now: float) -> Report:
        before = self.report
        is_without_effect = self._is_without_effect(told, now)
        self.counters.set_points_without_effect += is_without_effect and not (before and before.is_without_effect)
        faults = (*told.faults, *self._disobedience(told, now))
        watch = self._keeper.watch
        return Report(told=replace(told, faults=faults), watch=watch, is_without_effect=is_without_effect)

    def _is_without_effect(self, told: Told, now: float) -> bool:
        is_due = bool(told.is_connected) and not told.faults and self._aim().current_a > 0
        is_settled = self._wanted() is None and self._reading.is_fresh and now - self._wrote_at >= JUDGED_AFTER_S
        return is_due and is_settled and told.offered_a == 0

    def _disobedience(self, told: Told, now: float) -> tuple[DeviceFault, ...]:
        """It offers more than it was told to, or does not end its offer."""
        aim_a = self._aim().current_a
        if told.offered_a <= aim_a + SLACK_A and not (aim_a == 0 and told.may_give_power):
            self._too_much_since = None
            return ()
        since = self._too_much_since = now if self._too_much_since is None else self._too_much_since
        if now - since < JUDGED_AFTER_S:
            return ()
        self.counters.disobediences += self.report is not None and not self.report.disobeys
        evidence = (("wished_a", aim_a), ("detail", DISOBEYS_BECAUSE))
        return (DeviceFault(id=DISOBEYS, evidence=evidence),)


def _key(order: Order) -> object:
    return order.kind if order.kind is OrderKind.ENABLE else (order.kind, order.write)
