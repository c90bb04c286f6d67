"""Ids against the library's own."""

from __future__ import annotations

import random
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from agent.ids import Ids


@given(st.integers(0, 2**64))
def test_ids_are_random_uuids_of_version_4(seed: int) -> None:
    ids, drawn = Ids(random.Random(seed)), random.Random(seed)
    assert ids.message_id() == str(UUID(int=drawn.getrandbits(128), version=4))
    assert ids.transaction_key() == UUID(int=drawn.getrandbits(128), version=4).hex
    of_a_charger = UUID(Ids().message_id())
    assert (of_a_charger.version, of_a_charger.variant) == (4, RFC_4122)
