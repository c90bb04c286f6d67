"""What relay boards are told, and how they say what they were told: one entry for each family, and functions. Pure.

Frames and traps: relays-and-inputs.md section 3. Never used, whatever a family knows: toggling, which a repeated
request undoes; "on for n seconds", which some boards do not end when they are told to open; unit 0, which all boards of
a line obey.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from agent.drivers.modbus.block import (
    READ_COILS,
    READ_DISCRETE,
    READ_HOLDING,
    WRITE_COIL,
    WRITE_REGISTER,
    Block,
    Write,
)
from agent.values import frozen


@frozen(kw_only=True)
class RelayFamily:
    """Channels are counted from 1, as the terminals are; addresses as they go over the wire.

    `on` and `off` are written one after another to the channel's address. Read back is `read_on` or 0, which need not
    be what was written. `all_off` opens whatever it opens at once; what it leaves is opened channel by channel.
    """

    fc_write: int
    base: int
    """Where channel 1 is written."""
    count: int
    on: tuple[int, ...]
    off: tuple[int, ...]
    fc_read: int
    read_base: int
    read_on: int
    all_off: tuple[Write, ...] = ()
    confirm: str = ""
    """What a person must see with their own eyes at commissioning, where a board does not feel its contactor."""
    silent_advice: str = ""
    """Goes on from what is said of a board that does not answer."""
    inputs: Block | None = None
    """Digital inputs, 1 where current flows through one."""
    at_rest: tuple[Block, ...] = field(default_factory=tuple)
    """Settings that must be 0, else something besides this program switches the relays."""
    at_rest_advice: str = ""


NUMBERING = (
    "the papers of these boards count channels from register 1, and some have them at 0; check that each channel moves "
    "its own contactor, and where it is the neighbour's, write first = 0 below the bus of the board"
)
BEGINNING = (
    "boards of coils begin at 0, 1 or 16; check that each channel moves its own contactor, and where it is another's, "
    "correct first below the bus of the board"
)

WAVESHARE = RelayFamily(
    fc_write=WRITE_COIL,
    base=0,
    count=8,
    on=(1,),
    off=(0,),
    fc_read=READ_COILS,
    read_base=0,
    read_on=1,
    all_off=(Write(WRITE_COIL, 0x00FF, (0,)),),
    silent_advice="; a Waveshare board from before September 2021 has another protocol and is silent to this one",
)

FAMILIES: Mapping[str, RelayFamily] = {
    # "Modbus RTU Relay" with protocol V2, from September 2021 on; one of 16 or 32 channels says so by `channels`.
    "waveshare": WAVESHARE,
    # "Modbus RTU Relay (D)", "Modbus RTU IO 8CH". Each output has a control mode, and at least the first of them leaves
    # the factory with outputs that follow the inputs: a feedback contact would hold its own contactor closed.
    "waveshare-inputs": replace(
        WAVESHARE,
        inputs=Block(READ_DISCRETE, 0, 8),
        at_rest=(Block(READ_HOLDING, 0x1000, 8),),
        at_rest_advice="its inputs switch its outputs; write 0 to the control mode of each output, registers 0x1000 on",
    ),
    # Eletechsup RYN4…, R4D…, N4D…: a running "on for n seconds" ends by one of no seconds alone (0x0600), not by off.
    "eletechsup": RelayFamily(
        fc_write=WRITE_REGISTER,
        base=1,
        count=8,
        on=(0x0100,),
        off=(0x0600, 0x0200),
        fc_read=READ_HOLDING,
        read_base=1,
        read_on=1,
        all_off=(Write(WRITE_REGISTER, 0, (0x0800,)),),
        confirm=NUMBERING,
    ),
    # Any other board of coils; `first` says where they begin: 0, 1 and 0x10 have been seen.
    "coils": RelayFamily(
        fc_write=WRITE_COIL,
        base=0,
        count=8,
        on=(1,),
        off=(0,),
        fc_read=READ_COILS,
        read_base=0,
        read_on=1,
        confirm=BEGINNING,
    ),
}


def fitted(family: RelayFamily, *, first: int | None, channels: int | None) -> RelayFamily:
    """The family as this board has it: another address of channel 1, or another number of channels."""
    shift = 0 if first is None else first - family.base
    return replace(
        family,
        base=family.base + shift,
        read_base=family.read_base + shift,
        count=channels or family.count,
    )


def closing(family: RelayFamily, channel: int) -> tuple[Write, ...]:
    """What closes the relay of that channel."""
    return _written(family, channel, family.on)


def opening(family: RelayFamily, channel: int) -> tuple[Write, ...]:
    """What opens it, whatever it was at."""
    return _written(family, channel, family.off)


def opening_all(family: RelayFamily) -> tuple[Write, ...]:
    """What opens every relay of the board, by one word for all where there is one."""
    channels = range(1, family.count + 1)
    of_channels = range(family.base, family.base + family.count)
    for_all = tuple(write for write in family.all_off if write.address not in of_channels)
    if not for_all:
        return tuple(write for channel in channels for write in opening(family, channel))
    before = tuple(write for channel in channels for write in _written(family, channel, family.off[:-1]))
    return (*before, *for_all)


def looking(family: RelayFamily) -> Block:
    """What asks for the state of all relays."""
    return Block(family.fc_read, family.read_base, family.count)


def told(family: RelayFamily, content: tuple[int, ...]) -> tuple[bool, ...] | None:
    """Which relays the board believes to be closed, by its answer to `looking`. None: no such board says that."""
    if any(value not in (0, family.read_on) for value in content):
        return None
    return tuple(value == family.read_on for value in content)


def _written(family: RelayFamily, channel: int, codes: tuple[int, ...]) -> tuple[Write, ...]:
    if not 1 <= channel <= family.count:
        raise ValueError(f"channel {channel} is none of 1 to {family.count}")
    return tuple(Write(family.fc_write, family.base + channel - 1, (code,)) for code in codes)
