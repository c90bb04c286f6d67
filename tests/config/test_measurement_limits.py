"""What an installer's readings are held against, as the country files say it."""

from __future__ import annotations

from dataclasses import fields

import pytest

from agent.config.circuit import Curve, Earthing
from agent.config.countries import GENERIC, country_of, known, voltages_of

EVERYWHERE = sorted({*known(), GENERIC})


@pytest.mark.parametrize("code", EVERYWHERE)
def test_every_section_names_its_source(code: str) -> None:
    limits = country_of(code).measurements
    sections = [section for one in fields(limits) if (section := getattr(limits, one.name)) is not None]

    assert len(sections) >= 8
    assert all(section.source for section in sections)


@pytest.mark.parametrize("code", [*EVERYWHERE, "XX"])
def test_the_voltages_are_the_same_whether_the_rest_of_the_file_is_read_or_not(code: str) -> None:
    assert voltages_of(code) == country_of(code).voltages


@pytest.mark.parametrize("code", EVERYWHERE)
def test_a_fault_may_last_shorter_where_the_earth_is_the_chargers_own(code: str) -> None:
    rule = country_of(code).measurements.disconnection

    assert [rule.within_s(one) for one in (Earthing.TN_S, Earthing.TN_C_S, Earthing.TT)] == [0.4, 0.4, 0.2]


def test_a_breaker_trips_at_the_multiple_of_its_curve_and_a_fuse_needs_a_table() -> None:
    rule = country_of("DE").measurements.loop

    assert rule is not None
    assert [rule.multiple_of(one) for one in (Curve.B, Curve.C, Curve.D, Curve.GG)] == [5, 10, 20, None]


def test_where_no_loop_is_judged_by_a_curve_there_is_no_rule_for_it() -> None:
    assert country_of("US").measurements.loop is None
