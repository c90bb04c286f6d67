"""A failing example of a property prints the line that replays it; `deep` is for a night."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "core", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.register_profile("deep", settings.get_profile("core"), max_examples=5_000, stateful_step_count=120)
settings.load_profile("deep" if os.environ.get("EVSE_TESTS") == "deep" else "core")
