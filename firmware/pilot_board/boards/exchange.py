"""Whether this program can be exchanged for another: only where the loader started it, whose module is then loaded."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from slots import Slots


def slots_in(folder: str) -> "Slots | None":
    """The two slots below `folder`; None for a program that was started by itself."""
    if "slot_record" not in sys.modules:
        return None
    from boards.file_slots import FileSlots
    from slot_record import Flash

    return FileSlots(Flash(folder))
