"""Who a charger is, as its site file says it."""

from __future__ import annotations

import pytest

from tests.config.conftest import GOOD_SITE, WriteSite, load_good, problems_of


@pytest.mark.parametrize("blank", ["", "   ", "\\t"])
def test_a_serial_number_of_blanks_is_none(write_site: WriteSite, blank: str) -> None:
    """Left out it is not known yet; written it is that of the label."""
    own = 'serial_number = "QE-000123"'
    (line,) = [number for number, line in enumerate(GOOD_SITE.splitlines(), start=1) if line == own]

    (problem,) = problems_of(write_site(GOOD_SITE.replace(own, f'serial_number = "{blank}"')))

    assert f":{line}: station.serial_number: " in problem
    assert "write the serial number on the charger's label, or leave it out" in problem
    assert load_good(write_site(GOOD_SITE.replace(own, ""))).station.serial_number == ""
