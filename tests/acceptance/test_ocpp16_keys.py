"""Item 7 of the checklist of OCPP 1.6 (ocpp16.md section 19): each key of section 15, told and written."""

from __future__ import annotations

from dataclasses import dataclass

from tests.acceptance.words import configured
from tests.simulation.stage import Charger, tell

BY_THEMSELVES = ("EvseAgentLink", "EvseAgentVerdict", "EvseAgentReason")
BOOL, WHOLE, LIST, TEXT = "bool", "int", "CSL", "str"
REQUIRED = {
    *("AuthorizeRemoteTxRequests", "ClockAlignedDataInterval", "ConnectionTimeOut", "ConnectorPhaseRotation"),
    *("GetConfigurationMaxKeys", "HeartbeatInterval", "LocalAuthorizeOffline", "LocalPreAuthorize"),
    *("MeterValuesAlignedData", "MeterValuesSampledData", "MeterValueSampleInterval", "NumberOfConnectors"),
    *("ResetRetries", "StopTransactionOnEVSideDisconnect", "StopTransactionOnInvalidId", "StopTxnAlignedData"),
    *("StopTxnSampledData", "SupportedFeatureProfiles", "TransactionMessageAttempts"),
    *("TransactionMessageRetryInterval", "UnlockConnectorOnEVSideDisconnect", "LocalAuthListEnabled"),
    *("LocalAuthListMaxLength", "SendLocalListMaxLength", "ChargeProfileMaxStackLevel"),
    *("ChargingScheduleAllowedChargingRateUnit", "ChargingScheduleMaxPeriods", "MaxChargingProfilesInstalled"),
    "SupportedFileTransferProtocols",
}


@dataclass(frozen=True)
class Row:
    """A key as the tables have it. `good`: a value it takes; `bad`: values it must refuse. `reason`: of a deviation."""

    key: str
    type: str
    access: str
    good: str = ""
    bad: tuple[str, ...] = ()
    reason: str = ""


def switch(key: str) -> Row:
    return Row(key, BOOL, "RW", "TRUE", ("yes", "1", "", "-1"))


def number(key: str, good: str, *bad: str) -> Row:
    return Row(key, WHOLE, "RW", good, ("-1", "1.5", "many", "", *bad))


def measurands(key: str) -> Row:
    good = "Energy.Active.Import.Register,Voltage"
    return Row(key, LIST, "RW", good, ("Energy.Active.Import.Register,SoC", "nonsense", ",".join(["Voltage"] * 21)))


def told(key: str, type: str = WHOLE) -> Row:
    return Row(key, type, "R", bad=("7", "true", ""))


ROWS = (
    switch("AllowOfflineTxForUnknownId"),
    switch("AuthorizationCacheEnabled"),
    switch("AuthorizeRemoteTxRequests"),
    Row("BlinkRepeat", WHOLE, "none", reason="no light of ours blinks by a count"),
    number("ClockAlignedDataInterval", "300", "7", "86401"),
    number("ConnectionTimeOut", "90", "0"),
    Row("ConnectorPhaseRotation", LIST, "RW", "0.RST,1.RTS", ("1.XYZ", "RST", "9.RST", "1.RST,1.RTS")),
    told("ConnectorPhaseRotationMaxLength"),
    told("GetConfigurationMaxKeys"),
    number("HeartbeatInterval", "1800"),
    Row("LightIntensity", WHOLE, "none", reason="no light of ours can be dimmed"),
    switch("LocalAuthorizeOffline"),
    switch("LocalPreAuthorize"),
    number("MaxEnergyOnInvalidId", "2000"),
    number("MessageTimeout", "20", "0"),
    measurands("MeterValuesAlignedData"),
    told("MeterValuesAlignedDataMaxLength"),
    measurands("MeterValuesSampledData"),
    told("MeterValuesSampledDataMaxLength"),
    number("MeterValueSampleInterval", "30", "86401"),
    number("MinimumStatusDuration", "3"),
    told("NumberOfConnectors"),
    number("ResetRetries", "2"),
    told("StopTransactionMaxMeterValues"),
    switch("StopTransactionOnEVSideDisconnect"),
    switch("StopTransactionOnInvalidId"),
    measurands("StopTxnAlignedData"),
    told("StopTxnAlignedDataMaxLength"),
    measurands("StopTxnSampledData"),
    told("StopTxnSampledDataMaxLength"),
    told("SupportedFeatureProfiles", LIST),
    told("SupportedFeatureProfilesMaxLength"),
    number("TransactionMessageAttempts", "4"),
    number("TransactionMessageRetryInterval", "15"),
    Row(
        "UnlockConnectorOnEVSideDisconnect", BOOL, "R", bad=("true", "false"), reason="the cable is fixed: errata 3.84"
    ),
    number("WebSocketPingInterval", "30"),
    switch("LocalAuthListEnabled"),
    told("LocalAuthListMaxLength"),
    told("SendLocalListMaxLength"),
    told("ReserveConnectorZeroSupported", BOOL),
    told("ChargeProfileMaxStackLevel"),
    told("ChargingScheduleAllowedChargingRateUnit", LIST),
    told("ChargingScheduleMaxPeriods"),
    told("ConnectorSwitch3to1PhaseSupported", BOOL),
    told("MaxChargingProfilesInstalled"),
    told("SupportedFileTransferProtocols", LIST),
    told("AdditionalRootCertificateCheck", BOOL),
    Row("AuthorizationKey", TEXT, "W", bad=("", "short", "x" * 41)),
    told("CertificateSignedMaxChainSize"),
    told("CertificateStoreMaxLength"),
    Row("CpoName", TEXT, "RW", "Quay Power", ("x" * 65, "two\nlines")),
    Row("SecurityProfile", WHOLE, "RW", bad=("-1", "0", "2", "3", "4", "one", "")),
)
"""Of the column "reboot": WebSocketPingInterval takes effect with the next connection, AuthorizationKey and
SecurityProfile with one that is opened at once; none needs the charger to start anew, so none is answered
RebootRequired. What else the two last ones do is items 11 and 12."""


async def _keys(charger: Charger) -> dict[str, dict[str, object]]:
    """All that are told, but for figures of the link and the verdict, which change by themselves."""
    answer = (await charger.network("get_configuration", keys=[]))["answer"]
    assert "unknownKey" not in answer
    return {one["key"]: one for one in answer["configurationKey"] if not one["key"].startswith(BY_THEMSELVES)}


def _is_of(type: str, text: str) -> bool:
    match type:
        case "bool":
            return text in ("true", "false")
        case "int":
            return text.isdecimal()
        case _:
            return text.isprintable()


def test_item_07_every_key_is_told_with_its_type_and_its_access() -> None:
    async def story(charger: Charger) -> None:
        keys = await _keys(charger)
        there = [row for row in ROWS if row.access != "none"]
        assert {row.key for row in there} <= set(keys), "a key of the tables is not told"
        assert set(keys) >= REQUIRED
        assert len(keys) <= int(str(keys["GetConfigurationMaxKeys"]["value"]))
        for row in there:
            entry = keys[row.key]
            assert entry["readonly"] is (row.access == "R"), row.key
            assert ("value" in entry) is (row.access != "W"), (
                f"{row.key}: only what is never read is told without a value"
            )
            assert row.access == "W" or _is_of(row.type, str(entry["value"])), (row.key, entry["value"])

        asked = [row.key.upper() for row in ROWS if row.access == "none"] + ["meterVALUEsampleinterval"]
        answer = (await charger.network("get_configuration", keys=asked))["answer"]
        assert sorted(answer["unknownKey"]) == ["BLINKREPEAT", "LIGHTINTENSITY"]
        assert [one["key"] for one in answer["configurationKey"]] == ["meterVALUEsampleinterval"]

    tell(story)


def test_item_07_what_may_be_written_is_written_and_everything_else_is_rejected_and_changes_nothing() -> None:
    async def story(charger: Charger) -> None:
        before = await _keys(charger)
        for row in ROWS:
            for bad in row.bad:
                assert await configured(charger, row.key, bad) == "Rejected", (row.key, bad)
                await charger.passes(0.2)  # a charger takes only so many commands at once
            if row.access == "none":
                assert await configured(charger, row.key, "1") == "NotSupported"
        assert await _keys(charger) == before

        written = {row.key: row.good for row in ROWS if row.access == "RW" and row.good}
        for key, value in written.items():
            answer = await charger.network("change_configuration", key=key.swapcase(), value=value)
            assert answer["answer"]["status"] == "Accepted", key
            await charger.passes(0.2)
        after = await _keys(charger)
        assert {key: after[key]["value"] for key in written} == written
        assert {key: entry for key, entry in after.items() if key not in written} == {
            key: entry for key, entry in before.items() if key not in written
        }

        await charger.stage.charger.kill(with_power=True)
        await charger.stage.charger.start()
        await charger.passes(30.0)
        kept = await _keys(charger)
        del written["HeartbeatInterval"]  # the answer to the boot says it anew
        assert {key: kept[key]["value"] for key in written} == written

    tell(story)


def test_item_07_a_key_that_is_never_read_is_not_told_by_name_either() -> None:
    async def story(charger: Charger) -> None:
        answer = (await charger.network("get_configuration", keys=["AuthorizationKey"]))["answer"]
        assert answer == {"configurationKey": [{"key": "AuthorizationKey", "readonly": False}]}

    tell(story)
