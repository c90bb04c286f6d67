"""Any value of the session core, drawn from the types of its fields."""

from __future__ import annotations

import types
import typing
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union

from hypothesis import strategies as st

from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import FaultKind
from agent.core.identity import IdToken
from agent.core.recorder.schema import written_fields
from agent.core.signatures import Identification, SignedValue

TEXTS = st.text(st.characters(exclude_characters="…", exclude_categories=["Cs"]), max_size=12)
"""Without the mark of a masked token, behind which a recording leaves something out."""
NUMBERS = st.floats(allow_nan=False)
TOKENS = st.builds(IdToken, st.text("0123456789ABCDEFX", min_size=8, max_size=20), TEXTS, is_random=st.booleans())


@cache
def values(hint: Any) -> st.SearchStrategy[Any]:
    """Everything that a field of this type may hold."""
    plain = {int: st.integers(-(2**63), 2**63), float: NUMBERS, bool: st.booleans(), str: TEXTS}
    if hint in plain:
        return plain[hint]
    if hint is types.NoneType:
        return st.none()
    if hint is IdToken:
        return TOKENS
    if hint is FaultKind:
        return st.sampled_from(list(CATALOGUE.values()))
    if hint is Identification:
        # Who it is stays out of a recording.
        return st.builds(Identification, kind=TEXTS, data=st.just(""), flags=st.just(("RFID_PLAIN",)), place=TEXTS)
    if hint is SignedValue:
        return st.builds(
            SignedValue,
            data=st.just("OCMF"),
            encoding=TEXTS,
            method=TEXTS,
            public_key=TEXTS,
            signed_wh=st.integers(0),
            step_wh=st.integers(1, 100),
            holds_begin=st.booleans(),
        )
    if hasattr(hint, "__supertype__"):
        return values(hint.__supertype__)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    return _made_of(hint)


def _made_of(hint: Any) -> st.SearchStrategy[Any]:
    origin, given = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return st.one_of([values(one) for one in given])
    if origin is tuple and given[-1] is not Ellipsis:
        return st.tuples(*(values(one) for one in given))
    if origin is tuple:
        return st.lists(values(given[0]), max_size=2).map(tuple)
    if origin is frozenset:
        return st.frozensets(values(given[0]))
    assert is_dataclass(hint), hint
    return _instances(hint)


def _instances(cls: Any) -> st.SearchStrategy[Any]:
    named = {name: values(one) for name, one in written_fields(cls).items()}
    return st.fixed_dictionaries(named).map(lambda given: cls(**given))
