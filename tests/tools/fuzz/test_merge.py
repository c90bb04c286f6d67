"""What is worth a place in the corpus."""

from pathlib import Path

from tools.fuzz.merge import merge, steps_of
from tools.fuzz.targets import TARGETS


def test_only_what_takes_a_new_branch_is_taken_in_and_the_shortest_of_its_kind(tmp_path: Path) -> None:
    corpus, found = tmp_path / "corpus", tmp_path / "found"
    corpus.mkdir()
    found.mkdir()
    (corpus / "number").write_bytes(b"\x01")
    for name, octets in (("same", b"\x02"), ("long", b"\x63abc"), ("short", b"\x61a")):
        (found / name).write_bytes(octets)

    added = merge(corpus, found.iterdir(), TARGETS["cbor_decoder"])

    assert added == 1
    assert sorted(file.read_bytes() for file in corpus.iterdir()) == [b"\x01", b"\x61a"]


def test_steps_are_those_of_the_codecs_only() -> None:
    files = {Path(file).name for file, _, _ in steps_of(TARGETS["twin_codec"], b"\x01")}

    assert files == {"cbor.py", "codec.py", "messages.py"}
