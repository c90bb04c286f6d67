"""A lamp as somebody sees it who stands before it for a while: which colours, and for how long each time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from firmware_sim.timeline import US_PER_S, Timeline

Seen = tuple[tuple[str, ...], list[float]]
"""Colours, and how long they were lit each time, seconds."""


class Lamp:
    """Some colours, each lit or dark. `seen` tells what a person says of it after looking."""

    def __init__(self, timeline: Timeline, colours: tuple[str, ...]) -> None:
        self._timeline = timeline
        self._lit = dict.fromkeys(colours, False)
        self._changes: list[tuple[int, tuple[str, ...]]] = [(timeline.now_us(), ())]

    @property
    def lit(self) -> tuple[str, ...]:
        """The colours of this moment."""
        return tuple(colour for colour, is_lit in self._lit.items() if is_lit)

    def switch(self, colour: str, *, lit_when_low: bool = False) -> Callable[[bool], None]:
        """What hears the level that lights that colour, or takes it away."""

        def switch(is_high: bool) -> None:
            self._lit[colour] = is_high is not lit_when_low
            now_us = self._timeline.now_us()
            if self._changes[-1][0] == now_us:
                # Nobody sees what lasts no time.
                self._changes.pop()
            self._changes.append((now_us, self.lit))

        return switch

    async def watched(self, for_s: float) -> Seen:
        """Stand before it for so long."""
        await asyncio.sleep(for_s)
        return self.seen(for_s)

    def seen(self, for_s: float) -> Seen:
        """Over the last seconds: every colour that was lit, and how long each time it was, rounded to hundredths.

        What had begun before, or goes on, is left out.
        """
        since_us = self._timeline.now_us() - round(for_s * US_PER_S)
        colours: dict[str, None] = {}
        lengths_s = []
        for (begun_us, lit), (ended_us, _) in zip(self._changes, self._changes[1:], strict=False):
            if begun_us >= since_us and lit:
                colours |= dict.fromkeys(lit)
                lengths_s.append(round((ended_us - begun_us) / US_PER_S, 2))
        return tuple(colours), lengths_s


class SysfsLamp:
    """LEDs as the kernel shows them. Files tell nobody that they were written: who watches looks again and again."""

    LOOK_EVERY_S = 0.01
    BRIGHTEST = 255

    def __init__(self, timeline: Timeline, root: Path, leds: Mapping[str, str]) -> None:
        self._lamp = Lamp(timeline, tuple(leds))
        self._folders = {colour: root / led for colour, led in leds.items()}
        self._switches = {colour: self._lamp.switch(colour) for colour in leds}
        self._shown = dict.fromkeys(leds, False)

    def appear(self) -> None:
        """They are there, each with a trigger of the kernel's that blinks it whatever anybody writes."""
        for folder in self._folders.values():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "trigger").write_text("none timer [heartbeat]\n")
            (folder / "max_brightness").write_text(f"{self.BRIGHTEST}\n")
            (folder / "brightness").write_text("0\n")

    @property
    def lit(self) -> tuple[str, ...]:
        """The colours of this moment."""
        self._look()
        return self._lamp.lit

    async def watched(self, for_s: float) -> Seen:
        """Stand before it for so long."""
        for _ in range(round(for_s / self.LOOK_EVERY_S)):
            self._look()
            await asyncio.sleep(self.LOOK_EVERY_S)
        # What was found at the first look had begun before.
        return self._lamp.seen(for_s - self.LOOK_EVERY_S)

    def _look(self) -> None:
        for colour, folder in self._folders.items():
            is_lit = self._is_lit(folder)
            if is_lit is not self._shown[colour]:
                self._shown[colour] = is_lit
                self._switches[colour](is_lit)

    def _is_lit(self, folder: Path) -> bool:
        if not folder.exists():
            return False
        is_ours = (folder / "trigger").read_text().strip() == "none"
        return is_ours and (folder / "brightness").read_text().strip() == str(self.BRIGHTEST)
