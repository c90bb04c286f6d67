"""`evsectl selftest` at the agent's own socket, with every test really done, and what a person reads of it."""

from __future__ import annotations

from agent.control.registry import find
from agent.control.render import Page
from agent.control.roles import Role
from agent.control.wire import Done, Part, Refused, Reply
from agent.core.commissioning.model import Verdict
from tests.control.calling import Desk
from tests.selftest.site import Site, tell


async def replies(site: Site, verb: str, **arguments: str | int | bool) -> list[Reply]:
    desk = Desk(None, None, site.charger.agent.config.control.socket)  # type: ignore[arg-type]  # by the path alone
    return list(await desk.replies(verb, dict(arguments), ""))


def words(verb: str, said: list[Reply]) -> str:
    """As a person at a terminal reads it."""
    page = Page()
    for reply in said:
        if isinstance(reply, Done | Part) and reply.body:
            find(verb).show(reply.body, page)
    return "\n".join(page.lines)


def test_a_run_tells_each_test_with_value_and_limit_and_is_on_record_afterwards() -> None:
    async def story(site: Site) -> None:
        said = await replies(site, "selftest run", tests="ST202,ST203", connector=1)

        assert isinstance(said[-1], Done) and said[-1].passed
        told = words("selftest run", said)
        assert "frequency 1000 Hz (980 to 1020)" in told
        assert "none of 2 failed" in told
        shown = words("selftest show", await replies(site, "selftest show", test="ST203"))
        assert "attempt 1" in shown and "1000 Hz" in shown
        listed = words("selftest list", await replies(site, "selftest list"))
        assert "1: pass" in next(line for line in listed.splitlines() if line.startswith("ST203"))

    tell(story)


def test_a_failure_names_what_to_do_and_the_exit_says_so() -> None:
    async def story(site: Site) -> None:
        await site.world("supply", connector=1, rail="+12V", volts=11.0)
        await site.passes(2.0)

        said = await replies(site, "selftest run", tests="ST201", connector=1)

        assert isinstance(said[-1], Done) and not said[-1].passed
        told = words("selftest run", said)
        assert "FAIL" in told and "next:" in told and "First to mend" in told
        (kept,) = await site.charger.agent.tests.desk.attempts()
        assert kept.outcome.verdict is Verdict.FAIL

    tell(story)


def test_an_operator_has_looks_done_and_nothing_else() -> None:
    async def story(site: Site) -> None:
        said = await replies(site, "selftest health", tests="ST505", connector=1)
        refused = await replies(site, "selftest health", tests="ST203")

        assert isinstance(said[-1], Done) and said[-1].passed
        assert isinstance(refused[-1], Refused) and "by an installer" in refused[-1].text
        assert (find("selftest health").role, find("selftest run").role) == (Role.OPERATOR, Role.INSTALLER)
        assert find("selftest list").role is Role.VIEWER

    tell(story)


def test_a_test_there_is_not_is_answered_with_one_there_is() -> None:
    async def story(site: Site) -> None:
        refused = await replies(site, "selftest run", tests="ST2O3")

        shown = await replies(site, "selftest show", test="st2o3")

        for said in (refused, shown):
            assert isinstance(said[-1], Refused)
            assert 'there is no test "ST2O3"; did you mean "ST203"' in said[-1].text
            assert "selftest list" in said[-1].text

    tell(story)


def test_power_without_the_key_is_left_out_in_words() -> None:
    async def story(site: Site) -> None:
        said = await replies(site, "selftest run", tests="ST402", connector=1)

        (kept,) = await site.charger.agent.tests.desk.attempts()
        assert kept.outcome.verdict in (Verdict.SKIP, Verdict.ERROR)
        assert "ST402" in words("selftest run", said)
        assert site.charger.outlet()["contactor"] == "open"

    tell(story)
