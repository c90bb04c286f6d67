"""Files sent and fetched over real connections, and everything that goes wrong with them."""

from __future__ import annotations

import asyncio
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.errors import TransferBroken, TransferDenied, TransferError, TransferRefused
from agent.transfer.addresses import Scheme
from agent.transfer.connecting import TransferRules
from agent.transfer.courier import Courier
from tests.transfer.servers import Web, ftp_server, server_certificate, web_server

CONTENT = bytes(range(256)) * 2000
SECRET = "s3cret-word"


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as server:
        yield server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "bundle.tar.gz"
    file.write_bytes(CONTENT)
    return file


def courier(**changes: Any) -> Courier:
    """One that may reach this machine."""
    return Courier(replace(TransferRules(schemes=tuple(Scheme), may_reach_private=True), **changes))


def send(file: Path, location: str, **rules: Any) -> None:
    asyncio.run(courier(**rules).send(file, location, "ours.tar.gz"))


def fetch(location: str, file: Path, **rules: Any) -> bytes:
    asyncio.run(courier(**rules).fetch(location, file))
    return file.read_bytes()


# By http.


@pytest.mark.parametrize(("path", "arrives_at"), [("/in/", "/in/ours.tar.gz"), ("/in/theirs", "/in/theirs")])
def test_a_file_is_put_into_a_folder_or_under_the_name_given(web: Web, file: Path, path: str, arrives_at: str) -> None:
    send(file, web.url(path))

    assert web.received == {arrives_at: CONTENT}
    assert web.asked[0][0] == "PUT"


def test_a_file_is_posted_as_a_form_where_the_site_says_so(web: Web, file: Path) -> None:
    send(file, web.url("/in/"), posts=True)

    (method, _, headers), body = web.asked[0], web.received["/in/ours.tar.gz"]
    boundary = headers["Content-Type"].partition("boundary=")[2].encode()
    assert method == "POST"
    assert body.startswith(b"--" + boundary)
    assert CONTENT in body
    assert body.endswith(b"--" + boundary + b"--\r\n")


def test_name_and_password_of_the_address_are_sent_to_the_server(web: Web, file: Path) -> None:
    web.password = "Basic " + b64encode(f"cp:{SECRET}".encode()).decode()

    send(file, web.url("/in/", f"cp:{SECRET}@"))

    assert web.received


@pytest.mark.parametrize(("status", "error"), [(401, TransferDenied), (403, TransferDenied), (500, TransferBroken)])
def test_a_refusal_is_told_without_the_secret(web: Web, file: Path, status: int, error: type[TransferError]) -> None:
    web.failures = [status]

    with pytest.raises(error, match=str(status)) as failed:
        send(file, web.url(f"/in/{SECRET}", f"cp:{SECRET}@"))

    assert SECRET not in str(failed.value)


@pytest.mark.parametrize("status", [307, 308])
def test_a_file_follows_to_where_the_server_sends_it(web: Web, file: Path, status: int) -> None:
    web.moves["/old"] = (status, "/new")

    send(file, web.url("/old"))

    assert web.received == {"/new": CONTENT}


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_file_is_not_sent_after_an_answer_that_makes_it_a_question(web: Web, file: Path, status: int) -> None:
    web.moves["/old"] = (status, "/new")

    with pytest.raises(TransferBroken, match=str(status)):
        send(file, web.url("/old"))


def test_a_server_that_sends_us_round_in_circles_is_left(web: Web, file: Path) -> None:
    web.moves["/a"] = (307, "/a")

    with pytest.raises(TransferBroken, match="circles"):
        send(file, web.url("/a"))


def test_a_file_is_fetched(web: Web, tmp_path: Path) -> None:
    web.files["/fw"] = CONTENT
    web.moves["/old"] = (302, "/fw")

    assert fetch(web.url("/old"), tmp_path / "image") == CONTENT


def test_a_file_that_broke_off_is_gone_on_with(web: Web, tmp_path: Path) -> None:
    web.files["/fw"], web.breaks_after = CONTENT, 300_000
    with pytest.raises(TransferBroken):
        fetch(web.url("/fw"), tmp_path / "image")

    assert fetch(web.url("/fw"), tmp_path / "image") == CONTENT
    assert web.asked[-1][2]["Range"] == "bytes=300000-"


def test_a_file_that_changed_meanwhile_is_fetched_anew(web: Web, tmp_path: Path) -> None:
    web.files["/fw"], web.breaks_after = CONTENT, 1000
    with pytest.raises(TransferBroken):
        fetch(web.url("/fw"), tmp_path / "image")
    web.files["/fw"], web.tag = CONTENT[::-1], '"v2"'

    assert fetch(web.url("/fw"), tmp_path / "image") == CONTENT[::-1]


@pytest.mark.parametrize("tag", ['W/"v1"', "v1", '"a\x80"'])
def test_half_a_file_without_a_proof_of_its_version_is_thrown_away(web: Web, tmp_path: Path, tag: str) -> None:
    web.files["/fw"], web.breaks_after, web.tag = CONTENT, 1000, tag
    with pytest.raises(TransferBroken):
        fetch(web.url("/fw"), tmp_path / "image")

    assert fetch(web.url("/fw"), tmp_path / "image") == CONTENT
    assert "Range" not in web.asked[-1][2]


def test_a_file_that_is_too_long_is_not_fetched(web: Web, tmp_path: Path) -> None:
    web.files["/fw"] = CONTENT

    with pytest.raises(TransferRefused, match="at most 1000"):
        fetch(web.url("/fw"), tmp_path / "image", largest_download_bytes=1000)


def test_a_file_that_is_too_long_is_not_sent(web: Web, file: Path) -> None:
    with pytest.raises(TransferRefused, match="at most 1000"):
        send(file, web.url("/in/"), largest_upload_bytes=1000)

    assert web.asked == []


def test_this_machine_is_not_reached_unless_the_site_allows_it(web: Web, file: Path) -> None:
    for name in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
        with pytest.raises(TransferRefused, match="allow_private_addresses"):
            send(file, f"http://{name}:{web.port}/", may_reach_private=False)

    assert web.asked == []


def test_nobody_there_is_told_so(file: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        with pytest.raises(TransferBroken, match="does not answer"):
            send(file, f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_a_name_that_nobody_has_is_told_so(file: Path) -> None:
    with pytest.raises(TransferBroken, match="no machine is named"):
        send(file, "https://nobody.invalid/")


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200]
)
def test_a_server_that_speaks_something_else_is_left(tmp_path: Path, answer: bytes) -> None:
    def babble(server: socket.socket) -> None:
        one, _ = server.accept()
        with one:
            one.recv(1000)
            one.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=babble, args=(server,), daemon=True).start()

        with pytest.raises(TransferBroken):
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/x", tmp_path / "image")


@pytest.mark.parametrize("scheme", ["http", "https", "ftp", "ftps"])
def test_a_silent_server_is_left_at_the_deadline_and_its_thread_ends(file: Path, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(TransferBroken, match="took longer"):
            send(file, f"{scheme}://127.0.0.1:{server.getsockname()[1]}/", upload_within_s=0.2)

        for thread in [one for one in threading.enumerate() if one.name.startswith("transfer")]:
            thread.join(5)
            assert not thread.is_alive()


def test_a_transfer_that_is_called_off_ends_its_thread(web: Web, file: Path) -> None:
    web.stalls = threading.Event()

    async def call_off() -> None:
        sending = asyncio.ensure_future(courier().send(file, web.url("/in/"), "x"))
        while not web.asked:  # noqa: ASYNC110  # seen from outside only
            await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    asyncio.run(call_off())
    threads = [one for one in threading.enumerate() if one.name.startswith("transfer")]
    for thread in threads:
        thread.join(5)

    assert not any(thread.is_alive() for thread in threads)
    web.stalls.set()


# By https.


def test_a_file_goes_over_tls_to_a_server_that_proves_itself(tmp_path: Path, file: Path) -> None:
    with web_server(tmp_path) as web:
        send(file, web.url("/in/"), ca_file=tmp_path / "ca.pem")

        assert web.received == {"/in/ours.tar.gz": CONTENT}


def test_nothing_is_sent_to_a_server_that_cannot_prove_itself(tmp_path: Path, file: Path) -> None:
    with web_server(tmp_path) as web:
        with pytest.raises(TransferBroken, match="cannot prove who it is"):
            send(file, web.url("/in/", f"cp:{SECRET}@"))

        assert web.asked == []


def test_a_certificate_for_another_name_is_none(tmp_path: Path, file: Path) -> None:
    with web_server(tmp_path) as web, pytest.raises(TransferBroken, match="cannot prove who it is"):
        send(file, f"https://localhost:{web.port}/in/", ca_file=tmp_path / "ca.pem")


# By ftp.


def test_a_file_goes_by_ftp_and_comes_back(tmp_path: Path, file: Path) -> None:
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    with ftp_server(root) as port:
        send(file, f"ftp://cp:{SECRET}@127.0.0.1:{port}/in/")

        assert (root / "in" / "ours.tar.gz").read_bytes() == CONTENT
        assert fetch(f"ftp://cp:{SECRET}@127.0.0.1:{port}/in/ours.tar.gz", tmp_path / "back") == CONTENT


def test_a_file_goes_by_ftps_with_both_connections_encrypted(tmp_path: Path, file: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with ftp_server(root, server_certificate(tmp_path)) as port:
        send(file, f"ftps://cp:{SECRET}@127.0.0.1:{port}/", ca_file=tmp_path / "ca.pem")

        location = f"ftps://cp:{SECRET}@127.0.0.1:{port}/ours.tar.gz"
        assert fetch(location, tmp_path / "back", ca_file=tmp_path / "ca.pem") == CONTENT


def test_an_ftps_server_that_cannot_prove_itself_hears_no_password(tmp_path: Path, file: Path) -> None:
    with ftp_server(tmp_path, server_certificate(tmp_path)) as port, pytest.raises(TransferBroken, match="prove"):
        send(file, f"ftps://cp:{SECRET}@127.0.0.1:{port}/")


@pytest.mark.parametrize(("user", "path"), [("cp:wrong", "/fw"), (f"cp:{SECRET}", "/nothing")])
def test_an_ftp_server_that_does_not_let_us_is_told_without_the_secret(tmp_path: Path, user: str, path: str) -> None:
    with ftp_server(tmp_path) as port, pytest.raises(TransferDenied) as failed:
        fetch(f"ftp://{user}@127.0.0.1:{port}{path}", tmp_path / "image")

    assert SECRET not in str(failed.value)
