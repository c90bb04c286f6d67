"""What is worth a place in the corpus."""

from pathlib import Path

from tools.fuzz.merge import merge, steps_of
from tools.fuzz.targets import TARGETS


def test_only_what_takes_a_new_branch_is_taken_in_and_the_shortest_of_its_kind(tmp_path: Path) -> None:
    (tmp_path / "number").write_bytes(b"\x01")
    the_same, long, short = b"\x02", b"\x63abc", b"\x61a"

    added = merge(tmp_path, [the_same, long, short], TARGETS["cbor_decoder"])

    assert added == 1
    assert sorted(file.read_bytes() for file in tmp_path.iterdir()) == [b"\x01", short]


def test_steps_are_those_of_the_codecs_only() -> None:
    files = {Path(file).name for file, _, _ in steps_of(TARGETS["twin_codec"], b"\x01")}

    assert files == {"cbor.py", "codec.py", "messages.py"}
