"""Which layer is to blame, and what to do first. Pure.

The layer that fails is not always the one that is wrong: a captive portal shows itself as a certificate of somebody
else, a clock that is a year off as a certificate that has expired, and a modem without a SIM card as a missing link.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.network_check.model import Finding, Layer, Sign, Verdict
from agent.values import frozen

PORTAL_BEHIND = frozenset({Layer.TCP, Layer.TLS, Layer.UPGRADE})
"""What a portal stands in the way of. Once a password or a charger's name was judged, it was the central system."""
RADIO_BEHIND = frozenset({Layer.LINK, Layer.ADDRESS, Layer.ROUTE})
"""What a modem without a network leaves without a way out."""


@frozen(kw_only=True)
class Conclusion:
    """`layer` is to blame, None where all is well. `says` and `next` are the sentences to begin with."""

    layer: Layer | None
    says: str
    next: str = ""

    @property
    def is_good(self) -> bool:
        return self.layer is None


def concluded(findings: Sequence[Finding]) -> Conclusion:
    """What all the findings of one check come to, in the order in which they were made."""
    failed = next((one for one in findings if one.verdict is Verdict.FAIL), None)
    if failed is None:
        return Conclusion(layer=None, says=_all_well(findings))
    blamed = _behind(failed, findings)
    if blamed is None:
        return Conclusion(layer=failed.layer, says=failed.says, next=failed.next)
    return Conclusion(layer=blamed.layer, says=f"{blamed.says}; therefore: {failed.says}", next=blamed.next)


def _behind(failed: Finding, findings: Sequence[Finding]) -> Finding | None:
    """A layer that only warned and is the cause of what failed."""
    warned = {one.layer: one for one in findings if one.verdict is Verdict.WARN}
    radio, portal = warned.get(Layer.RADIO), warned.get(Layer.PORTAL)
    if radio is not None and radio.sign is Sign.NO_NETWORK and failed.layer in RADIO_BEHIND:
        return radio
    # A certificate that is wrong by its dates alone is the right one.
    is_stranger = failed.layer in PORTAL_BEHIND and (failed.layer is Layer.TCP or failed.sign is Sign.STRANGER)
    if portal is not None and portal.sign is Sign.LOGIN_PAGE and is_stranger:
        return portal
    return warned.get(Layer.CLOCK) if failed.sign is Sign.DATE else None


def _all_well(findings: Sequence[Finding]) -> str:
    count = sum(one.verdict is Verdict.WARN for one in findings)
    if count:
        return f"nothing fails; {count} {'thing' if count == 1 else 'things'} to look at"
    return "the way to the central system is open"
