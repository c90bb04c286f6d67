"""`evse-support explain DEVICE`: the same answer as `evsectl explain` at the charger."""

from __future__ import annotations

import argparse

from tools.support.asking import answered, order_arguments, split, typed_wish

PURPOSE = "why a charger does or does not charge, and what would start it"


def arguments(parser: argparse.ArgumentParser) -> None:
    order_arguments(parser)
    parser.add_argument("device", metavar="DEVICE")
    parser.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="…", help="as for evsectl explain: current, --connector N"
    )


def run(typed: argparse.Namespace) -> int:
    """Raises AgentError."""
    return answered(typed, typed_wish(typed.device, ["explain", *split(typed.words, typed)]))
