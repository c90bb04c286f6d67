from __future__ import annotations

from tests.config.conftest import GOOD_SITE, WriteSite, load_good, problems_of


def test_hours_of_operation_and_their_zone_are_taken_and_what_is_none_is_a_problem(write_site: WriteSite) -> None:
    hours = 'opening_hours = ["Mo-Fr 07:00-22:00", "Sa,Su 09:00-18:00"]\ntime_zone = "Europe/Berlin"\n'
    good = load_good(write_site(GOOD_SITE.replace("[site]\n", f"[site]\n{hours}")))
    wrong = hours.replace("07:00", "7").replace("Berlin", "Berlim")

    assert good.site.opening_hours == ("Mo-Fr 07:00-22:00", "Sa,Su 09:00-18:00")
    problems = problems_of(write_site(GOOD_SITE.replace("[site]\n", f"[site]\n{wrong}")))
    assert len(problems) == 2
    assert any("write days and times" in problem for problem in problems)
    assert any('no time zone is called "Europe/Berlim"' in problem for problem in problems)
