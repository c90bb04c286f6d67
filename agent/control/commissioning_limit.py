"""The hard limit of each connector: what every part on the way to it bears, and which of them decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.config.circuit_checks import bearing
from agent.control import commissioning_texts
from agent.core.commissioning.flow import End
from agent.core.commissioning.hard_limit import Bound, above, lowest
from agent.core.commissioning.model import Verdict
from agent.core.commissioning.steps import Step

if TYPE_CHECKING:
    from agent.config.model import StationConfig
    from agent.control.commissioning_sitting import Sitting
    from agent.core.identity import ConnectorId


async def limited(sitting: Sitting, words: str, verdict: Verdict) -> End:
    """The hard limit of each connector, by the part that decides; a person says that it is right."""
    config = sitting.station.config
    limits, too_high = [], []
    for connector in sitting.site.connectors:
        bounds = bounds_of(config, connector)
        in_force_a = config.connector_current_a(connector)
        await sitting.person.say(
            {
                "limit": {
                    "connector": connector,
                    "current_a": in_force_a,
                    "bounds": [{"part": one.part, "current_a": one.current_a, "source": one.source} for one in bounds],
                    "by": lowest(bounds).part,
                }
            }
        )
        limits.append(f"{in_force_a:g} A at connector {connector}")
        too_high += [
            f"{in_force_a:g} A at connector {connector} is above what the {one.part} bears, {one.current_a:g} A"
            for one in above(in_force_a, bounds)
        ]
    if too_high:
        says = f"{'; '.join(too_high)}: lower site.supply_current_a in the plan, then apply it"
        return End(step=Step.PLAN, verdict=Verdict.FAIL, says=says)
    in_all = sum(config.connector_current_a(one) for one in sitting.site.connectors)
    shared_a = config.site.supply_current_a
    shared = f", never more than {shared_a:g} A for all together" if in_all > shared_a else ""
    question = commissioning_texts.limit(f"The hard limit is {' and '.join(limits)}{shared}")
    if await sitting.known(question) != "yes":
        await sitting.answer(question.key, "")
        says = "the hard limit is not what it should be; change the plan, then: evsectl commission --plan FILE"
        return End(step=Step.PLAN, verdict=Verdict.FAIL, says=says)
    return End(step=Step.PLAN, verdict=verdict, says=f"{words}; hard limit {', '.join(limits)}{shared}")


def bounds_of(config: StationConfig, connector: ConnectorId) -> tuple[Bound, ...]:
    """What each part on the way to a connector bears, as far as anybody wrote it down."""
    board = config.board
    found = [
        Bound(
            part="hardware (board, contactor, connector)",
            current_a=board.rated_current_a,
            source=f"rated_current_a of {board.vendor} {board.model}",
        )
    ]
    if config.circuit is not None:
        found += [
            Bound(part=part, current_a=current_a, source=source)
            for part, current_a, source in bearing(config.site, config.circuit)
        ]
    found.append(
        Bound(
            part="supply, shared by all connectors" if len(config.board.connectors) > 1 else "supply",
            current_a=config.site.supply_current_a,
            source="supply_current_a under [site]",
        )
    )
    own = config.connector_sites[connector].fuse_current_a
    if own is not None:
        found.append(Bound(part="connector's own fuse", current_a=own, source="fuse_current_a of this connector"))
    return tuple(found)
