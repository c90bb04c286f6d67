"""`python -m tools.replay_to_test BUNDLE`: makes a test of a recording from the field, cut to the stretch it needs.

The step that the test is about is the first one that this program decides otherwise, or the last one before `--to` that
ordered anything. The
test says what is to be ordered there. It is filled in as it was recorded: where that was the mistake, write what would
be right; then it is red until the core is mended.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from agent.core.recorder.blocks import Block, BlockWriter
from agent.core.recorder.codec import Codec
from agent.core.recorder.replay import Decide, Played, Replay
from agent.core.recorder.rows import Recorded
from agent.core.recorder.schema import Unreadable
from agent.core.session.model import Session
from agent.core.session.step import step
from agent.recorder.checks import check_of
from agent.recorder.frames import FrameKind, encoded, frame
from tools.at_least_one import at_least_one
from tools.recordings import open_recording
from tools.simulate.replay import moment, order_texts, typed_moment

FOLDER = Path("tests/replays")
PIECE = 96
"""Characters of a text in one line."""
SAID_AT_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What the test plays: steps of one connector, and the session before them. `is_found`: its end is a difference."""

    version: str
    before: Session
    steps: tuple[Recorded, ...]
    is_found: bool


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="tools.replay_to_test", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE")
    parser.add_argument("--connector", type=at_least_one, metavar="N", help="only this one")
    parser.add_argument("--to", type=typed_moment, metavar="TIME", help="end there: 2027-01-15T08:00:00Z")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"the test; else {FOLDER}/test_….py")
    given = parser.parse_args()
    try:
        stretch = wanted(given.bundle, given.connector, given.to)
        test = write(stretch, given.out)
    except (Unreadable, OSError) as error:
        print(error)
        sys.exit(2)
    print(f"{test} plays {len(stretch.steps)} steps; look at what is right there, then: .venv/bin/pytest {test}")


def wanted(bundle: Path, connector: int | None, to: datetime | None, *, decide: Decide = step) -> Stretch:
    """The stretch that a test should play. Raises Unreadable where there is none."""
    last: tuple[Block, int] | None = None
    replay = Replay(decide, check_of)
    for block in open_recording(bundle).blocks():
        for played in replay.play([block]):
            if connector is not None and played.recorded.connector != connector:
                continue
            place = played.number - 1
            if to is None and played.differs:
                return _cut(block, place, is_found=True)
            if to is not None and _is_after(played, to):
                break
            if last is None or played.recorded.effects:
                last = block, place
    if to is None:
        raise Unreadable(f"{bundle}: every decision is the same now; say with --to TIME which one the test is about")
    if last is None:
        raise Unreadable(f"{bundle}: nothing was recorded before {to.isoformat()}")
    return _cut(*last, is_found=False)


def _is_after(played: Played, to: datetime) -> bool:
    utc_ms = played.recorded.now.utc_ms
    return utc_ms is not None and utc_ms / 1000 > to.timestamp()


def _cut(block: Block, place: int, *, is_found: bool) -> Stretch:
    """A block can be replayed by itself, so no more of the recording than this is needed."""
    connector = block.steps[place].connector
    steps = tuple(one for one in block.steps[: place + 1] if one.connector == connector)
    return Stretch(version=block.version, before=block.sessions[connector], steps=steps, is_found=is_found)


def write(stretch: Stretch, out: Path | None) -> Path:
    """The test and, beside it, its recording; none that is there is written over. Raises OSError."""
    last = stretch.steps[-1]
    stamp = re.sub(r"\W+", "_", moment(last.now)).strip("_").lower()
    test = out or FOLDER / f"test_{stamp}.py"
    test.parent.mkdir(parents=True, exist_ok=True)
    with test.open("x", encoding="utf-8") as file:
        file.write(_text(stretch, stamp))
    test.with_suffix(".rec").write_bytes(packed(stretch))
    return test


def packed(stretch: Stretch) -> bytes:
    """One block, written as this program writes."""
    codec = Codec()
    writer = BlockWriter(codec, boot_id=stretch.steps[0].now.boot_id, version=stretch.version)
    before, rows = stretch.before, []
    for one in stretch.steps:
        rows.append(encoded(writer.row(before, one, one.check)))
    schema = frame(FrameKind.SCHEMA, 0, [encoded(codec.schema.as_plain())])
    return schema + frame(FrameKind.BLOCK, 1, chain([encoded(writer.head(1))], rows))


def _text(stretch: Stretch, stamp: str) -> str:
    last = stretch.steps[-1]
    event = type(last.event).__name__
    orders = "".join(_literal(text) for text in order_texts(last.effects))
    right = f"[\n{orders}]" if orders else "[]"
    otherwise = "otherwise than" if stretch.is_found else "as"
    said = f"connector {last.connector}, {moment(last.now)}, {event}, recorded by version {stretch.version}"
    # Whoever made the recording wrote some of these words, and they are about to stand in a program.
    said = "".join(letter for letter in said if letter.isalnum() or letter in " ,.:+-_")[:SAID_AT_MOST]
    return f'''"""From the field: {said}.

When the test was made, the core decided {otherwise} it was recorded.
"""

from __future__ import annotations

from pathlib import Path

from tests.replays import orders_at_the_end

RIGHT: list[str] = {right}
"""As it was recorded. Where that was the mistake, write here what is right."""


def test_{_snake(event)}_{stamp}() -> None:
    assert orders_at_the_end(Path(__file__).with_suffix(".rec")) == RIGHT
'''


def _literal(text: str) -> str:
    """An entry of the list, in lines that are short enough."""
    pieces = [json.dumps(text[at : at + PIECE], ensure_ascii=False) for at in range(0, len(text), PIECE)]
    if len(pieces) == 1:
        return f"    {pieces[0]},\n"
    return "    (\n" + "".join(f"        {piece}\n" for piece in pieces) + "    ),\n"


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


if __name__ == "__main__":
    main()
