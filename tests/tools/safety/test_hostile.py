"""A host that hangs, lies, floods or dies never gets a closed contactor outside C2 with a fresh permission.

Nor outside C2 and D2 where the room is ventilated.

50 seeds here, 150 in the long run, 10,000 by `make safety`. A failing seed is played again by
`tools.safety.hostile.replay_line(seed)`.
"""

import pytest

from tests.searching import at_length
from tools.safety.hostile import Verdict, play, replay_line

CHUNK = 50
ALL_THAT_THEY_CAN = {
    *("hang", "stick_to_one_frame", "flood_with_wishes", "flood_with_garbage", "die_mid_frame", "lie", "dribble"),
    *("name_another_table", "ramp_down", "flap", "flip_bits", "take_turns_with_another", "test_the_pilot"),
    *("stop_asking", "replug", "bounce", "ask_for_air", "short", "lose_diode", "break_wire", "restart", "stop_all"),
}
"""What hosts and cars do, in the first seeds already."""


@pytest.mark.parametrize("first", range(0, at_length(50, 150), CHUNK))
def test_no_host_gets_contacts_closed_where_they_must_not_be(first: int) -> None:
    verdicts = [play(seed) for seed in range(first, first + CHUNK)]

    assert [told(verdict) for verdict in verdicts if verdict.breaches] == []
    assert sum(verdict.closings > 0 for verdict in verdicts) >= CHUNK * 2 // 3, (
        "a board that never closes proves nothing"
    )
    assert sum(verdict.closings_in_d for verdict in verdicts) >= 1, "cars in D are served in a ventilated room"
    assert sum(verdict.shown_f for verdict in verdicts) >= 5, "nor does one that never shows F"
    if first == 0:
        assert {word.split(" ")[-1] for verdict in verdicts[:40] for word in verdict.did} >= ALL_THAT_THEY_CAN


def told(verdict: Verdict) -> str:
    return f"{verdict.breaches[0]}; again: {replay_line(verdict.seed)}"


def test_a_seed_plays_the_same_again() -> None:
    assert play(4) == play(4)
