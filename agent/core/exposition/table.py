"""Every metric that the charger tells Prometheus: the one list of names, labels and meanings. Pure.

`docs/prometheus.md` is generated from it. Base units, counters end in `_total`; labels are few and their values
bounded: never a card, a charge or a sentence. What is not known has no series, never a 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from agent.values import frozen


class MetricKind(Enum):
    """In the words of the exposition format."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


class Since(Enum):
    """Where a counter begins at 0: whoever computes an increase has to know."""

    START = "start of the program"
    RECORD = "the charger's record"
    METER = "the meter"
    NOT_A_COUNT = ""


@frozen(kw_only=True)
class Metric:
    """`meaning` stands in the text that is scraped, and on the page."""

    name: str
    kind: MetricKind
    meaning: str
    labels: tuple[str, ...] = ()
    since: Since = Since.NOT_A_COUNT


def _gauge(name: str, meaning: str, *labels: str) -> Metric:
    return Metric(name=name, kind=MetricKind.GAUGE, meaning=meaning, labels=labels)


def _counter(name: str, since: Since, meaning: str, *labels: str) -> Metric:
    return Metric(name=name, kind=MetricKind.COUNTER, meaning=meaning, labels=labels, since=since)


def _histogram(name: str, meaning: str, *labels: str) -> Metric:
    return Metric(name=name, kind=MetricKind.HISTOGRAM, meaning=meaning, labels=labels, since=Since.START)


_START, _RECORD = Since.START, Since.RECORD

_METRICS = (
    _gauge("evse_build_info", "1; which software, and of pilot boards which", "version", "mcu", "board"),
    _gauge("evse_up", "1 while the program runs, 0 once it ended in order"),
    _gauge("evse_port_state", "1 for the state of the port in the words of OCPP 1.6, else 0", "port", "state"),
    _gauge("evse_port_verdict", "1 for what evsectl health says of the port: ok, degraded or down", "port", "verdict"),
    _counter("evse_energy_wh_total", Since.METER, "register of the meter in Wh", "port"),
    _gauge("evse_power_watts", "power towards the car", "port"),
    _gauge("evse_current_amperes", "current of a phase", "port", "phase"),
    _gauge("evse_voltage_volts", "voltage of a phase", "port", "phase"),
    _gauge("evse_offered_current_amperes", "current that the car is offered, 0 for none", "port"),
    _gauge("evse_limit_amperes", "the current that each owner of a limit allows", "port", "owner"),
    _gauge("evse_temperature_celsius", "a sensor by its table in the board file", "sensor"),
    _counter(
        "evse_contactor_operations_total",
        _RECORD,
        "openings of the power path, by the current of the last reading; load none: 1 A at most, or not known",
        *("port", "load"),
    ),
    _counter("evse_faults_total", _START, "times a fault of the catalogue was raised", "port", "code"),
    _counter(
        "evse_outage_seconds_total",
        _START,
        "outages that ended, by with whom they lay; excluded: what does not count for uptime",
        *("port", "cause", "excluded"),
    ),
    _gauge("evse_uptime_month_ratio", "uptime of this month so far, by the record and its exclusions", "port"),
    _counter("evse_sessions_total", _START, "attempts to charge, from plug to plug, that are over", "port", "result"),
    _histogram("evse_charge_start_seconds", "plug-in or authorisation, whichever is later, to the first energy"),
    _gauge("evse_ocpp_connected", "1 while the central system answers"),
    _counter(
        "evse_ocpp_reconnects_total",
        _START,
        "times a connection ended or did not come about, so that another was tried",
        "reason",
    ),
    _histogram("evse_ocpp_call_seconds", "from a request to the central system to its answer", "action"),
    _gauge("evse_ocpp_queue_messages", "records that wait to be told to the central system"),
    _gauge("evse_ocpp_queue_ratio", "how full their queue is, 1 at its limit of records or bytes"),
    _counter(
        "evse_meter_errors_total",
        _START,
        "requests to a device on a bus without a good answer, by what was wrong",
        *("device", "kind"),
    ),
    _counter("evse_mcu_restarts_total", _RECORD, "restarts of the pilot board that the program saw", "port"),
    _counter("evse_mcu_resets_total", _RECORD, "of these, those whose reason the board told", "port", "reason"),
    _gauge("evse_clock_quality", "0 no time of day, 1 the central system's word, 2 the controller's own clock"),
    _gauge("evse_clock_offset_seconds", "how far the central system's clock was ahead when it was told last"),
    _counter("evse_store_bytes_written_total", _START, "what the program made the storage write"),
    _gauge("evse_cert_expiry_timestamp_seconds", "end of the certificate, of several the last to end", "kind"),
    _histogram("evse_loop_lag_seconds", "how late the event loop came to a timer, looked at every five seconds"),
    _counter("evse_process_cpu_seconds_total", _START, "processor time of the program"),
    _gauge("evse_process_resident_memory_bytes", "memory that the program holds"),
    _gauge("evse_process_threads", "its threads"),
    _gauge("evse_process_start_time_seconds", "when the program started, seconds since 1970"),
)

METRICS: Mapping[str, Metric] = {one.name: one for one in _METRICS}
"""Every metric there is, by name, in the order in which they are told."""
