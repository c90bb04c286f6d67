"""What a lamp of one to four colours shows for each signal, and when it has to change.

No light of this table is ever steady: a program that is dead changes nothing, and nobody should take its last light for
an answer. What rests still winks every four seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from enum import Enum

from agent.core.session.effects import Signal
from agent.tables import close_to
from agent.values import frozen


class Colour(Enum):
    """A lamp of its own each; several at once mix."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    WHITE = "white"


class Rhythm(Enum):
    """Seconds lit and dark in turn, beginning lit."""

    WINK = (3.9, 0.1)
    SLOW = (1.0, 1.0)
    FAST = (0.2, 0.2)
    FLASH = (0.1, 1.9)
    DOUBLE = (0.15, 0.15, 0.15, 1.55)


Lit = frozenset[Colour]
DARK: Lit = frozenset()


@frozen
class Light:
    """These colours in this rhythm."""

    colours: Lit
    rhythm: Rhythm


def light_of(words: str) -> Light:
    """ "red+green slow" as a light; without a rhythm it is "wink". Raises ValueError with what to write."""
    mixed, *more = words.split() or [""]
    if not mixed or len(more) > 1:
        raise ValueError(f'"{words}": write colours and one rhythm, as "red+green slow"')
    colours = frozenset(_COLOURS[_known(one, "colour", _COLOURS)] for one in mixed.split("+"))
    return Light(colours, _RHYTHMS[_known(more[0], "rhythm", _RHYTHMS)] if more else Rhythm.WINK)


def _known(word: str, what: str, known: Collection[str]) -> str:
    if word in known:
        return word
    near = close_to(word, known) or f"; there are {', '.join(known)}"
    raise ValueError(f'"{word}" is no {what}{near}')


_COLOURS = {one.value: one for one in Colour}
_RHYTHMS = {one.name.lower(): one for one in Rhythm}

USUAL: Mapping[Signal, str] = {
    Signal.AVAILABLE: "green wink",
    Signal.PREPARING: "green slow",
    Signal.ACCEPTED: "green fast",
    Signal.REFUSED: "red fast",
    Signal.CHARGING: "blue slow",
    Signal.PAUSED: "blue flash",
    Signal.FINISHING: "blue wink",
    Signal.UNAVAILABLE: "red+green wink",
    Signal.FAULT: "red slow",
    Signal.OFFLINE: "red+green flash",
    Signal.UPDATE: "red+blue slow",
}
"""For a lamp of red, green and blue; proposed, there is no standard."""


def lights_of(wired: frozenset[Colour], written: Mapping[str, str]) -> dict[Signal, Light]:
    """The light of each signal: as `written`, else as usual, without the colours that are not `wired`.

    Raises ValueError for what no such lamp can show, beginning with the key that is to be changed.
    """
    if not wired:
        raise ValueError("red: no lamp is wired; name the line or LED of a colour at least")
    known = {signal.value: signal for signal in Signal}
    for word in written:
        if word not in known:
            near = close_to(word, known) or f"; there are {', '.join(known)}"
            raise ValueError(f'signals: "{word}" is no signal{near}')
    return {signal: _light(signal, wired, written.get(signal.value)) for signal in Signal}


def _light(signal: Signal, wired: frozenset[Colour], words: str | None) -> Light:
    if words is not None:
        try:
            light = light_of(words)
        except ValueError as error:
            raise ValueError(f"signals: {signal.value}: {error}") from None
        missing = light.colours - wired
        if missing:
            raise ValueError(
                f"signals: {signal.value}: no lamp is wired for {_names(missing)}; there are {_names(wired)}"
            )
        return light
    light = light_of(USUAL[signal])
    if not light.colours & wired:
        what = f"it would be {_names(light.colours)}, and there are {_names(wired)}"
        raise ValueError(f'signals: {signal.value}: {what}; write its light, as {signal.value} = "{_example(wired)}"')
    return Light(light.colours & wired, light.rhythm)


def _names(colours: frozenset[Colour]) -> str:
    return " and ".join(one.value for one in Colour if one in colours)


def _example(wired: frozenset[Colour]) -> str:
    return f"{next(one.value for one in Colour if one in wired)} double"


class Player:
    """Shows one light after the other by `show`, step by step, from the loop of the program."""

    def __init__(self, lights: Mapping[Signal, Light], show: Callable[[Lit], None]) -> None:
        self._lights = lights
        self._show = show
        self._signal: Signal | None = None
        self._step = 0
        self._timer: asyncio.TimerHandle | None = None
        self.lit: Lit = DARK
        """What should be lit at this moment."""

    def play(self, signal: Signal) -> None:
        """From its beginning, unless it is shown already."""
        if signal is not self._signal:
            self._signal = signal
            self._step = 0
            self._turn()

    def stop(self) -> None:
        """Dark, for good."""
        self._signal = None
        self._cancel()
        self._become(DARK)

    def _turn(self) -> None:
        self._cancel()
        assert self._signal is not None
        light = self._lights[self._signal]
        parts_s = light.rhythm.value
        is_lit, part_s = self._step % 2 == 0, parts_s[self._step]
        self._step = (self._step + 1) % len(parts_s)
        self._timer = asyncio.get_running_loop().call_later(part_s, self._turn)
        self._become(light.colours if is_lit else DARK)

    def _become(self, lit: Lit) -> None:
        self.lit = lit
        self._show(lit)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
