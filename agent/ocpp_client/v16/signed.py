"""Registers that the meter signed, as 1.6 carries them.

OCA, "Signed Meter Values in OCPP" (application note), section 3: `value` of a SampledValue with format SignedData is
the JSON text of 2.0.1's SignedMeterValueType; the public key is 3.2.2's text, in base64 like the data.
"""

from __future__ import annotations

import base64
import json

from agent.core.quantities import ReadingContext
from agent.core.signatures import SignedValue
from agent.ocpp_client.adapter import Payload
from agent.ocpp_client.station.signing_settings import PUBLIC_KEY_CHOICES

NEVER, ONCE_PER_TRANSACTION, EVERY_METER_VALUE = PUBLIC_KEY_CHOICES


def sampled_value(value: SignedValue, context: ReadingContext, *, with_key: bool) -> Payload:
    """One SampledValue. The note wants all four fields, and an empty text where one says nothing."""
    signed = {
        "signedMeterData": _base64(value.data),
        "signingMethod": "" if _names_its_method(value) else value.method,
        "encodingMethod": value.encoding,
        "publicKey": public_key_text(value.public_key) if with_key else "",
    }
    return {
        "value": json.dumps(signed, separators=(",", ":")),
        "context": context.value,
        "format": "SignedData",
        "measurand": "Energy.Active.Import.Register",
        "location": "Outlet",
        "unit": "Wh",
    }


def public_key_text(key: str) -> str:
    """The key as the meter's label has it, in the note's own wrapping; "" for none."""
    return _base64(f"oca:base16:asn1:{key}") if key else ""


def _names_its_method(value: SignedValue) -> bool:
    # Here, not above: it brings the library of decimals, and most meters sign nothing.
    from agent import ocmf

    try:
        return ocmf.read(value.data).names_method
    except ocmf.NotOcmf:
        return False


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
