"""One readable line per message. Pure."""

from __future__ import annotations

from typing import Any

from tools.csms.shape import Frame, FrameKind

WIDEST = 150
SKIPPED = frozenset({"timestamp", "currentTime"})
TOKEN_KEYS = frozenset({"idTag", "parentIdTag"})


def line(frame: Frame, *, time_text: str, identity: str, arrow: str, action: str, text: str) -> str:
    """`12:00:01.250  CP-1  ->  StartTransaction  connectorId 1  idTag ...CAFE`, clipped to WIDEST."""
    head = f"{time_text}  {identity}  {arrow}  "
    match frame.kind:
        case FrameKind.CALL:
            content = f"{action}  {payload_words(action, frame.payload or {})}"
        case FrameKind.RESULT:
            content = f"{action or 'unknown call'} answered  {payload_words(action, frame.payload or {})}"
        case FrameKind.ERROR:
            content = f"{action or 'unknown call'} refused with {frame.code}"
        case FrameKind.GARBAGE:
            content = f"garbage, {frame.problem}: {text[:60]!r}"
    return head + clipped(content.rstrip())


def clipped(text: str) -> str:
    """Short enough for a terminal and free of what a terminal would obey."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable if len(printable) <= WIDEST else printable[: WIDEST - 3] + "..."


def payload_words(action: str, payload: dict[str, Any]) -> str:
    """A payload as words; the values of a MeterValues are told, not its nesting."""
    if action == "MeterValues" and isinstance(payload.get("meterValue"), list):
        return f"connectorId {payload.get('connectorId')}  {meter_words(payload['meterValue'])}"
    words = (f"{key} {value_words(key, value)}" for key, value in payload.items() if key not in SKIPPED)
    return "  ".join(words)


def value_words(key: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = " ".join(f"{name} {value_words(name, item)}" for name, item in value.items() if name not in SKIPPED)
        return "{" + inner + "}"
    if isinstance(value, list):
        return f"[{', '.join(value_words(key, item) for item in value)}]"
    if key in TOKEN_KEYS:
        return masked(str(value))
    return str(value)


def masked(token: str) -> str:
    """The last four characters: enough to recognise one's own card."""
    return f"...{token[-4:]}" if len(token) > 4 else token


def meter_words(meter_value: list[Any]) -> str:
    """Measurand, phase, value and unit of every sample, in order."""
    return ", ".join(
        " ".join(
            str(sample[part]) for part in ("measurand", "phase", "value", "unit") if isinstance(sample.get(part), str)
        )
        for group in meter_value
        if isinstance(group, dict) and isinstance(group.get("sampledValue"), list)
        for sample in group["sampledValue"]
        if isinstance(sample, dict)
    )
