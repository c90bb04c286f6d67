"""The board's configuration against the one that its host expects (fault catalogue, mcu.config_mismatch).

Rating, earthing and protective functions are the board's own; a program of half an update or an exchanged board may
bring others than the site was planned with. Who pins none is told none of this.
"""

import fault_codes as code
from faults import BLOCK, Check, no_evidence
from guard import Guard
from lease import FRESH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation


class Configuration(Guard):
    """Blocks for as long as a fresh wish names another mark than this board's."""

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self._mark = kind.mark()
        self.checks = (Check(code.MCU_CONFIG_MISMATCH, BLOCK, 0, self._differs, no_evidence),)

    def observe(self, situation: "Situation", now: int) -> "int | None":
        self.calm = not self._differs(situation)
        return None

    def _differs(self, situation: "Situation") -> bool:
        lease = situation.lease
        return lease.configuration is not None and lease.standing == FRESH and lease.configuration != self._mark
