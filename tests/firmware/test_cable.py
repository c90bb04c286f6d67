"""The cable's guard alone, against a slow onlooker that keeps every reading; asked often or seldom."""

from __future__ import annotations

import fault_codes as code
from cable import Cable
from hypothesis import given, settings
from hypothesis import strategies as st
from inputs import NTC_OPEN
from kind import TEMPERATURES, Kind
from ntc import OPEN_ABOVE, SHORT_BELOW

from tests.firmware.guard_alone import Alone
from tests.firmware.test_doubt import start_of_trouble

LOOK_MS = 50
TOGETHER_MS = 1_000
BELIEVED_MS = 500
WHOLE = (2_048, SHORT_BELOW, OPEN_ABOVE)
OPEN = (NTC_OPEN, OPEN_ABOVE + 1)
SHORT = (0, SHORT_BELOW - 1)

Script = list[tuple[int, int, bool]]

STAYS_MS = st.sampled_from((50, 450, 500, 550, 950, 1_000, 1_050, 2_000))
CODES = st.sampled_from((*WHOLE, *OPEN, *OPEN, *SHORT))
SCRIPTS = st.lists(st.tuples(STAYS_MS, CODES, st.booleans()), max_size=8)
"""How long, the code of the connector's sensor, and whether a plug is believed in."""


class Onlooker:
    """Knows the rule in its own words: the lead, and the plug, of every look."""

    def __init__(self) -> None:
        # A lead counts as broken until it was seen whole.
        self._broken = [(-LOOK_MS, True)]
        self._plugged_until: int | None = None
        self._left_at: int | None = None
        self._suspect_since: int | None = None

    def sees_a_cut(self, ntc_code: int, plugged: bool, now: int) -> bool:
        self._broken.append((now, not SHORT_BELOW <= ntc_code <= OPEN_ABOVE))
        if plugged:
            self._plugged_until, self._left_at = now, None
        elif self._plugged_until is not None and self._left_at is None:
            self._left_at = now
        suspect = ntc_code > OPEN_ABOVE and self._left_at is not None and self._is_near(self._left_at)
        self._suspect_since = (now if self._suspect_since is None else self._suspect_since) if suspect else None
        return self._suspect_since is not None and now - self._suspect_since >= BELIEVED_MS

    def _is_near(self, left_at: int) -> bool:
        broke_at = start_of_trouble(self._broken, TOGETHER_MS)
        return broke_at >= 0 and -TOGETHER_MS <= broke_at - left_at <= TOGETHER_MS


@settings(max_examples=300, deadline=None)
@given(SCRIPTS, st.booleans(), st.booleans())
def test_a_cut_is_what_an_onlooker_calls_one(script: Script, sparse: bool, charged: bool) -> None:
    alone = Alone(Cable, Kind(has=TEMPERATURES), sparse=sparse)
    onlooker = Onlooker()
    now = 0
    seen = None
    for stays_ms, ntc_code, plugged in [(1_500, WHOLE[0], True)] * charged + script:
        for _ in range(stays_ms // LOOK_MS):
            alone.situation.inputs.ntc_codes = (2_048, 2_048, 2_048, ntc_code)
            alone.situation.pilot.plugged = plugged
            alone.look(now, changed=seen != (ntc_code, plugged))
            seen = ntc_code, plugged
            assert (code.CABLE_CUT in alone.present()) == onlooker.sees_a_cut(ntc_code, plugged, now)
            now += LOOK_MS
