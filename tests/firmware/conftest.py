"""The firmware's files import each other flatly, as they lie on the board: their folders go on the path."""

import sys
from pathlib import Path

FIRMWARE = Path(__file__).parents[2] / "firmware"

for folder in (FIRMWARE / "pilot_board", FIRMWARE / "bench", FIRMWARE / "loader"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
