"""A sealed document: every change is found, and named where it was made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.core.commissioning.canonical import canonical
from agent.errors import SecurityError, SecurityUnavailable
from agent.security.device_key import DeviceKey
from agent.security.sealed import Signer, examine, hash_of, sealed

DOCUMENT: dict[str, Any] = {
    "head": {"report_id": "QE-1-R2", "number": 2, "previous": {"number": 1, "report_id": "QE-1-R1", "hash": "ab"}},
    "people": {"installer": {"company": "Hafen Elektro", "person": "Zoë"}},
    "steps": [{"id": "identify", "verdict": "pass"}, {"id": "plan", "verdict": "pass"}],
    "tests": [{"id": "ST901/-/1", "value": 0.12, "unit": "Ω"}, {"id": "ST902/1/1", "value": 410}],
    "measurements": [],
    "verdict": {"complete": True},
}


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> DeviceKey:
    return DeviceKey(tmp_path_factory.mktemp("charger"))


@pytest.fixture(scope="module")
def signer(key: DeviceKey) -> Signer:
    return Signer(public_key=key.public_key(), sign=key.sign)


@pytest.fixture(scope="module")
def file(signer: Signer) -> bytes:
    return sealed(DOCUMENT, signer)


def resealed(file: bytes, change: Any, signer: Signer) -> bytes:
    content = json.loads(file)
    change(content["report"])
    return sealed(content["report"], signer)


def changed(file: bytes, change: Any) -> bytes:
    content = json.loads(file)
    change(content)
    return canonical(content) + b"\n"


def test_a_file_as_it_was_sealed_proves_its_origin_by_a_known_key_alone(file: bytes, key: DeviceKey) -> None:
    by_known, by_inside = examine(file, key.public_key()), examine(file)

    assert (by_known.problems, by_known.warnings, by_known.proves_origin) == ((), (), True)
    assert (by_inside.problems, by_inside.proves_origin) == ((), False)
    assert "not who sealed it" in by_inside.warnings[0]
    assert by_known.hash == hash_of(file)


@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
@example(place=0, flip=1)
@example(place=10_000, flip=2)
def test_no_byte_can_be_changed_unseen(file: bytes, key: DeviceKey, place: int, flip: int) -> None:
    octets = bytearray(file)
    octets[place % len(file)] ^= flip

    assert examine(bytes(octets), key.public_key()).problems
    assert examine(bytes(octets)).problems


@given(cut=st.integers(1, 5000), tail=st.binary(max_size=3))
def test_a_file_that_was_cut_or_grew_is_found(file: bytes, cut: int, tail: bytes) -> None:
    assert examine(file[: -(cut % len(file)) or None] + tail).problems or (not tail and cut % len(file) == 0)
    assert examine(file + b" " + tail).problems


@given(st.binary(max_size=200))
def test_any_file_is_judged_and_none_breaks_the_judge(octets: bytes) -> None:
    assert examine(octets, bytes(32)).problems


def test_what_was_changed_is_named(file: bytes) -> None:
    def softened(content: Any) -> None:
        content["report"]["tests"][1]["value"] = 0.9

    problems = examine(changed(file, softened)).problems

    assert problems[0] == '"tests: ST902/1/1" was changed after sealing, or its hash in the seal was'
    assert not any("ST901" in one or '"people"' in one for one in problems)


def test_an_entry_taken_out_put_in_or_moved_is_named(file: bytes) -> None:
    def without(content: Any) -> None:
        del content["report"]["tests"][0]

    def more(content: Any) -> None:
        content["report"]["tests"].append({"id": "ST903/1/1"})

    def turned(content: Any) -> None:
        content["report"]["tests"].reverse()

    assert '"tests: ST901/-/1" was taken out after sealing' in examine(changed(file, without)).problems
    assert '"tests: ST903/1/1" was put in after sealing' in examine(changed(file, more)).problems
    assert examine(changed(file, turned)).problems[0].startswith("the chain over steps and tests")


def test_who_seals_again_with_another_key_is_found_by_the_key_and_by_nothing_else(
    file: bytes, key: DeviceKey, tmp_path: Path
) -> None:
    other = DeviceKey(tmp_path)
    forged = resealed(
        file,
        lambda report: report["verdict"].update(complete=False),
        Signer(public_key=other.public_key(), sign=other.sign),
    )

    assert examine(forged).problems == ()
    assert "another key" in examine(forged, key.public_key()).problems[0]


def test_what_nobody_could_sign_says_so_and_proves_no_origin(file: bytes, key: DeviceKey) -> None:
    unsigned = sealed(DOCUMENT, Signer(why_not="no library"))

    found = examine(unsigned)

    assert (found.problems, found.is_signed) == ((), False)
    assert "no library" in found.warnings[0]
    assert "not signed" in examine(unsigned, key.public_key()).problems[0]


def test_a_signature_cannot_be_taken_off_a_file(file: bytes) -> None:
    def stripped(content: Any) -> None:
        content["seal"].update(algorithm="none", public_key="", signature="", unsigned_because="")

    assert examine(changed(file, stripped)).problems


def test_the_key_is_made_once_and_for_its_user_alone(tmp_path: Path) -> None:
    key = DeviceKey(tmp_path)

    first = key.public_key()

    assert DeviceKey(tmp_path).public_key() == first
    assert key.file.stat().st_mode & 0o777 == 0o600
    assert key.file.parent.stat().st_mode & 0o777 == 0o700


def test_a_key_file_that_is_damaged_is_never_replaced_unasked(tmp_path: Path) -> None:
    key = DeviceKey(tmp_path)
    key.public_key()
    key.file.write_text("-----BEGIN PRIVATE KEY-----\nnothing\n", encoding="ascii")

    with pytest.raises(SecurityError, match="bring the file back") as refused:
        key.sign(b"")

    assert not isinstance(refused.value, SecurityUnavailable)
    assert "nothing" in key.file.read_text(encoding="ascii")
