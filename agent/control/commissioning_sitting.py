"""One visit of an installer: the job as it stands on disk, whom to ask, whom to tell, and what was called for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.control.commissioning_news import CommissioningNews
from agent.control.commissioning_told import Telling
from agent.control.label import typed_serial
from agent.control.person import PersonAtTerminal
from agent.core.commissioning import record
from agent.core.commissioning.flow import Visit, Wish, wish_of
from agent.core.commissioning.model import Job, JobState
from agent.core.commissioning.steps import Site
from agent.errors import BadRequest, Busy
from agent.selftest.bench import Declined, Question
from agent.values import frozen

if TYPE_CHECKING:
    from agent.control.commissioning_ports import CommissioningDesk
    from agent.control.ports import StationPort
    from agent.control.verb import Conversation

NAME = "installer.person"


@frozen(kw_only=True)
class Given:
    """What the caller named. `skipped`: steps and tests to be left out, `because` of a reason that goes on record."""

    wish: Wish = Wish()
    skipped: frozenset[str] = frozenset()
    because: str = ""
    with_plan: bool = False
    serial: str = ""
    anew: bool = False


class Paused(Exception):
    """Somebody wants to go on another time."""


class Restarts(Exception):
    """The agent is about to start anew, with so many keys changed."""


class Sitting:
    """`job` is what is on disk; whoever changes it keeps it before anything rests on it."""

    def __init__(self, station: StationPort, desk: CommissioningDesk, conversation: Conversation, given: Given) -> None:
        self.station = station
        self.desk = desk
        self.conversation = conversation
        self.given = given
        self.person = PersonAtTerminal(conversation)
        self.telling = Telling(self.person)
        self.news = CommissioningNews(station)
        self.site = _site(station)
        self.visit = Visit(wish=given.wish)
        self.job: Job

    def check_open(self, latest: Job | None) -> None:
        """Raises Busy where everything is done, and nobody asked for it anew."""
        is_over = latest is not None and latest.state is JobState.COMPLETE and self.desk.is_in_service
        if is_over and not self.given.anew:
            raise Busy(
                "this charger was commissioned already, and its report is sealed; see: evsectl report list; "
                "single tests: evsectl selftest run; to commission it anew: evsectl commission --anew"
            )

    @property
    def name(self) -> str:
        """Who signed in; "" before anybody did."""
        return self.job.answers.get(NAME, "")

    @property
    def by(self) -> str:
        return f"installer {self.name}".strip()

    def typed(self, key: str) -> str | None:
        """What was answered in this job under that key, by the flow or by a test; the latest counts."""
        by_tests = (one.answers[key] for one in reversed(self.job.attempts) if key in one.answers)
        return next(by_tests, None) or self.job.answers.get(key)

    async def keep(self, job: Job) -> None:
        """Raises StoreError."""
        await self.desk.keep(job)
        self.job = job

    async def answer(self, key: str, answer: str) -> None:
        """In the middle of a test too, while others may come to their end. Raises StoreError."""
        await self.desk.keep(record.answered(self.job, key, answer))
        self.job = record.answered(self.job, key, answer)

    async def forget(self, prefix: str) -> None:
        """Answers whose key begins so, while others may come to their end. Raises StoreError."""
        await self.desk.keep(record.without_answers(self.job, prefix))
        self.job = record.without_answers(self.job, prefix)

    async def asked(self, question: Question) -> str:
        """What somebody says of the whole charger; "" where they declined."""
        self.person.connector = None
        try:
            return await self.person.ask(question)
        except Declined:
            return ""

    async def known(self, question: Question) -> str:
        """The answer on record, else asked and put there."""
        if not (answer := self.job.answers.get(question.key)):
            answer = await self.asked(question)
            await self.answer(question.key, answer)
        return answer


def _site(station: StationPort) -> Site:
    config = station.config
    return Site(
        connectors=station.connectors(),
        has_network=config.ocpp is not None,
        shares_feeder=config.site.safe_current_a is not None,
        planned=frozenset(f"handover.{name}" for name in config.handover.told()),
    )


def given_of(arguments: Mapping[str, object]) -> Given:
    """Raises BadRequest with what is wrong with a name."""
    skipped_names, because = str(arguments.get("skip", "")), str(arguments.get("because", ""))
    try:
        wish = wish_of(str(arguments.get("only", "")), str(arguments.get("from", "")))
        names = wish_of(skipped_names, "").only
    except ValueError as error:
        raise BadRequest(str(error)) from error
    if names and not because.strip():
        raise BadRequest(f"--skip {skipped_names}: the report names who left it out and why; write --because REASON")
    return Given(
        wish=wish,
        skipped=names,
        because=because,
        with_plan="plan" in arguments,
        serial=typed_serial(arguments),
        anew=bool(arguments.get("anew")),
    )
