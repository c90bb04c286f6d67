"""Fields that a schema names and no charger of tests/simulation/test_schemas.py says, each with the reason."""

from __future__ import annotations

CANARIES = "tests/control/remote/test_canaries.py, which holds the answer to its schema"
"""Where the action is done by a charger that has had it all."""

UNSEEN = {
    "answers/config-check.*": f"read in a thread, which virtual time does not wait for: {CANARIES}",
    "answers/config-diff.on_disk.changes*": "the site file was changed while the program ran",
    "answers/events.undated": "of a boot without a clock: tests/control/test_event_filter.py",
    "answers/evidence-make.records*.left_out": "a record that found no room",
    "answers/evidence-wear.*.counts.*": "counters of agent/core/wear/model.py, of which a short life makes few",
    "answers/faults-clear.*": f"needs a fault that ends by a word, and its tests: {CANARIES}",
    "answers/health-history.history*.unkept": "a verdict that flaps: tests/core/health/test_history.py",
    "answers/health.left_out": "the message says it, where there is less room",
    "answers/metrics.commissionings*": "an installer was there, as in test_commissioning.py",
    "answers/network-wifi.*": "the simulated controller has no Wi-Fi",
    "answers/ocpp-trace.why_none": "no message went yet",
    "answers/report-*": f"an installer was there: {CANARIES}",
    "answers/restart-*": f"ends the program, or needs a modem: {CANARIES}",
    "answers/selftest-*.tell": "somebody is there to be told something",
    "answers/waveform.histogram*": "a board that captures nothing: tests/control/remote/test_remedies.py",
    "answers/waveform.seconds": "the same",
    "answers/waveform.why": "the same",
    "cmd.nonce": "the charger has no clock",
    "*health.boards*.resets*": "a board that had restarted was counted: tests/simulation/test_ordered_board_restart.py",
    "*health.boots*.stuck": "a vital part hung: tests/store/test_runs.py",
    "*health.broker.cause": "it is told over that very link, which is there then",
    "*health.certificates*": "TLS, which these chargers do without: tests/station/test_certificate_ends.py",
    "*health.clock.set_by_s": "the clock was set while the program ran",
    "*health.commissioned.*": "an installer was there",
    "*health.devices*.detail": "a device that says by itself what is wrong with it",
    "*health.left_out.certificates": "TLS, which these chargers do without",
    "*health.network.passed_over": "several addresses: tests/core/explain/test_explain.py",
    "*health.network.way*": "the simulated controller has no interface",
    "*health.ports*.contactor.under_load": "a charge that was cut off with its current flowing",
    "*health.process.rss_trend_kb_per_day": "four hours of samples",
    "*health.storage.*": "an eMMC: tests/core/health/scenes.py",
    "load.*": "a day that is over: tests/telemetry/test_a_day.py, which holds it to its schema",
    "state.reason": "the goodbye, behind the end of a story",
}
"""By pattern. One that nothing needs any more is refused."""
