"""A meter that sends SML through its optical window or a wire: `driver = "sml"` under `meter`, with `port`.

It sends by itself, every one to four seconds, so a reading takes so long; power and currents are as old as that.

Wiring: an optical head (IEC 62056-21, its cable down) on the meter's front, or the meter's RS-485; 9600 baud, 8N1.

Quirks:

- German household meters tell only whole kilowatt-hours and no power until their PIN was entered and the longer set of
  values was switched on; without, a charge of less than one kilowatt-hour has no energy.
- Holley's DTZ541 sends another checksum: `checksum = "kermit"`. Which one arrives is told.
- Some of DZG's tell a power of a certain size as negative; where the sum over the phases contradicts, nothing of that
  push is believed.
- EasyMeter's Q3C sends on its front only what it is asked for, which this driver does not do.
- IEC 62056-21 in plain text (`/ISK5…`) is another protocol, and not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from agent.clock import Clock
from agent.drivers.interfaces import Bus
from agent.drivers.meters.obis import Readout
from agent.drivers.meters.pushed import PushedMeter
from agent.drivers.meters.sml_frames import BadFile, Checksum, SmlFrames
from agent.drivers.meters.sml_words import BadWords, readout_of
from agent.drivers.serial_device import LineSettings
from agent.tables import Within
from agent.values import frozen


@frozen(kw_only=True)
class Options(LineSettings):
    """The head's port. `checksum` is "x25", or "kermit" of a Holley DTZ541; `max_current_a` bounds what is believed."""

    checksum: Checksum = Checksum.X25
    max_current_a: Annotated[float, Within(1, 10_000, "A")] = 100.0


class SmlPushes:
    """SML files to readouts."""

    what = "SML"

    def __init__(self, checksum: Checksum) -> None:
        self._frames = SmlFrames(checksum)

    def feed(self, received: bytes) -> Iterator[Readout | str]:
        """Files without a list of values are passed over."""
        for file in self._frames.feed(received):
            if isinstance(file, BadFile):
                yield str(file)
                continue
            try:
                if (readout := readout_of(file)) is not None:
                    yield readout
            except BadWords as error:
                yield f"it sends {error}; check whether this meter's SML is of version 1"


def create(name: str, options: Options, buses: Mapping[str, Bus], *, clock: Clock) -> PushedMeter:
    """A meter on a port of its own."""
    pushes = SmlPushes(options.checksum)
    return PushedMeter(f"{name} on {options.port}", options, pushes, max_current_a=options.max_current_a, clock=clock)
