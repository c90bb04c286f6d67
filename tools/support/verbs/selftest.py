"""`evse-support selftest DEVICE [TEST,…]`: tests at a charger nobody stands before; it refuses what is not safe now."""

from __future__ import annotations

import argparse

from tools.support.asking import answered, order_arguments, split, typed_wish

PURPOSE = "run tests at a charger, as far as they are safe from afar now"
WORDS = ("run", "list", "health", "show")


def arguments(parser: argparse.ArgumentParser) -> None:
    order_arguments(parser)
    parser.add_argument("device", metavar="DEVICE")
    parser.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="TEST,…", help="numbers parted by commas, or list, show, health"
    )


def run(typed: argparse.Namespace) -> int:
    """Raises AgentError."""
    words = split(typed.words, typed)
    is_named = bool(words) and words[0] in WORDS
    return answered(typed, typed_wish(typed.device, ["selftest", *([] if is_named else ["run"]), *words]))
