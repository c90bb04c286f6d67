"""Files by sftp: only to servers that are known, with a password or a key, and resumed as the others are."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("asyncssh", reason="it has no wheel here, and files do not travel by sftp")

import asyncssh

from agent.errors import BadAddress, TransferBroken, TransferDenied, TransferError, TransferRefused, UnknownScheme
from agent.transfer.addresses import Scheme
from agent.transfer.connecting import TransferRules
from agent.transfer.courier import Courier
from tests.transfer.servers import Sftp, sftp_server

CONTENT = bytes(range(256)) * 8000
SECRET = "s3cret-word"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    (root / "fw").write_bytes(CONTENT)
    return root


@pytest.fixture
def sftp(root: Path, tmp_path: Path) -> Iterator[Sftp]:
    with sftp_server(root) as server:
        (tmp_path / "known_hosts").write_text(server.known_host)
        yield server


def rules(tmp_path: Path, **changes: Any) -> TransferRules:
    known = tmp_path / "known_hosts"
    return replace(
        TransferRules(schemes=(Scheme.SFTP,), may_reach_private=True, sftp_known_hosts_file=known), **changes
    )


def fetch(location: str, tmp_path: Path, **changes: Any) -> bytes:
    asyncio.run(Courier(rules(tmp_path, **changes)).fetch(location, tmp_path / "image"))
    return (tmp_path / "image").read_bytes()


def send(location: str, tmp_path: Path, **changes: Any) -> None:
    file = tmp_path / "bundle"
    file.write_bytes(CONTENT)
    asyncio.run(Courier(rules(tmp_path, **changes)).send(file, location, "ours.tar.gz"))


def test_a_file_goes_into_a_folder_and_comes_back(sftp: Sftp, root: Path, tmp_path: Path) -> None:
    send(sftp.url("/in/"), tmp_path)

    assert (root / "in" / "ours.tar.gz").read_bytes() == CONTENT
    assert fetch(sftp.url("/~/in/ours.tar.gz"), tmp_path) == CONTENT


def test_a_server_that_nobody_knows_hears_no_password_and_is_told_by_its_fingerprint(
    sftp: Sftp, tmp_path: Path
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{sftp.port} {other}")

    with pytest.raises(TransferRefused, match=r"SHA256:.*ssh-keyscan") as refused:
        fetch(sftp.url("/fw"), tmp_path)
    assert SECRET not in str(refused.value)
    assert not (tmp_path / "image").exists()


@pytest.mark.parametrize("known", ["", "garbage\n", None])
def test_without_known_hosts_nobody_is_believed(sftp: Sftp, tmp_path: Path, known: str | None) -> None:
    (tmp_path / "known_hosts").unlink()
    if known is not None:
        (tmp_path / "known_hosts").write_text(known)

    with pytest.raises(TransferRefused, match="known"):
        fetch(sftp.url("/fw"), tmp_path)


def test_a_key_of_the_site_logs_in_and_one_that_cannot_be_used_is_told(root: Path, tmp_path: Path) -> None:
    key, file = asyncssh.generate_private_key("ssh-ed25519"), tmp_path / "key"
    file.write_bytes(key.export_private_key())
    with sftp_server(root, user_key=key.export_public_key().decode()) as server:
        (tmp_path / "known_hosts").write_text(server.known_host)

        assert fetch(server.url("/fw", "cp@"), tmp_path, sftp_key_file=file) == CONTENT
        file.write_text("no key")
        with pytest.raises(TransferRefused, match="holds no private key"):
            fetch(server.url("/fw", "cp@"), tmp_path, sftp_key_file=file)


def test_a_password_of_the_site_serves_where_the_address_has_none(sftp: Sftp, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(SECRET + "\n")

    assert fetch(sftp.url("/fw", "cp@"), tmp_path, sftp_password_file=file) == CONTENT


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (("/fw", f"cp:{SECRET}x@"), TransferDenied),
        (("/fw", "cp@"), TransferDenied),
        ((f"/{SECRET}", f"cp:{SECRET}@"), TransferDenied),
        (("/fw", ""), BadAddress),
    ],
)
def test_a_refusal_is_told_without_the_secret(
    sftp: Sftp, tmp_path: Path, asked: tuple[str, str], error: type[TransferError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(error) as failed:
        fetch(sftp.url(*asked), tmp_path)
    assert SECRET not in str(failed.value)
    assert SECRET not in caplog.text


def test_a_download_goes_on_where_it_broke_off(sftp: Sftp, tmp_path: Path) -> None:
    sftp.hangs_up_after = 1_000_000
    with pytest.raises(TransferBroken):
        fetch(sftp.url("/fw"), tmp_path)
    had = (tmp_path / "image").stat().st_size
    sftp.offsets.clear()

    assert fetch(sftp.url("/fw"), tmp_path) == CONTENT
    assert min(sftp.offsets) == had > 0


def test_a_file_that_changed_is_fetched_anew(sftp: Sftp, root: Path, tmp_path: Path) -> None:
    sftp.hangs_up_after = 1_000_000
    with pytest.raises(TransferBroken):
        fetch(sftp.url("/fw"), tmp_path)
    (root / "fw").write_bytes(CONTENT[::-1] + b"x")

    assert fetch(sftp.url("/fw"), tmp_path) == CONTENT[::-1] + b"x"


def test_a_file_that_is_too_long_is_not_fetched(sftp: Sftp, tmp_path: Path) -> None:
    with pytest.raises(TransferRefused, match="at most 1000"):
        fetch(sftp.url("/fw"), tmp_path, largest_download_bytes=1000)


def test_a_silent_server_is_left_at_the_deadline(tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    (tmp_path / "known_hosts").write_text(f"h {other}")
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(TransferBroken, match="longer than"):
            fetch(f"sftp://cp:x@127.0.0.1:{server.getsockname()[1]}/x", tmp_path, download_within_s=0.2)

        for thread in threading.enumerate():
            if thread.name.startswith("transfer"):
                thread.join(5)
                assert not thread.is_alive()


def test_without_the_library_it_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncssh", None)

    with pytest.raises(UnknownScheme, match=r"evse-agent\[sftp\]"):
        fetch("sftp://cp@127.0.0.1/x", tmp_path)
