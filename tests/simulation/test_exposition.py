"""What Prometheus is told of a whole charger in its world: read by another reader, over charges, faults and crashes."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.availability import ConnectorStatus
from agent.core.exposition.table import METRICS, Metric, MetricKind
from agent.security.certificate_store import FOLDER
from tests.core.exposition.reading import Series, counters, one, series
from tests.security.zoo import make
from tests.simulation.stage import CARD, Charger, tell
from tests.simulation.test_flight_recorder import side_of

LARGEST = 64 << 10
ENERGY: Series = ("evse_energy_wh_total", (("port", "1"),))


async def exposed(charger: Charger) -> str:
    text = await side_of(charger).exposition()
    assert len(text) < LARGEST
    assert {name for name, _ in series(text)} <= _names()
    return text


def _names() -> set[str]:
    return {name + end for name in METRICS for end in ("", "_bucket", "_sum", "_count")}


def of_record(text: str) -> Mapping[Series, float]:
    """Counters of which a restart may take nothing away."""
    kept = ("evse_energy_wh_total", "evse_contactor_operations_total", "evse_mcu_restarts_total")
    return {key: value for key, value in counters(text).items() if key[0] in kept}


def fallen(before: Mapping[Series, float], after: Mapping[Series, float]) -> dict[Series, tuple[float, float]]:
    """What is there in both and fell; what is not told says nothing."""
    return {key: (value, after[key]) for key, value in before.items() if key in after and after[key] < value}


def state(text: str, port: str = "1") -> set[str]:
    states = {status.value for status in ConnectorStatus}
    return {one_state for one_state in states if one(text, "evse_port_state", port=port, state=one_state) == 1}


def test_what_it_tells_is_what_the_world_shows() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        idle = await exposed(charger)
        assert (state(idle), one(idle, "evse_power_watts", port="1")) == ({"Available"}, 0)
        assert one(idle, "evse_offered_current_amperes", port="1") == 0
        assert one(idle, "evse_ocpp_connected") == one(idle, "evse_up") == 1
        await charger.charge(current_a=16, phases=3)
        await charger.passes(120.0)
        text, meter = await exposed(charger), charger.outlet()["meter"]
        assert state(text) == {"Charging"}
        assert one(text, "evse_port_verdict", port="1", verdict="ok") == 1
        assert abs((one(text, "evse_energy_wh_total", port="1") or 0) - meter["register_wh"]) <= 10
        power_w = one(text, "evse_power_watts", port="1")
        assert power_w is not None
        assert 10_000 < power_w < 12_000
        for phase in ("L1", "L2", "L3"):
            assert abs((one(text, "evse_current_amperes", port="1", phase=phase) or 0) - 16) < 1
            assert abs((one(text, "evse_voltage_volts", port="1", phase=phase) or 0) - 230) < 5
        assert one(text, "evse_limit_amperes", port="1", owner="hardware") == 32
        assert (one(text, "evse_ocpp_call_seconds_count", action="StartTransaction") or 0) == 1
        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)
        over = await exposed(charger)
        assert one(over, "evse_sessions_total", port="1", result="success") == 1
        assert one(over, "evse_charge_start_seconds_count") == 1
        assert fallen(counters(text), counters(over)) == {}
        assert CARD not in idle + text + over
        assert CARD[-4:] not in idle + text + over

    tell(story)


def test_a_silent_meter_has_no_power_and_not_a_power_of_nothing() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(30.0)
        assert one(await exposed(charger), "evse_power_watts", port="1")
        await charger.world("fault", name="meter_silent", connector=1)
        await charger.passes(30.0)
        text = await exposed(charger)
        assert one(text, "evse_power_watts", port="1") is None
        assert one(text, "evse_voltage_volts", port="1", phase="L1") is None
        assert one(text, "evse_energy_wh_total", port="1") is not None
        errors = [value for (name, labels), value in series(text).items() if name == "evse_meter_errors_total"]
        assert sum(errors) > 0
        await charger.world("heal")
        await charger.passes(90.0)
        assert one(await exposed(charger), "evse_power_watts", port="1") is not None

    tell(story)


def test_a_fault_is_counted_once_and_the_outage_when_it_is_over() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        before = await exposed(charger)
        assert one(before, "evse_faults_total", port="1", code="mcu.comm") == 0
        await charger.world("fault", name="mcu_hang", connector=1)
        await charger.passes(300.0)
        text = await exposed(charger)
        assert one(text, "evse_port_verdict", port="1", verdict="down") == 1
        assert one(text, "evse_faults_total", port="1", code="mcu.comm") == 1
        hardware = {"port": "1", "cause": "charger_hardware", "excluded": "false"}
        assert one(text, "evse_outage_seconds_total", **hardware) == 0
        await charger.world("heal")
        await charger.passes(60.0)
        text = await exposed(charger)
        assert one(text, "evse_port_verdict", port="1", verdict="down") == 0
        assert 280 < (one(text, "evse_outage_seconds_total", **hardware) or 0) < 340

    tell(story)


def test_a_crash_in_a_charge_takes_no_watt_hour_back_also_while_the_meter_is_silent() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        for seconds in (400.0, 50.0):
            await charger.passes(seconds)
            before = of_record(await exposed(charger))
            assert before[ENERGY] > 100
            await charger.stage.charger.kill()
            await charger.world("fault", name="meter_silent", connector=1)
            await charger.stage.charger.start()
            await charger.passes(20.0)
            silent = await exposed(charger)
            assert charger.session().is_register_of_record
            assert (charger.session().last_register_wh or 0) < before[ENERGY], "the record lies behind the meter"
            assert fallen(before, of_record(silent)) == {}
            await charger.world("heal")
            await charger.passes(30.0)
            healed = of_record(await exposed(charger))
            assert ENERGY in healed
            assert fallen(before, healed) == {}

    tell(story)


def test_a_central_system_that_is_away_is_told_with_how_often_it_was_tried_and_why() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("offline")
        await charger.passes(120.0)
        text = await exposed(charger)
        assert one(text, "evse_ocpp_connected") == 0
        tried = {
            labels: value for (name, labels), value in series(text).items() if name == "evse_ocpp_reconnects_total"
        }
        assert (one(text, "evse_ocpp_reconnects_total", reason="refused") or 0) >= 1, tried

    tell(story)


def test_every_metric_of_the_table_is_told_by_a_charger_that_has_it_all() -> None:
    async def story(charger: Charger) -> None:
        chain = charger.agent.config.storage.path / FOLDER / "charge_point" / "own.pem"
        chain.parent.mkdir(parents=True)
        chain.write_text(make("CP-1").pem)
        await charger.network("offline")
        await charger.passes(120.0)
        await charger.network("heal")
        await charger.passes(120.0)
        await charger.charge()
        await charger.passes(30.0)
        text = await exposed(charger)
        assert [metric.name for metric in METRICS.values() if not _is_told(metric, text)] == []

    tell(story, board="sim-cabinet")


def _is_told(metric: Metric, text: str) -> bool:
    name = f"{metric.name}_count" if metric.kind is MetricKind.HISTOGRAM else metric.name
    return any(name == told for told, _ in series(text))
