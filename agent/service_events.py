"""What is told of how ports serve: outages, attempts to charge, verdicts. Rows of the table in `agent/events.py`."""

from __future__ import annotations

from agent.event_kinds import EventField, EventKind

SERVICE_KINDS = (
    EventKind(
        "outage.begun",
        "A port cannot serve anybody any more; what that means for uptime is told with its end.",
        (
            EventField("cause", "what takes it out: a key of docs/uptime.md"),
            EventField("class", "with whom it lies: charger_hardware, charger_software, site, network, csms, grid, …"),
            EventField("evidence", "the cause in a sentence"),
        ),
    ),
    EventKind(
        "outage.ended",
        "A port serves again, or is out for another cause from here on.",
        (
            EventField("cause", "what took it out, as far as is known now"),
            EventField("class", "with whom it lies"),
            EventField("began", "when, RFC 3339; empty where the clock was unknown"),
            EventField("lasted_s", "how long", may_be_absent=True),
            EventField("excluded_s", "so much of it does not count for uptime", may_be_absent=True),
            EventField("excluded_class", "why: utility, vehicle, maintenance, vandalism, disaster, closed, or empty"),
            EventField("excluded_by", "who says so, or rule"),
        ),
    ),
    EventKind(
        "verdict.changed",
        "Whether one can charge at a port, or the first reason why not, is another than before (docs/health.md).",
        (
            EventField("verdict", "ok, degraded or down"),
            EventField("reason", "the key of the first reason, empty where there is none"),
            EventField("what", "that reason in a sentence"),
            EventField("stood_s", "how long that reason had been there by then, or all was well", may_be_absent=True),
            EventField("unkept", "changes right before it that were too many to be kept", may_be_absent=True),
        ),
    ),
    EventKind(
        "session.recorded",
        "An attempt to charge is over, from plug to plug, and on record. It tells nobody's token.",
        (
            EventField("attempt", "its number at this charger"),
            EventField("plugged_s", "how long the car was there", may_be_absent=True),
            EventField("energy_wh", "what it took"),
            EventField("peak_power_w", "the highest power that was measured"),
            EventField("offered_a", "the highest current that was offered"),
            EventField("start", "success, failed or excluded"),
            EventField("end", "success, failed or none"),
            EventField("excluded", "why it counts in no rate, empty where it does"),
            EventField("failure_class", "with whom the failure lies, empty where there was none"),
            EventField("code", "the fault or reason behind it, empty where there is none"),
            EventField("mrec", "its minimum required error code, empty where it has none"),
            EventField("charge_start_s", "plug-in or authorisation to the first energy", may_be_absent=True),
            EventField("stop_reason", "why the transaction ended, in the words of OCPP 2.0.1; empty without one"),
            EventField("authorization", "how it was authorised, never by whom"),
        ),
    ),
)
