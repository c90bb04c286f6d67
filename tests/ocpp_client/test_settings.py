from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.connector.ports import SamplingSettings
from agent.core.quantities import Measurand
from agent.core.readings import MEASURABLE
from agent.core.schedule.profile import RateUnit
from agent.errors import StoreFull
from agent.ocpp_client.ports import ClientSettings
from agent.ocpp_client.station.settings import (
    ALIGNED_INTERVAL,
    AUTHORIZATION_CACHE,
    CONNECTION_TIMEOUT,
    HEARTBEAT_INTERVAL,
    SAMPLE_INTERVAL,
    SAMPLED_MEASURANDS,
    VARIABLES,
    NetworkSettings,
    objection,
)
from firmware_sim.virtual_loop import run


class Kept:
    """A `SettingsPort` in memory; `is_full` refuses to keep anything."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = dict(values or {})
        self.is_full = False

    def all(self) -> Mapping[str, str]:
        return self.values

    async def put(self, values: Mapping[str, str]) -> None:
        if self.is_full:
            raise StoreFull("no space")
        self.values.update(values)


NAMES = st.sampled_from(sorted(VARIABLES))
MEASURANDS = st.lists(st.sampled_from([measurand.value for measurand in MEASURABLE]), max_size=5).map(",".join)
TEXTS = (
    st.integers(-3, 100_000).map(str)
    | st.sampled_from(["true", "False", "A", "W,A", "1.RST,2.RTS", " 7 "])
    | MEASURANDS
    | st.text(max_size=20)
)


def test_it_serves_the_client_and_the_connectors() -> None:
    settings = NetworkSettings(Kept())
    client: ClientSettings = settings
    sampling: SamplingSettings = settings

    assert (client.call_timeout_s, client.transaction_message_attempts) == (30, 5)
    assert (sampling.sample_interval_s, sampling.aligned_interval_s) == (60, 900)
    assert sampling.stop_aligned_measurands == ()


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_every_default_is_a_value(name: str) -> None:
    assert objection(name, VARIABLES[name].default) is None


def test_defaults_promise_only_what_can_be_measured() -> None:
    assert set(NetworkSettings(Kept()).sampled_measurands) <= set(MEASURABLE)


def test_what_the_network_wrote_wins_over_the_site_file_and_that_over_the_default() -> None:
    kept = Kept({CONNECTION_TIMEOUT: "77"})

    settings = NetworkSettings(kept, {CONNECTION_TIMEOUT: "66", SAMPLE_INTERVAL: "10"})

    assert (settings.connection_timeout_s, settings.sample_interval_s, settings.heartbeat_interval_s) == (77, 10, 3600)


def test_a_first_value_is_not_written_to_the_store() -> None:
    kept = Kept()

    NetworkSettings(kept, {CONNECTION_TIMEOUT: "66"})

    assert kept.values == {}


@pytest.mark.parametrize("first", [{CONNECTION_TIMEOUT: "0"}, {"Nonsense.Nothing": "1"}, {"ConnectionTimeOut": "60"}])
def test_a_first_value_nobody_checked_is_a_mistake_of_ours(first: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        NetworkSettings(Kept(), first)


def test_a_kept_value_that_is_none_any_more_does_not_count() -> None:
    settings = NetworkSettings(Kept({CONNECTION_TIMEOUT: "-1", "was accepted once": "yes"}))

    assert settings.connection_timeout_s == 120


def test_a_change_is_kept_before_it_is_in_force() -> None:
    kept = Kept()
    settings = NetworkSettings(kept)
    kept.is_full = True

    with pytest.raises(StoreFull):
        run(settings.put({AUTHORIZATION_CACHE: "false"}))

    assert settings.authorization_cache_enabled


def test_of_several_values_one_that_is_none_refuses_all() -> None:
    kept = Kept()
    settings = NetworkSettings(kept)

    with pytest.raises(ValueError, match=ALIGNED_INTERVAL):
        run(settings.put({SAMPLE_INTERVAL: "5", ALIGNED_INTERVAL: "7"}))

    assert (settings.sample_interval_s, kept.values) == (60, {})


@pytest.mark.parametrize(("seconds", "kept"), [(300, {HEARTBEAT_INTERVAL: "300"}), (3600, {}), (-1, {}), (10**12, {})])
def test_the_interval_of_a_boot_is_kept_where_it_is_one_and_new(seconds: int, kept: dict[str, str]) -> None:
    port = Kept()

    run(NetworkSettings(port).keep_heartbeat_interval(seconds))

    assert port.values == kept


def test_a_measurand_written_twice_is_told_once() -> None:
    settings = NetworkSettings(Kept({SAMPLED_MEASURANDS: "Voltage, Frequency,Voltage"}))

    assert settings.sampled_measurands == (Measurand.VOLTAGE, Measurand.FREQUENCY)


@given(st.integers(0, 10**12))
def test_an_aligned_interval_is_off_or_divides_the_day(seconds: int) -> None:
    if objection(ALIGNED_INTERVAL, str(seconds)) is None:
        assert seconds == 0 or 86_400 % seconds == 0


@given(NAMES, TEXTS)
def test_what_nothing_speaks_against_can_be_read(name: str, text: str) -> None:
    if objection(name, text) is not None:
        return
    settings = NetworkSettings(Kept({name: text}))

    assert settings.text(name) == text
    read = [getattr(settings, property_name) for property_name in PROPERTIES]
    assert all(value >= 0 for value in read if isinstance(value, int))


PROPERTIES = [name for name, found in vars(NetworkSettings).items() if isinstance(found, property)]


class AnySettings(RuleBasedStateMachine):
    """Whatever is written, refused, lost or restarted in whatever order: what was acknowledged counts, no more."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = Kept()
        self.first = {SAMPLE_INTERVAL: "15"}
        self.expected = {name: variable.default for name, variable in VARIABLES.items()} | self.first
        self.settings = NetworkSettings(self.kept, self.first)

    @rule(name=NAMES, text=TEXTS)
    def the_network_writes(self, name: str, text: str) -> None:
        try:
            run(self.settings.put({name: text}))
        except ValueError:
            return
        self.expected[name] = text

    @rule(name=NAMES, text=TEXTS)
    def the_network_writes_while_the_disk_is_full(self, name: str, text: str) -> None:
        self.kept.is_full = True
        try:
            run(self.settings.put({name: text}))
        except (ValueError, StoreFull):
            return
        finally:
            self.kept.is_full = False
        raise AssertionError("acknowledged and not kept")

    @rule(seconds=st.integers(-10, 10**10))
    def a_boot_is_accepted(self, seconds: int) -> None:
        run(self.settings.keep_heartbeat_interval(seconds))
        if objection(HEARTBEAT_INTERVAL, str(seconds)) is None and int(self.expected[HEARTBEAT_INTERVAL]) != seconds:
            self.expected[HEARTBEAT_INTERVAL] = str(seconds)

    @rule()
    def the_program_restarts(self) -> None:
        self.kept = Kept(self.kept.values)
        self.settings = NetworkSettings(self.kept, self.first)

    @invariant()
    def what_was_acknowledged_is_in_force(self) -> None:
        assert {name: self.settings.text(name) for name in VARIABLES} == self.expected
        assert self.settings.rate_units in ((RateUnit.A,), (RateUnit.W,), tuple(RateUnit), (RateUnit.W, RateUnit.A))


TestAnySettings = AnySettings.TestCase
