"""The text of a signed register in the Open Charge Metering Format: taken apart, put together, never altered. Pure.

`OCMF|<payload>|<signature>`: two JSON objects in one text. The payload is signed byte by byte, so it is only ever
carried along as it came. Specification of the S.A.F.E. initiative, OCMF-en.md, sections "Data structure" and table 7.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from agent.values import frozen

HEADER = "OCMF"
SEPARATOR = "|"
BEGIN_REASONS = frozenset({"B"})
END_REASONS = frozenset({"E", "L", "R", "A", "P"})
"""Ended; by whom: local, remote, abort, power failure."""
INHERITED = ("TM", "TX", "RI", "RU", "RT", "EF", "ST")
"""Fields that a reading may leave out, and then has from the one before it (table 7)."""
WH_OF = {"Wh": Decimal(1), "kWh": Decimal(1000)}


class NotOcmf(ValueError):
    """The text is none, or lacks what a billing needs; the text says what."""


@frozen(kw_only=True)
class OcmfReading:
    """One reading of a payload. `reason` is TX, `time` TM as it is written. `wh` is exact; it moves in `step_wh`."""

    reason: str
    time: str
    wh: Decimal
    step_wh: Decimal


@frozen(kw_only=True)
class Ocmf:
    """A text taken apart. `payload` is exactly what is signed; `fields` what it says."""

    payload: str
    fields: Mapping[str, Any]
    readings: tuple[OcmfReading, ...]
    names_method: bool
    """The signature's part tells by which method it was made."""

    def reading(self, reasons: frozenset[str]) -> OcmfReading | None:
        """The last reading with one of these reasons."""
        return next((one for one in reversed(self.readings) if one.reason in reasons), None)


def read(text: str) -> Ocmf:
    """Raises NotOcmf."""
    parts = text.split(SEPARATOR)
    if len(parts) != 3 or parts[0] != HEADER:
        raise NotOcmf("it is no OCMF: a header, a payload and a signature are due")
    return read_payload(parts[1], names_method="SA" in _object(parts[2], "the signature"))


def read_payload(payload: str, *, names_method: bool = False) -> Ocmf:
    """The same of a payload that nobody has put together with its signature yet. Raises NotOcmf."""
    if SEPARATOR in payload:
        raise NotOcmf("the payload holds the sign that separates the parts")
    fields = _object(payload, "the payload")
    written = fields.get("RD")
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        raise NotOcmf("the payload has no list of readings")
    return Ocmf(payload=payload, fields=fields, readings=tuple(_readings(written)), names_method=names_method)


def joined(payload: str, method: str, signature: str) -> str:
    """The whole text; `signature` in hexadecimal digits."""
    return SEPARATOR.join((HEADER, payload, json.dumps({"SA": method, "SD": signature}, separators=(",", ":"))))


def _object(text: str, what: str) -> Mapping[str, Any]:
    try:
        # Numbers as they are written: a register's last digits tell its step.
        found = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise NotOcmf(f"{what} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise NotOcmf(f"{what} is no object")
    return found


def _readings(written: list[dict[str, Any]]) -> list[OcmfReading]:
    found, before = [], dict[str, Any]()
    for one in written:
        whole = {name: before[name] for name in INHERITED if name in before} | one
        before = whole
        unit, value = WH_OF.get(str(whole.get("RU"))), whole.get("RV")
        if unit is None or value is None:
            continue  # an event without a register, or the resistance of a cable
        number = _number(value)
        found.append(
            OcmfReading(
                reason=str(whole.get("TX", "")),
                time=str(whole.get("TM", "")),
                wh=number * unit,
                step_wh=Decimal(1).scaleb(int(number.as_tuple().exponent)) * unit,
            )
        )
    return found


def _number(value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise NotOcmf(f"a register of {value!r}") from error
    if not number.is_finite() or not 0 <= number < 10**12:
        raise NotOcmf(f"a register of {value!r}")
    return number
