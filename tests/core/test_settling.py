"""What moves is told once it stands, or has gone on for a while; what comes back is not."""

from __future__ import annotations

import pytest

from agent.core.settling import WITHIN_S, Settling

LOOKS_EVERY_S = WITHIN_S / 3


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ("aaaaaaaa", []),
        ("abbbbbbb", [2]),
        ("abababab", []),
        ("abcdddaa", [4, 7]),
        ("abcdefghijklm", [4, 8, 12]),
        ("abcabcdefghi", [7, 11]),
    ],
)
def test_it_is_told_at_these_looks(looks: str, told: list[int]) -> None:
    settling, last, found = Settling(), looks[0], []
    for number, seen in enumerate(looks):
        is_still = number > 0 and seen == looks[number - 1]
        if settling.is_over(LOOKS_EVERY_S * number, is_other=seen != last, is_still=is_still):
            settling.told()
            last = seen
            found.append(number)

    assert found == told


def test_what_could_not_be_told_is_due_at_the_next_look_again() -> None:
    settling = Settling()

    assert not settling.is_over(0.0, is_other=True, is_still=False)
    assert [settling.is_over(WITHIN_S + number, is_other=True, is_still=False) for number in range(3)] == [True] * 3
