"""What several chargers could shed or raise now: a sum of words with their ages, and nobody's who may be gone."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.telemetry.topics import Topics
from tests.tools.support.chargers import birth, status
from tests.tools.support.conftest import Engineer, Makes
from tests.tools.support.load_profiles import Capture
from tools.support.__main__ import main
from tools.support.flexible_site import NEVER, SiteFlexibility, flexibility_of
from tools.support.picture import Picture

NOW_MS = 1_796_000_000_000
HOUR_S = 3600.0
ABLE = {"shed_w": 3_680, "shed_to_minimum_w": 2_300, "raise_w": 3_680, "raise_by": "TxProfile"}


def moment(ago_s: float) -> str:
    at = datetime.fromtimestamp(NOW_MS / 1000 - ago_s, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Fleet:
    """Chargers by what the broker keeps of them."""

    def __init__(self) -> None:
        self.picture = Picture()

    def charger(self, name: str, *, ports: int = 1, ago_s: float = 0.0, **more: Any) -> None:
        self._keep(Topics("evse", name).state, {**birth(name, ports, **more), "time": moment(ago_s)})

    def says(self, name: str, port: int = 1, *, ago_s: float = 0.0, **more: Any) -> None:
        self._keep(Topics("evse", name).port_status(port), {**status(port, **more), "time": moment(ago_s)})

    def charges(self, name: str, port: int = 1, *, ago_s: float = 0.0, **able: Any) -> None:
        self.says(name, port, ago_s=ago_s, state="Charging", charging=True, flexibility={**ABLE, **able})

    def hears(self, name: str, port: int = 1) -> None:
        """A reading of its meter, live."""
        body = {**status(port), "power_w": 3_680.0, "time": moment(0.0)}
        topic = Topics("evse", name).port_meter(port)
        self.picture.take(topic, json.dumps(body).encode(), retained=False, now_ms=NOW_MS)

    def _keep(self, topic: str, body: dict[str, Any]) -> None:
        self.picture.take(topic, json.dumps(body).encode(), retained=True, now_ms=NOW_MS)

    def found(self, *names: str, fresh_s: float = 900.0) -> SiteFlexibility:
        return flexibility_of(self.picture, names or self.picture.devices, NOW_MS, fresh_s)


def whys(found: SiteFlexibility) -> dict[str, str]:
    return {one.serial: one.why for one in found.left_out}


def test_what_all_ports_could_do_is_added_up_with_the_age_of_each_word() -> None:
    fleet = Fleet()
    fleet.charger("QE-1", ports=2)
    fleet.charges("QE-1", 1, ago_s=40)
    fleet.says("QE-1", 2, ago_s=5 * HOUR_S)
    fleet.charger("QE-2")
    fleet.charges("QE-2", shed_w=11_040, shed_to_minimum_w=6_900, raise_w=0)

    found = fleet.found()

    assert (found.shed_w, found.shed_to_minimum_w, found.raise_w) == (14_720, 9_200, 3_680)
    assert [(one.name, one.age_s) for one in found.words] == [
        ("QE-1 port 1", 40.0),
        ("QE-1 port 2", 5 * HOUR_S),
        ("QE-2 port 1", 0.0),
    ]
    assert found.left_out == ()


def test_who_is_not_there_counts_for_nothing_by_name() -> None:
    fleet = Fleet()
    fleet.charger("gone")
    fleet.charges("gone")
    fleet._keep(Topics("evse", "gone").state, {"online": False, "session": "s1"})
    fleet.charger("silent", ago_s=9 * HOUR_S)
    fleet.charges("silent", ago_s=9 * HOUR_S)
    fleet.charger("partly", ports=2)
    fleet.charges("partly", 1)

    found = fleet.found("gone", "silent", "partly", "nobody")

    assert found.shed_w == 3_680
    assert whys(found) == {
        "gone": "it is offline, last word 0 s ago",
        "nobody": NEVER,
        "partly port 2": "it has told no status",
        "silent": "it is silent, last word 9 h 0 min ago",
    }


def test_an_old_word_of_a_charge_is_left_out_until_something_of_it_comes_live() -> None:
    fleet = Fleet()
    fleet.charger("QE-1")
    fleet.charges("QE-1", ago_s=HOUR_S)

    assert "its last word is 1 h 0 min old; hear it live: --listen 70s" in whys(fleet.found())["QE-1 port 1"]
    assert fleet.found(fresh_s=2 * HOUR_S).shed_w == 3_680
    fleet.hears("QE-1")
    assert (fleet.found().shed_w, fleet.found().words[0].age_s) == (3_680, 0.0)


def test_a_clock_that_is_ahead_makes_no_word_young() -> None:
    fleet = Fleet()
    fleet.charger("QE-1")
    fleet.charges("QE-1", ago_s=-HOUR_S)

    assert "no time that can be believed" in whys(fleet.found())["QE-1 port 1"]


def test_what_is_not_known_is_named_and_counts_for_nothing() -> None:
    fleet = Fleet()
    fleet.charger("QE-1")
    fleet.says("QE-1", state="Charging", charging=True, flexibility={"shed_w": 3_680})
    fleet.charger("QE-2")
    fleet.says("QE-2", state="Charging", charging=True)

    found = fleet.found()

    assert (found.shed_w, found.raise_w) == (3_680, 0)
    assert found.not_known("raise_w") == found.not_known("shed_to_minimum_w") == ("QE-1 port 1",)
    assert "tells nothing of what could be shed" in whys(found)["QE-2 port 1"]


@given(st.lists(st.tuples(st.integers(0, 22_080), st.integers(0, 2_000)), min_size=1, max_size=6), st.integers())
def test_the_sum_is_of_those_that_count_in_whatever_order_they_told_it(told: list[tuple[int, int]], seed: int) -> None:
    acts = [(f"QE-{place}", shed_w, ago_s) for place, (shed_w, ago_s) in enumerate(told)]
    random.Random(seed).shuffle(acts)
    fleet = Fleet()
    for name, shed_w, ago_s in acts:
        fleet.charger(name)
        fleet.charges(name, shed_w=shed_w, ago_s=ago_s)

    found = fleet.found()

    assert found.shed_w == sum(shed_w for shed_w, ago_s in told if ago_s <= 900)
    assert len(found.words) + len(found.left_out) == len(told)
    assert [one.device for one in found.words] == sorted(one.device for one in found.words)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=40),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(ABLE)), inner, max_size=4),
    )
)
def test_whatever_a_charger_writes_there_the_sums_stay_numbers(told: Any) -> None:
    fleet = Fleet()
    fleet.charger("QE-1")
    fleet.says("QE-1", state="Charging", charging=True, flexibility=told)

    found = fleet.found()

    assert 0 <= found.shed_w <= 1e9
    assert 0 <= found.raise_w <= 1e9


def shown(engineer: Engineer, capsys: Capture, *words: str) -> tuple[int, str]:
    code = main(engineer.words("load", "--now", *words))
    return code, capsys.readouterr().out


def test_of_a_fleet_on_a_broker(engineer: Engineer, charger: Makes, capsys: Capture) -> None:
    for name in ("QUAY-1", "QUAY-2", "HALL-1"):
        one = charger(name)
        able = status(state="Charging", charging=True, flexibility=ABLE)
        one.tell(one.topics.port_status(1), able, retain=True)

    code, text = shown(engineer, capsys, "--match", "QUAY-*", "--json")
    body = json.loads(text)

    assert (code, body["shed_w"], [one["charger"] for one in body["ports"]]) == (0, 7_360, ["QUAY-1", "QUAY-2"])
    assert body["shift"] == "unknown"
    assert "3 chargers, 3 ports, by their last word\nshed          11.04 kW" in shown(engineer, capsys)[1]
    code, text = shown(engineer, capsys, "QUAY-1", "QE-9", "--format", "csv")
    [heads, row] = text.splitlines()
    assert code == 1 and heads.startswith("charger,port,state,age_s,shed_w")
    assert row.startswith("QUAY-1,1,Charging,") and row.endswith(",3680.0,2300.0,3680.0,TxProfile,")
    nobody = shown(engineer, capsys, "QUAY-9")[1]
    assert "nobody's word counts, so nothing is known" in nobody and "shed" not in nobody
    assert 'left out: QUAY-9: it has never told anything to this broker; did you mean "QUAY-' in nobody


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--now", "--from", "2026-12-01"), "is this moment"),
        (("--listen", "70s", "QE-1"), "are of --now"),
        (("--now", "--older-than", "soon"), '"soon" is no time; write it as 90s'),
        (("--now", "--match", "Q*", "QE-1"), "one of these at a time"),
    ],
)
def test_words_that_mean_nothing_now_are_refused(words: tuple[str, ...], says: str, capsys: Capture) -> None:
    assert main(["load", *words]) == 2
    assert says in capsys.readouterr().err
