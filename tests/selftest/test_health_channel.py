"""ST811 on the virtual clock: a broker that takes what the charger tells, and brokers that do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.core.commissioning.model import Outcome, Verdict
from firmware_sim.mqtt_broker import Broker
from firmware_sim.mqtt_packets import Reason
from tests.selftest.site import Site, tell
from tools.brokers import free_port


def checked(broken: Callable[[Broker], None] = lambda _: None, *, is_there: bool = True) -> Outcome:
    """What ST811 finds beside a broker to which this was done."""
    port = free_port()
    found: list[Outcome] = []

    async def story(site: Site) -> None:
        broker = Broker()
        broken(broker)
        if is_there:
            await broker.open(port=port)
        found.append(await site.check("ST811"))
        await broker.close()

    tell(story, more_site=f'[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\ndevice = "A-1"\n')
    return found[0]


def test_a_broker_that_acknowledges_passes() -> None:
    outcome = checked()

    assert outcome.verdict is Verdict.PASS, outcome
    assert isinstance(took_s := outcome.measured[0].value, float)
    assert took_s < 1.0


def _refuses(broker: Broker) -> None:
    broker.whims.refuses = Reason.NOT_AUTHORIZED


def _forbids(broker: Broker) -> None:
    broker.permits = lambda _client, act, _topic: act != "write"


def _is_silent(broker: Broker) -> None:
    broker.whims.is_silent = True


@pytest.mark.parametrize(
    ("broken", "says"),
    [(_refuses, "Not authorized"), (_forbids, "look at its ACL"), (_is_silent, "answers no CONNECT")],
)
def test_whatever_keeps_the_channel_closed_is_named(broken: Callable[[Broker], None], says: str) -> None:
    outcome = checked(broken)

    assert outcome.verdict is Verdict.WARN, outcome
    assert says in outcome.says
    assert "broker's log" in outcome.next


def test_no_broker_at_all_is_named_with_its_address() -> None:
    outcome = checked(is_there=False)

    assert outcome.verdict is Verdict.WARN
    assert "cannot be reached" in outcome.says
