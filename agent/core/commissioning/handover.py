"""What is ticked when a charger is handed to its owner; the words for it are in agent/papers/texts. Pure."""

from __future__ import annotations

ITEMS = ("charge", "access", "lights", "red", "emergency", "rcd", "price", "papers", "owner_code", "first_charge")
"""In the order of the page. Together with the owner's first charge they make "onboarding completion" (operations
reference, section 4)."""
OF_LIGHTS = "lights"


def items_of(*, has_light: bool) -> tuple[str, ...]:
    """Where there is no lamp, nobody explains one."""
    return tuple(item for item in ITEMS if has_light or item != OF_LIGHTS)


OWNER_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""None that can be mistaken for another by hand."""
OWNER_CODE_GROUPS, OWNER_CODE_GROUP = 4, 4
"""16 letters of 30: 78 bits, so that a plain salted hash of it tells nobody anything."""


def folded(code: str) -> str:
    """As it is compared: without what people put between, in capital letters."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def grouped(letters: str) -> str:
    """ "ABCD-EFGH-…", to be read aloud."""
    return "-".join(letters[at : at + OWNER_CODE_GROUP] for at in range(0, len(letters), OWNER_CODE_GROUP))
