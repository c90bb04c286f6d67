"""What a host writes, field by field: the one place of the bench that knows how many there are."""

from messages import SIGNALS

CHARGING = SIGNALS.index("charging")


def wish_of(  # noqa: PLR0917  # names at every call but the first three; MicroPython pays for keyword-only ones
    sequence: int,
    permit: bool = True,
    offer_da: int = 160,
    locks: bool = False,
    insertion: int = 1,
    commissioned: bool = True,
    operative: bool = True,
    open_at_once: bool = False,
    configuration: "int | None" = None,
) -> "tuple[object, ...]":
    """The fields of a wish in the order of the table. Without more, 16 A for the first plug."""
    return (
        sequence, permit, offer_da, locks, CHARGING, insertion, commissioned, operative, open_at_once, configuration,
    )  # fmt: skip
