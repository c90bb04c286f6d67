"""The hard limit that `evsectl commission` shows: each part on the way to a connector, and the one that decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.config.circuit import CircuitConfig, Earthing, RcdType
from agent.control.commissioning_limit import bounds_of
from agent.control.wire import Done
from agent.core.commissioning.model import StepRecord, Verdict
from agent.core.identity import ConnectorId
from tests.control.charger import Charger
from tests.control.installer import Installer, latest, visit
from tests.control.paper_desk import PaperDesk

CIRCUIT = CircuitConfig(
    breaker_current_a=20,
    cable_section_mm2=10,
    cable_length_m=20,
    earthing=Earthing.TN_S,
    rcd=RcdType.A,
    cable_current_a=40,
    cable_factor=0.5,
)


def plan_of(paper: PaperDesk) -> StepRecord:
    return next(one for one in latest(paper).steps if one.key == "plan")


def test_every_part_that_somebody_rated_bounds_a_connector_and_none_is_made_up(charger: Charger) -> None:
    planned = replace(charger.config, circuit=CIRCUIT)
    rated_a = charger.config.board.rated_current_a

    one, two = (bounds_of(planned, ConnectorId(number)) for number in (1, 2))

    assert [(bound.part, bound.current_a) for bound in one] == [
        ("hardware (board, contactor, connector)", rated_a),
        ("breaker", 20.0),
        ("cable", 20.0),
        ("supply, shared by all connectors", 32.0),
    ]
    assert [(bound.part, bound.current_a) for bound in two[len(one) :]] == [("connector's own fuse", 16.0)]
    assert all(bound.source for bound in two)
    assert len(bounds_of(charger.config, ConnectorId(1))) == 2


def test_what_two_connectors_share_is_told_where_they_are_agreed_to(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    texts: list[str] = []

    class Reader(Installer):
        def answer(self, question: str) -> str:
            texts.append(question)
            return super().answer(question)

    visit(charger, socket_path, Reader())

    (limit,) = [text for text in texts if '"plan.limit"' in text]
    assert ", never more than 32 A for all together. Is that right?" in limit
    assert plan_of(paper).says.endswith("never more than 32 A for all together")


def test_a_limit_above_what_a_part_bears_fails_names_the_part_and_is_not_there_to_be_agreed_to(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    charger.config = replace(charger.config, circuit=CIRCUIT)
    installer = Installer()

    assert visit(charger, socket_path, installer) == Done({}, passed=False)

    assert plan_of(paper).verdict is Verdict.FAIL
    for part in ("breaker", "cable"):
        assert f"32 A at connector 1 is above what the {part} bears, 20 A" in plan_of(paper).says
    assert "connector 2" not in plan_of(paper).says
    assert "lower site.supply_current_a in the plan" in plan_of(paper).says
    assert "plan.limit" not in installer.asked


def test_a_no_to_the_limit_fails_and_is_asked_again_another_time(
    charger: Charger, socket_path: Path, paper: PaperDesk
) -> None:
    assert visit(charger, socket_path, Installer(plan__limit="no")) == Done({}, passed=False)
    assert plan_of(paper).verdict is Verdict.FAIL
    again = Installer()

    assert visit(charger, socket_path, again) == Done({}, passed=True)

    assert "plan.limit" in again.asked
