"""The board's configuration against the one that its host expects (fault catalogue, mcu.config_mismatch).

Plain functions, so that MicroPython runs them as well; the names are the sentences they prove.
"""

import fault_codes as code
from bench import Bench, charging
from kind import FIELDS, METERING, STORAGE, Kind
from lease import LEASE_MS
from startup_checks import starts_again

OTHER = 0x1A2B_3C4D


def expects(bench: Bench, mark: "int | None") -> None:
    """The host says at once which configuration it expects."""
    bench.configuration = mark
    bench.wish(bench.permit, bench.offer_da)


def own_mark(bench: Bench) -> int:
    return bench.hal.kind.mark()


def at_rest(sparse: bool) -> Bench:
    bench = Bench(sparse)
    bench.run(3_000)
    return bench


def a_host_that_expects_another_configuration_is_told_at_once(sparse: bool) -> None:
    bench = at_rest(sparse)
    expects(bench, OTHER)

    assert bench.faults == [code.MCU_CONFIG_MISMATCH]
    assert bench.last_status()[14] == {code.MCU_CONFIG_MISMATCH: {}}


def a_host_that_expects_this_configuration_has_no_fault(sparse: bool) -> None:
    bench = at_rest(sparse)
    expects(bench, own_mark(bench))
    bench.run(10_000)

    assert bench.faults == []


def a_host_that_expects_none_has_no_fault(sparse: bool) -> None:
    bench = at_rest(sparse)
    expects(bench, None)
    bench.run(10_000)

    assert bench.faults == []


def a_silent_host_expects_nothing(sparse: bool) -> None:
    bench = at_rest(sparse)
    expects(bench, OTHER)
    bench.let_host_talk(False)
    bench.run(LEASE_MS + 10)
    assert bench.faults == [code.HOST_LEASE_EXPIRED]

    bench.let_host_talk(True)

    assert bench.faults == [code.MCU_CONFIG_MISMATCH], "back with the same expectation"


def an_expectation_of_zero_is_one(sparse: bool) -> None:
    bench = at_rest(sparse)
    expects(bench, 0)

    assert bench.faults == [code.MCU_CONFIG_MISMATCH]


def after_the_right_mark_or_none_the_fault_is_gone(sparse: bool) -> None:
    bench = at_rest(sparse)
    for right in (own_mark(bench), None):
        expects(bench, OTHER)
        assert bench.faults == [code.MCU_CONFIG_MISMATCH]

        expects(bench, right)

        assert bench.faults == []


def the_next_bit_is_another_configuration(sparse: bool) -> None:
    bench = at_rest(sparse)
    for bit in range(32):
        expects(bench, own_mark(bench) ^ 1 << bit)

        assert bench.faults == [code.MCU_CONFIG_MISMATCH]


def an_unexpected_configuration_offers_and_closes_nothing(sparse: bool) -> None:
    bench = at_rest(sparse)
    expects(bench, OTHER)
    bench.wish(True, 160)
    bench.show("C")
    bench.run(20_000)
    assert not bench.pwm
    assert not bench.closed
    assert bench.waits_for == "fault"

    expects(bench, own_mark(bench))

    bench.until(lambda: bench.closed, 10_000)


def a_running_charge_goes_on_and_the_next_one_is_blocked(sparse: bool) -> None:
    bench = charging(sparse)
    expects(bench, OTHER)
    bench.run(60_000)
    assert (bench.closed, bench.pwm) == (True, True)
    assert bench.faults == [code.MCU_CONFIG_MISMATCH]

    bench.show("B")
    bench.run(5_000)
    bench.show("C")
    bench.run(20_000)

    assert (bench.closed, bench.pwm) == (False, False)


def a_restart_changes_nothing_about_it(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=STORAGE))
    bench.run(3_000)
    expects(bench, OTHER)

    starts_again(bench)
    assert bench.faults == [], "nobody has said anything to this start yet"
    bench.run(1_000)

    assert bench.faults == [code.MCU_CONFIG_MISMATCH]


def a_configuration_is_another_one_with_any_other_property(sparse: bool) -> None:
    first = Kind()
    properties = {name for name in dir(first) if name[0] != "_" and not callable(getattr(first, name))}
    assert properties - {"ventilation"} == set(FIELDS), "a part of it has no say in its mark"
    for name in FIELDS:
        other = Kind()
        known = getattr(other, name)
        setattr(other, name, known + "x" if isinstance(known, str) else METERING if name == "has" else known + 1)

        assert other.mark() != first.mark(), name
        assert Kind().mark() == first.mark(), "the same properties are the same mark"
