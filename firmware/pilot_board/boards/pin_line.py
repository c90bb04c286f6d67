"""All pins as one line of text, for a board that is a process: which field stands where."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs

FIELDS = (
    "high_mv", "low_mv", "samples_high", "frozen", "generator_mhz", "generator_duty", "plus_mv", "minus_mv",
    "supply_mv", "mirror_open", "chain_ok", "load_edges", "earth_edges", "earth_neutral_mv", "residual", "voltage_mv",
    "current_ma", "mains_mhz", "rotation_ok", "ntc_codes", "pp_mv", "lock_code", "release_mv",
)  # fmt: skip
TRUTHS = ("frozen", "mirror_open", "chain_ok", "rotation_ok")


def number(word: bytes) -> "int | None":
    """The number that a word of a line is, None for "-"."""
    return None if word == b"-" else int(word)


def take(words: "list[bytes]", inputs: "Inputs") -> None:
    """Write a line's words into the fields. A line with more or fewer words is our own mistake: ValueError."""
    at = 0
    for name in FIELDS:
        before = getattr(inputs, name)
        if isinstance(before, tuple):
            setattr(inputs, name, tuple([int(word) for word in words[at : at + len(before)]]))
            at += len(before)
            continue
        value = number(words[at])
        setattr(inputs, name, bool(value) if name in TRUTHS else value)
        at += 1
    if at != len(words):
        raise ValueError("pins")
