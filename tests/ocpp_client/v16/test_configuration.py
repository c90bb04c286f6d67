from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.schedule.profile import RateUnit
from agent.errors import StoreFull
from agent.ocpp_client.adapter import Payload
from agent.ocpp_client.station.settings import VARIABLES, NetworkSettings
from agent.ocpp_client.v16.settings import (
    KEYS,
    MOST_KEYS_ASKED,
    ChangeVerdict,
    Configuration,
    Key,
    first_values,
    problems,
)
from firmware_sim.virtual_loop import run
from tests.ocpp_client.v16.station import Bench, Kept, RecordingStation

REQUIRED = {
    "AuthorizeRemoteTxRequests",
    "ClockAlignedDataInterval",
    "ConnectionTimeOut",
    "ConnectorPhaseRotation",
    "GetConfigurationMaxKeys",
    "HeartbeatInterval",
    "LocalAuthorizeOffline",
    "LocalPreAuthorize",
    "MeterValuesAlignedData",
    "MeterValuesSampledData",
    "MeterValueSampleInterval",
    "NumberOfConnectors",
    "ResetRetries",
    "StopTransactionOnEVSideDisconnect",
    "StopTransactionOnInvalidId",
    "StopTxnAlignedData",
    "StopTxnSampledData",
    "SupportedFeatureProfiles",
    "TransactionMessageAttempts",
    "TransactionMessageRetryInterval",
    "UnlockConnectorOnEVSideDisconnect",
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
    "MaxChargingProfilesInstalled",
    "LocalAuthListEnabled",
    "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
}
"""By OCPP 1.6 chapter 9, of the core profile, smart charging and the local list."""


def read(bench: Bench, *keys: str) -> dict[str, str]:
    entries = bench.command("GetConfiguration", {"key": list(keys)} if keys else {}).payload["configurationKey"]
    return {entry["key"]: entry["value"] for entry in entries if "value" in entry}


def write(bench: Bench, key: str, value: str) -> str:
    return bench.status_of("ChangeConfiguration", {"key": key, "value": value})


def test_everything_the_standard_requires_is_there() -> None:
    assert {key.name for key in KEYS} >= REQUIRED


def test_without_keys_all_are_listed() -> None:
    bench = Bench()

    answer = bench.command("GetConfiguration").payload

    assert [entry["key"] for entry in answer["configurationKey"]] == [key.name for key in KEYS]
    assert "unknownKey" not in answer
    assert len(KEYS) <= int(read(bench)["GetConfigurationMaxKeys"])


def test_an_empty_list_of_keys_asks_for_all() -> None:
    assert len(Bench().command("GetConfiguration", {"key": []}).payload["configurationKey"]) == len(KEYS)


def test_one_key_asked_for_is_the_only_one_answered() -> None:
    answer = Bench().command("GetConfiguration", {"key": ["NumberOfConnectors"]}).payload

    assert answer == {"configurationKey": [{"key": "NumberOfConnectors", "readonly": True, "value": "2"}]}


def test_a_key_is_found_in_any_case_and_named_as_it_was_asked_for() -> None:
    assert read(Bench(), "heartbeatINTERVAL") == {"heartbeatINTERVAL": "3600"}


def test_what_nobody_knows_is_listed_apart_and_once() -> None:
    answer = Bench().command("GetConfiguration", {"key": ["BlinkRepeat", "Nonsense", "nonsense"]}).payload

    assert answer == {"unknownKey": ["BlinkRepeat", "Nonsense"]}


@given(st.lists(st.text(max_size=50), max_size=250))
def test_however_many_are_asked_for_no_more_than_promised_are_answered(names: list[str]) -> None:
    answer = Bench().command("GetConfiguration", {"key": names}).payload

    assert len(answer.get("configurationKey", [])) + len(answer.get("unknownKey", [])) <= MOST_KEYS_ASKED


def test_each_key_that_is_an_alias_names_a_setting_of_its_own() -> None:
    named = [key.variable for key in KEYS if key.fixed is None and key.secured is None]

    assert set(named) <= VARIABLES.keys()
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("key", [key.name for key in KEYS if key.read_only])
def test_a_key_that_may_only_be_read_is_rejected(key: str) -> None:
    bench = Bench()

    assert write(bench, key, read(bench, key)[key]) == "Rejected"
    assert (bench.kept.values, bench.station.asked) == ({}, [])


@pytest.mark.parametrize(
    "key", [key.name for key in KEYS if not key.read_only and key.secured is None and key.only_where is None]
)
def test_what_a_key_reads_as_can_be_written_back(key: str) -> None:
    bench = Bench()
    before = read(bench, key)[key]

    assert write(bench, key, before) == "Accepted"
    assert read(bench, key)[key] == before


@pytest.mark.parametrize("key", ["BlinkRepeat", "Nonsense", ""])
def test_a_key_there_is_not_is_not_supported(key: str) -> None:
    bench = Bench()

    assert write(bench, key, "1") == "NotSupported"
    assert bench.kept.values == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("HeartbeatInterval", "-1"),
        ("HeartbeatInterval", "1.5"),
        ("HeartbeatInterval", ""),
        ("HeartbeatInterval", "99999999999999999999"),
        ("HeartbeatInterval", "٣"),
        ("ConnectionTimeOut", "0"),
        ("ClockAlignedDataInterval", "7"),
        ("WebSocketPingInterval", "-5"),
        ("LocalPreAuthorize", "yes"),
        ("MeterValuesSampledData", "SoC"),
        ("MeterValuesSampledData", "Voltage,Nonsense"),
        ("MeterValuesSampledData", "Voltage.L1"),
        ("MeterValuesSampledData", ","),
        ("MeterValuesAlignedData", ",".join(["Voltage"] * 21)),
        ("ConnectorPhaseRotation", "3.RST"),
        ("ConnectorPhaseRotation", "1.RST,1.RTS"),
        ("ConnectorPhaseRotation", "1.XYZ"),
    ],
)
def test_a_value_against_the_rules_is_rejected_and_changes_nothing(key: str, value: str) -> None:
    bench = Bench()
    before = read(bench)

    assert write(bench, key, value) == "Rejected"
    assert (read(bench), bench.kept.values, bench.station.asked) == (before, {}, [])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("heartbeatinterval", "0"),
        ("LocalPreAuthorize", "TRUE"),
        ("ClockAlignedDataInterval", "0"),
        ("MeterValuesSampledData", ""),
        ("MeterValuesSampledData", "Voltage, Current.Import"),
        ("ConnectorPhaseRotation", "0.RST,1.RTS,2.NotApplicable"),
        ("TransactionMessageAttempts", "0"),
    ],
)
def test_an_accepted_value_is_kept_told_and_read_as_it_was_written(key: str, value: str) -> None:
    bench = Bench()

    assert write(bench, key, value) == "Accepted"
    assert read(bench, key)[key] == value or (key, value) == ("ConnectorPhaseRotation", "")
    assert list(bench.kept.values.values()) == [value]
    assert bench.station.asked == [("settings", tuple(bench.kept.values))]


def test_a_value_the_store_could_not_keep_is_not_in_force() -> None:
    bench = Bench()
    bench.kept.fail = StoreFull("no space")

    with pytest.raises(StoreFull):
        write(bench, "HeartbeatInterval", "10")

    assert (read(bench, "HeartbeatInterval"), bench.station.asked) == ({"HeartbeatInterval": "3600"}, [])


def test_a_key_that_takes_a_reboot_says_so() -> None:
    key = Key(name="Slow", variable="OCPPCommCtrlr.HeartbeatInterval", needs_reboot=True)
    configuration = Configuration(RecordingStation(), NetworkSettings(Kept()), (key,))

    assert run(configuration.change("slow", "10")) is ChangeVerdict.REBOOT_REQUIRED


def test_no_key_of_ours_takes_a_reboot() -> None:
    assert [key.name for key in KEYS if key.needs_reboot] == []


def test_phases_nobody_wrote_down_are_unknown() -> None:
    assert read(Bench(), "ConnectorPhaseRotation") == {"ConnectorPhaseRotation": "0.Unknown,1.Unknown,2.Unknown"}


UNLOCKS = "UnlockConnectorOnEVSideDisconnect"


@pytest.mark.parametrize("value", ["true", "false"])
def test_whether_a_cable_is_let_go_is_false_and_for_nobody_to_write_where_it_is_fixed(value: str) -> None:
    bench = Bench()

    assert bench.command("GetConfiguration", {"key": [UNLOCKS]}).payload == {
        "configurationKey": [{"key": UNLOCKS, "readonly": True, "value": "false"}]
    }
    assert write(bench, UNLOCKS, value) == "Rejected"
    assert bench.kept.values == {}


def test_whether_a_cable_is_let_go_is_written_at_a_socket() -> None:
    bench = Bench()
    bench.station.has_lock()

    assert read(bench, UNLOCKS) == {UNLOCKS: "true"}
    assert write(bench, UNLOCKS, "maybe") == "Rejected"
    assert write(bench, UNLOCKS, "false") == "Accepted"
    assert bench.command("GetConfiguration", {"key": [UNLOCKS]}).payload == {
        "configurationKey": [{"key": UNLOCKS, "readonly": False, "value": "false"}]
    }


# The site file.


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"MeterValueSampleInterval": "-1"}, [("MeterValueSampleInterval", '"-1" is not a whole number from 0 up')]),
        ({"MeterValueSampleIntervall": "1"}, [("MeterValueSampleIntervall", "did you mean")]),
        ({"NumberOfConnectors": "2"}, [("NumberOfConnectors", "cannot be set")]),
        (
            {"ChargingScheduleAllowedChargingRateUnit": "A"},
            [("ChargingScheduleAllowedChargingRateUnit", "is not a list")],
        ),
        ({"ChargeProfileMaxStackLevel": "21"}, [("ChargeProfileMaxStackLevel", "is above 20")]),
        (
            {"HeartbeatInterval": "1", "OCPPCommCtrlr.HeartbeatInterval": "2"},
            [("OCPPCommCtrlr.HeartbeatInterval", 'sets the same as "HeartbeatInterval"')],
        ),
        (
            {"ConnectionTimeOut": "0", "LocalPreAuthorize": "no"},
            [("ConnectionTimeOut", "is below 1 s"), ("LocalPreAuthorize", "is not true or false")],
        ),
    ],
)
def test_every_problem_of_the_site_file_is_named(given: dict[str, str], said: list[tuple[str, str]]) -> None:
    found = problems(given)

    assert [key for key, _ in found] == [key for key, _ in said]
    assert [words in sentence for (_, sentence), (_, words) in zip(found, said, strict=True)] == [True] * len(said)


def test_first_values_may_be_written_by_either_name() -> None:
    given = {
        "metervaluesampleinterval": "30",
        "TxCtrlr.EVConnectionTimeOut": "90",
        "ChargingScheduleAllowedChargingRateUnit": "Current",
    }

    settings = NetworkSettings(Kept(), first_values(given))

    assert problems(given) == ()
    assert (settings.sample_interval_s, settings.connection_timeout_s) == (30, 90)
    assert settings.rate_units == (RateUnit.A,)
    assert (
        Configuration(RecordingStation(), settings).value(_key("ChargingScheduleAllowedChargingRateUnit")) == "Current"
    )


@given(st.dictionaries(st.sampled_from([key.name for key in KEYS]) | st.text(max_size=8), st.text(max_size=12)))
def test_what_has_no_problem_can_be_used(given: dict[str, str]) -> None:
    if not problems(given):
        NetworkSettings(Kept(), first_values(given))


KEY_NAMES = st.sampled_from([key.name for key in KEYS if key.secured is None]) | st.text(max_size=50)
VALUES = (
    st.integers(-5, 100_000).map(str) | st.sampled_from(["true", "FALSE", "Voltage", "1.RST"]) | st.text(max_size=500)
)


@given(st.lists(st.tuples(KEY_NAMES, VALUES), max_size=20))
def test_what_was_acknowledged_is_read_back_also_after_a_restart(writes: list[tuple[str, str]]) -> None:
    bench = Bench()
    acknowledged: Payload = {}
    for key, value in writes:
        if write(bench, key, value) == "Accepted":
            acknowledged[key.casefold()] = value

    restarted = Bench(kept=Kept(bench.kept.values))

    expected = {key: value for key, value in acknowledged.items() if (key, value) != ("connectorphaserotation", "")}
    assert read(restarted) == read(bench)
    assert {key: read(restarted, key)[key] for key in expected} == expected


def _key(name: str) -> Key:
    return next(key for key in KEYS if key.name == name)
