"""`evse-support bundle DEVICE --to FILE`: the bundle of a charger, piece by piece, kept only when it is whole."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from tools.support.asking import order_arguments, outcome_of, tell, typed_wish
from tools.support.blobs import BadChunk
from tools.support.failures import SupportError, WrongUse
from tools.support.kept_files import writable_place
from tools.support.telling import note

PURPOSE = "fetch the bundle of a charger: records, traces, health, the flight recorder"
MOST_TRIES = 2


def arguments(parser: argparse.ArgumentParser) -> None:
    order_arguments(parser)
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="where it goes; not written over")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")
    parser.add_argument("device", metavar="DEVICE")
    parser.add_argument("--hours", type=int, metavar="N", help="of the last hours; else of all that is kept")


def run(typed: argparse.Namespace) -> int:
    """Raises AgentError, OSError."""
    target = writable_place("to", typed.to)
    if target.exists() and not typed.force:
        raise WrongUse(f"--to: {target} is there already; name another file, or write --force")
    asked = typed_wish(typed.device, ["bundle", *([] if typed.hours is None else ["--hours", str(typed.hours)])])
    for left in reversed(range(MOST_TRIES)):
        try:
            outcome = outcome_of(typed, asked)
        except BadChunk as error:
            # A charger sends a bundle once for each order, so a missing piece is asked for with all others.
            if not left:
                raise SupportError(f"the bundle is not whole: {error}. Nothing was written to {target}") from error
            note(f"the bundle is not whole: {error}; asking once more")
            continue
        break
    if outcome.file is None:
        tell(typed, asked, outcome)
        raise SupportError(f"{typed.device} answered without a file; nothing was written to {target}")
    _write(target, outcome.file)
    tell(typed, asked, replace(outcome, body={**outcome.body, "file": str(target)}))
    if not typed.json:
        print(f"{len(outcome.file)} bytes, as the charger sent them (SHA-256 checked)")
    return 0


def _write(target: Path, octets: bytes) -> None:
    """Whole or not at all."""
    draft = target.with_name(f".{target.name}.part")
    draft.write_bytes(octets)
    draft.replace(target)
