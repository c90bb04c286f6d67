"""ST607 leds: what the lamp shows for some meanings, as a person sees it. Together they use every colour there is."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.commissioning.model import Measured, Outcome, failed, not_applicable, passed
from agent.core.session.effects import Signal
from agent.drivers.indicators.lights import USUAL, Colour, lights_of
from agent.drivers.interfaces import Indicator
from agent.selftest.bench import Bench
from agent.selftest.wired import wired
from agent.values import frozen

VERSION = 1
SHOWN = (Signal.AVAILABLE, Signal.CHARGING, Signal.FAULT, Signal.UNAVAILABLE)
SHOWS_AFTER_S = 2.5
"""A slow rhythm has come round by then, and a board its next word."""
RHYTHMS = {
    "wink": "lit, and dark for a moment every four seconds",
    "slow": "slowly on and off",
    "fast": "fast on and off",
    "flash": "a short flash every two seconds",
    "double": "two short flashes",
}


@frozen(kw_only=True)
class Lamp:
    """The lamp of this connector. `own` are the lights that its board file writes."""

    indicator: Indicator
    colours: frozenset[Colour]
    own: Mapping[str, str]


async def run(bench: Bench) -> Outcome:
    lamp = _lamp(bench)
    if lamp is None:
        return not_applicable("This connector has no lamp.")
    before = bench.session().outputs.shown
    try:
        seen = [await _seen(bench, lamp, signal) for signal in SHOWN]
    finally:
        if before is not None:
            await lamp.indicator.show(before)
    wrong = [str(one.name) for one in seen if not one.value]
    if not wrong:
        return passed("The lamp shows what it should.", *seen)
    return failed(
        f"The lamp does not show: {'; '.join(wrong)}.",
        "Compare the wires of the colours with red, green and blue under [connector.indicator] in the board file; a "
        "colour that never lights has a broken wire or LED.",
        *seen,
        cause="",
    )


async def _seen(bench: Bench, lamp: Lamp, signal: Signal) -> Measured:
    await lamp.indicator.show(signal)
    await bench.wait(SHOWS_AFTER_S)
    light = _words(lamp, signal)
    text = f"Look at the lamp of connector {bench.connector}. Is it {light}? That means {signal.value}."
    return Measured(name=f"{signal.value}: {light}", value=await bench.person.confirms(f"ST607.{signal.value}", text))


def _lamp(bench: Bench) -> Lamp | None:
    config = wired(bench).drivers.get("indicator")
    if config is None or config.driver == "log_only":
        return None
    indicator = bench.drivers().get("indicator")
    assert indicator is not None
    named = frozenset(colour for colour in Colour if config.options.get(colour.value) is not None)
    own = config.options.get("signals", {})
    return Lamp(
        indicator=indicator,  # type: ignore[arg-type]
        colours=named or frozenset((Colour.RED, Colour.GREEN, Colour.BLUE)),
        own=own if isinstance(own, Mapping) else {},
    )


def _words(lamp: Lamp, signal: Signal) -> str:
    light = lights_of(lamp.colours, lamp.own).get(signal)
    if light is None:
        return USUAL[signal]
    mixed = " and ".join(one.value for one in Colour if one in light.colours)
    return f"{mixed}, {RHYTHMS[light.rhythm.name.lower()]}"
