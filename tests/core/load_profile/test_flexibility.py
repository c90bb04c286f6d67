"""What could be shed or raised: never more than flows, nothing where nothing flows, ports add up to the station."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.core.control_pilot import PilotState
from agent.core.limits import LimitSource
from agent.core.load_profile.flexibility import NOTHING, Flexibility, flexibility_of, together
from agent.core.quantities import MeterSample
from agent.core.schedule.profile import ProfilePurpose
from agent.core.session.events import LimitChanged
from tests.core.health.scenes import charging, idle
from tests.core.session.station import RecordingStation

amperes = st.none() | st.floats(0, 40, allow_nan=False)
volts = st.none() | st.floats(200, 260, allow_nan=False)


def drawing(station: RecordingStation, currents_a: tuple[float | None, ...], power_w: float | None) -> Flexibility:
    first, second, third = currents_a
    sample = MeterSample(
        at=station.now, register_wh=10, power_w=power_w, currents_a=(first, second, third), voltages_v=(230, 230, 230)
    )
    return flexibility_of(replace(station.session, last_sample=sample), station.now)


@given(st.tuples(amperes, amperes, amperes), st.tuples(volts, volts, volts), st.none() | st.floats(-50, 30_000))
def test_never_more_is_shed_than_is_drawn_and_never_less_than_nothing(
    currents_a: tuple[float | None, float | None, float | None],
    voltages_v: tuple[float | None, float | None, float | None],
    power_w: float | None,
) -> None:
    station = charging()
    sample = MeterSample(at=station.now, register_wh=10, power_w=power_w, currents_a=currents_a, voltages_v=voltages_v)

    able = flexibility_of(replace(station.session, last_sample=sample), station.now)

    drawn_w = able.drawn_w or 0
    assert 0 <= (able.shed_to_minimum_w or 0) <= able.shed_w <= drawn_w
    assert (able.raise_w or 0) >= 0
    assert (able.drawn_w is None) == (power_w is None)


@given(st.lists(st.builds(Flexibility, drawn_w=st.integers(0, 22_000), shed_w=st.integers(0, 22_000)), max_size=4))
def test_ports_add_up_to_the_station(ports: list[Flexibility]) -> None:
    whole = together(ports)

    assert whole.shed_w == sum(one.shed_w for one in ports)
    assert (whole.drawn_w or 0) == sum(one.drawn_w or 0 for one in ports)


def test_nothing_is_offered_for_a_port_that_does_not_charge() -> None:
    full = charging()
    full.pilot_is(PilotState.B)

    assert drawing(idle(), (16, 16, 16), 11_000) == NOTHING
    assert drawing(full, (16, 16, 16), 11_000) == NOTHING


def test_a_reading_of_half_a_minute_ago_says_nothing_of_now() -> None:
    station = charging()
    sample = MeterSample(at=station.now.plus(-31.0), register_wh=10, power_w=11_000.0, currents_a=(16, 16, 16))

    assert flexibility_of(replace(station.session, last_sample=sample), station.now) == NOTHING


def test_a_car_on_one_phase_can_go_down_to_six_amperes_of_that_phase() -> None:
    able = drawing(charging(), (16.0, 0.0, 0.0), 3680.0)

    assert (able.drawn_w, able.shed_w, able.shed_to_minimum_w) == (3680, 3680, 3680 - 1380)
    assert able.shed_by is ProfilePurpose.TX


def limited(source: LimitSource, current_a: float) -> RecordingStation:
    station = charging()
    transaction = station.session.transaction
    key = None if transaction is None else transaction.key
    station.feed(LimitChanged(source=source, current_a=current_a, detail="profile", transaction=key))
    station.advance(10.0)
    return station


def test_what_the_network_holds_back_could_be_raised_by_its_own_profile() -> None:
    by_charge, by_station = limited(LimitSource.NETWORK, 10.0), limited(LimitSource.CHARGE_POINT_MAX, 10.0)

    one, other = (drawing(station, (10.0, 10.0, 10.0), 6900.0) for station in (by_charge, by_station))

    assert one.raise_w == other.raise_w == 6 * 3 * 230
    assert (one.raise_by, other.raise_by) == (ProfilePurpose.TX, ProfilePurpose.STATION_MAX)


def held(source: LimitSource, current_a: float = 0.0, supply_a: float = 16.0) -> RecordingStation:
    station = limited(source, current_a)
    station.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=supply_a, detail="site"))
    station.advance(10.0)
    return station


def test_what_the_network_paused_could_be_raised_again_by_the_profile_that_paused_it() -> None:
    by_charge, by_station = held(LimitSource.NETWORK), held(LimitSource.CHARGE_POINT_MAX, 5.9)

    one, other = (drawing(station, (0.0, 0.0, 0.0), 0.0) for station in (by_charge, by_station))

    assert (one.shed_w, one.drawn_w, one.raise_w) == (0, None, 16 * 3 * 230)
    assert other.raise_w == one.raise_w
    assert (one.raise_by, other.raise_by) == (ProfilePurpose.TX, ProfilePurpose.STATION_MAX)
    assert together((other, other)).raise_w == 2 * 16 * 3 * 230
    assert together((other, other)).raise_by is ProfilePurpose.STATION_MAX


def test_what_something_else_holds_back_beside_the_network_is_not_promised() -> None:
    station = held(LimitSource.NETWORK)
    station.feed(LimitChanged(source=LimitSource.THERMAL, current_a=8.0, detail="hot"))
    assert drawing(station, (0.0, 0.0, 0.0), 0.0).raise_w == 8 * 3 * 230

    station.feed(LimitChanged(source=LimitSource.THERMAL, current_a=0.0, detail="hot"))
    able = drawing(station, (0.0, 0.0, 0.0), 0.0)
    assert (able.raise_w, able.raise_by) == (0, None)


def test_a_paused_port_without_a_share_or_without_voltages_leaves_open_how_much() -> None:
    shared = drawing(held(LimitSource.CHARGE_POINT_MAX, supply_a=0.0), (0.0, 0.0, 0.0), 0.0)
    station = held(LimitSource.NETWORK)
    sample = MeterSample(at=station.now, register_wh=10, power_w=0.0)
    blind = flexibility_of(replace(station.session, last_sample=sample), station.now)

    one_wire = replace(sample, voltages_v=(230.0, 12.0, None))
    single = flexibility_of(replace(station.session, last_sample=one_wire), station.now)

    assert single.raise_w == 16 * 230
    assert (shared.raise_w, shared.raise_by) == (None, ProfilePurpose.STATION_MAX)
    assert (blind.raise_w, blind.raise_by) == (None, ProfilePurpose.TX)


def test_a_pause_that_is_not_the_networks_and_a_car_that_left_are_not_offered() -> None:
    hot = charging()
    hot.feed(LimitChanged(source=LimitSource.THERMAL, current_a=0.0, detail="hot"))
    hot.advance(10.0)
    gone = held(LimitSource.NETWORK)
    gone.pilot_is(PilotState.A)

    assert drawing(hot, (0.0, 0.0, 0.0), 0.0) == NOTHING
    assert drawing(gone, (0.0, 0.0, 0.0), 0.0) == NOTHING


def test_a_car_that_does_not_take_what_it_is_offered_takes_no_more_of_it() -> None:
    station = limited(LimitSource.NETWORK, 10.0)

    assert drawing(station, (6.0, 6.0, 6.0), 4140.0).raise_w == 0


def test_a_meter_without_currents_leaves_open_what_only_currents_tell() -> None:
    able = drawing(charging(), (None, None, None), 7000.0)

    assert (able.shed_w, able.shed_to_minimum_w, able.raise_w) == (7000, None, None)
