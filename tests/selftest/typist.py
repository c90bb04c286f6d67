"""An installer who types, and a bench that has nothing but what papers and looks need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from agent.config.load import load
from agent.config.model import StationConfig
from agent.core.commissioning.model import Outcome
from agent.core.commissioning.typed_number import number_of
from agent.core.time import Instant
from agent.drivers import loader
from agent.selftest.bench import AdapterPosition, Bench, Declined, Question

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
SITE = """
board = "sim-dual"
[site]
country = "{country}"
supply_current_a = {supply_a}
phases = {phases}
[references]
site = "QUAY-7"
"""
CIRCUIT = """
[circuit]
breaker_current_a = 32
breaker_curve = "{curve}"
cable_section_mm2 = 10
cable_length_m = 20
laying = "C"
earthing = "{earthing}"
rcd = "{rcd}"
rcd_current_ma = {rcd_ma}
dc_detection = "{dc}"
"""
TESTER = {
    "instrument.tester.make": "Metrel MI 3152",
    "instrument.tester.serial": "19280123",
    "instrument.tester.calibrated": "2026-02-11",
}


class Typist:
    """Answers by key; what is not there is declined. `wrong` answers are typed first, one at each asking."""

    def __init__(self, answers: Mapping[str, str], wrong: Mapping[str, list[str]]) -> None:
        self.answers, self.wrong = answers, wrong
        self.asked: list[str] = []
        self.told: list[str] = []

    async def ask(self, question: Question) -> str:
        self.asked.append(question.key)
        if self.wrong.get(question.key):
            return self.wrong[question.key].pop(0)
        answer = self.answers.get(question.key, question.default)
        if answer is None:
            raise Declined(f"{question.text}: not answered")
        assert not question.choices or answer in question.choices, question
        return answer

    async def number(self, question: Question) -> float:
        return number_of(await self.ask(question), question.unit, question.low, question.high)

    async def tell(self, text: str) -> None:
        self.told.append(text)

    async def confirms(self, key: str, text: str) -> bool:
        return await self.ask(Question(key=key, text=text, choices=("yes", "no"))) == "yes"

    async def set_adapter(self, position: AdapterPosition) -> None:
        raise Declined("nobody is there")


class Desk:
    """A `Bench` of the whole charger. `remembered` is what was typed earlier in this job."""

    def __init__(self, config: StationConfig, answers: Mapping[str, str], **how: Any) -> None:
        self.config = config
        self.person = Typist(answers, how.get("wrong", {}))
        self.remembered: Mapping[str, str] = how.get("remembered", TESTER)
        self.outcomes: Mapping[str, Outcome] = how.get("outcomes", {})
        self.controller, self.connection = how.get("controller"), how.get("connection")
        self.utc_ms: int | None = how.get("utc_ms", round(NOW.timestamp() * 1000))
        self.waited_s = 0.0

    def answer(self, key: str) -> str | None:
        return self.remembered.get(key)

    def earlier(self, test: str) -> Outcome | None:
        return self.outcomes.get(test)

    def now(self) -> Instant:
        return Instant(100.0 + self.waited_s, self.utc_ms, "boot")

    async def wait(self, seconds: float) -> None:
        self.waited_s += seconds

    @property
    def bench(self) -> Bench:
        return cast(Bench, self)


def site(folder: Path, **how: Any) -> StationConfig:
    """A dual charger behind a breaker of 32 A; `circuit=False`: nobody wrote [circuit]. `more` is text of the file."""
    words = {
        "country": "DE",
        "supply_a": 32,
        "phases": 3,
        "curve": "C",
        "earthing": "TN-S",
        "rcd": "A",
        "rcd_ma": 30,
        "dc": "charger",
    } | how
    text = SITE + (CIRCUIT if how.get("circuit", True) else "") + how.get("more", "")
    file = folder / "site.toml"
    file.write_text(text.format(**words) + f'[storage]\npath = "{folder}"\n', encoding="utf-8")
    return load(file, loader)
