"""`evse-support trace DEVICE`: the last frames between a charger and its central system, tokens hidden."""

from __future__ import annotations

import argparse

from tools.support.asking import answered, order_arguments, split, typed_wish

PURPOSE = "the last frames between a charger and its central system"


def arguments(parser: argparse.ArgumentParser) -> None:
    order_arguments(parser)
    parser.add_argument("device", metavar="DEVICE")
    parser.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="…", help="as for evsectl ocpp trace: --limit N; or meter"
    )


def run(typed: argparse.Namespace) -> int:
    """Raises AgentError."""
    words = split(typed.words, typed)
    verb = ["meter-trace", *words[1:]] if words[:1] == ["meter"] else ["ocpp", "trace", *words]
    return answered(typed, typed_wish(typed.device, verb))
