"""`evse-support config DEVICE diff|explain|check|show`: what a charger runs with, and what differs from what."""

from __future__ import annotations

import argparse

from tools.support.asking import answered, order_arguments, split, typed_wish

PURPOSE = "what a charger runs with, what differs, what a change would do"


def arguments(parser: argparse.ArgumentParser) -> None:
    order_arguments(parser)
    parser.add_argument("device", metavar="DEVICE")
    parser.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="diff|explain|check|show …", help="as for evsectl config"
    )


def run(typed: argparse.Namespace) -> int:
    """Raises AgentError."""
    return answered(typed, typed_wish(typed.device, ["config", *split(typed.words, typed)]))
