"""Nothing is declared to the network that nothing here keeps: keys, feature profiles, measurands. All is derived."""

from __future__ import annotations

import tomllib
from functools import cache

import pytest

from agent.core.quantities import Measurand, MeterSample
from agent.core.readings import MEASURABLE, readings_of
from agent.core.time import Instant
from agent.drivers.meters.map_files import load_any
from agent.drivers.meters.sample import sample_of
from agent.ocpp_client.station import settings as variables
from agent.ocpp_client.station.value_kinds import Measurands
from agent.ocpp_client.v16 import message
from agent.ocpp_client.v16.settings import FEATURE_PROFILES, KEYS, Key, profiles_of
from tests.ocpp_client.v16.station import RecordingStation
from tools import ocpp16
from tools.ocpp16 import ROOT

WRITABLE = [key for key in KEYS if key.variable and not key.read_only]
MAPS = ROOT / "agent/drivers/meters/maps"
PLAUSIBLE = {"voltage": 230.0, "frequency": 50.0}


@pytest.mark.parametrize("key", WRITABLE, ids=lambda key: key.name)
def test_a_key_that_can_be_written_is_read_by_some_code(key: Key) -> None:
    assert ocpp16.readers(key.variable) or key.kept_for, "nothing obeys it; read it, or do not offer it"


def test_a_key_is_kept_for_a_reason_only_where_nothing_obeys_it() -> None:
    assert [key.name for key in KEYS if key.kept_for and ocpp16.readers(key.variable)] == []


def test_a_key_that_nothing_reads_would_be_seen() -> None:
    assert ocpp16.readers(variables.PHASE_ROTATION) == ()
    assert "agent/ocpp_client/correspondence.py" in ocpp16.readers(variables.MINIMUM_STATUS_DURATION)


def test_the_profile_of_firmware_is_declared_only_where_something_can_be_installed() -> None:
    assert profiles_of(RecordingStation()) == FEATURE_PROFILES
    left_out = set(FEATURE_PROFILES) - set(profiles_of(RecordingStation(installs_firmware=False)))
    assert left_out == {"FirmwareManagement"}


@pytest.mark.parametrize("profile", FEATURE_PROFILES)
def test_a_declared_profile_has_all_its_handlers(profile: str) -> None:
    rows = [row for row in ocpp16.rows() if row.profile == profile]

    assert rows
    assert [row.action for row in rows if not row.code] == []


def test_a_profile_with_all_its_handlers_is_declared() -> None:
    complete = {row.profile for row in ocpp16.rows()} - {row.profile for row in ocpp16.rows() if not row.code}

    assert complete - {ocpp16.SECURITY} <= set(FEATURE_PROFILES)


def test_no_handler_and_no_message_of_the_standard_is_forgotten() -> None:
    assert ocpp16.missing_in_the_standard() == frozenset()
    assert message.actions() <= {row.action for row in ocpp16.rows()}


def declared() -> set[Measurand]:
    found = set(MEASURABLE)
    for variable in variables.VARIABLES.values():
        if isinstance(variable.kind, Measurands):
            found |= set(variable.kind.read(variable.default))
    return found


@cache
def samples() -> tuple[MeterSample, ...]:
    """What the driver makes of each shipped map's points, were all of them read."""
    found = []
    for file in sorted(MAPS.glob("*.toml")):
        points = tomllib.loads(file.read_text(encoding="utf-8"))["points"]
        values = {name: PLAUSIBLE.get(name.partition("_")[0], 1.0) for name in points}
        found.append(sample_of(values, load_any(file.stem), Instant(0.0)))
    return tuple(found)


@pytest.mark.parametrize("measurand", sorted(declared(), key=str), ids=str)
def test_a_declared_measurand_is_given_by_a_driver(measurand: Measurand) -> None:
    assert any(readings_of(sample, (measurand,), 16.0) for sample in samples())


def test_a_measurand_that_no_driver_gives_would_be_seen() -> None:
    assert not any(readings_of(sample, (Measurand.TEMPERATURE,), 16.0) for sample in samples())
