"""Opening a connection, and every way in which that fails, named."""

from __future__ import annotations

import asyncio
import errno
import http
import shutil
import socket
import ssl
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve, unix_serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from agent.ocpp_client.causes import Cause, LinkFailed, of_os_error
from agent.ocpp_client.link import Link, LinkOptions, dial
from agent.ocpp_client.tls import Trust, context_of
from agent.secret import Secret
from firmware_sim.virtual_loop import run

OCPP = [Subprotocol("ocpp1.6")]
Serving = Callable[[ServerConnection], Awaitable[None]]


async def idle(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


def url_of(server: Server, scheme: str = "ws", host: str = "127.0.0.1") -> str:
    port = next(iter(server.sockets)).getsockname()[1]
    return f"{scheme}://{host}:{port}/ocpp/CP-1"


def options(url: str, **more: Any) -> LinkOptions:
    return LinkOptions(url=url, identity="CP-1", **more)


@asynccontextmanager
async def server(handler: Serving = idle, **how: Any) -> AsyncIterator[Server]:
    async with serve(handler, "127.0.0.1", 0, **({"subprotocols": OCPP} | how)) as one:
        yield one


async def cause_of(one: LinkOptions) -> LinkFailed:
    with pytest.raises(LinkFailed) as failed:
        await dial(one, "ocpp1.6")
    return failed.value


def test_frames_go_both_ways_over_a_numeric_address_without_a_thread() -> None:
    async def scenario() -> None:
        async with server(echo) as one:
            link = await dial(options(url_of(one)), "ocpp1.6")
            await link.send("[]")
            assert await link.receive() == "[]"
            assert await link.ping(5.0) >= 0.0
            await link.close()

    run(scenario())


def test_a_unix_socket_stands_in_for_the_address(tmp_path: Path) -> None:
    async def scenario() -> None:
        path = tmp_path / "csms.sock"
        async with unix_serve(echo, str(path), subprotocols=OCPP):
            link = await dial(options("ws://central.example/CP-1", unix_path=path), "ocpp1.6")
            await link.send("[]")
            assert await link.receive() == "[]"
            await link.close()

    run(scenario())


def test_identity_and_password_go_as_basic_authentication_and_are_never_printed() -> None:
    seen: list[str] = []

    def look(_socket: ServerConnection, request: Request) -> None:
        seen.append(request.headers.get("Authorization", "none"))

    async def scenario() -> None:
        async with server(process_request=look) as one:
            with_password = options(url_of(one), password=Secret("secret-of-CP-1"))
            await (await dial(with_password, "ocpp1.6")).close()
            await (await dial(options(url_of(one)), "ocpp1.6")).close()
            assert "secret-of-CP-1" not in repr(with_password)

    run(scenario())

    assert seen == [f"Basic {b64encode(b'CP-1:secret-of-CP-1').decode()}", "none"]


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (302, Cause.REDIRECTED),
        (400, Cause.HTTP_STATUS),
        (401, Cause.UNAUTHORIZED),
        (403, Cause.UNAUTHORIZED),
        (404, Cause.UNKNOWN_IDENTITY),
        (500, Cause.HTTP_STATUS),
        (503, Cause.UNAVAILABLE),
    ],
)
def test_an_http_answer_is_named(status: int, cause: Cause) -> None:
    def refuse(connection: ServerConnection, _request: Request) -> Response:
        answer = connection.respond(http.HTTPStatus(status), "no\n")
        answer.headers["Location"] = "ws://127.0.0.1:1/"
        answer.headers["Retry-After"] = "120"
        return answer

    async def scenario() -> LinkFailed:
        async with server(process_request=refuse) as one:
            return await cause_of(options(url_of(one)))

    failure = run(scenario())

    assert failure.cause is cause
    assert str(status) in str(failure)
    assert failure.retry_after_s == (None if status == 302 else 120.0)


def test_a_server_that_agrees_to_no_subprotocol_is_left() -> None:
    async def scenario() -> None:
        async with server(subprotocols=None) as one:
            assert (await cause_of(options(url_of(one)))).cause is Cause.SUBPROTOCOL
        async with server(select_subprotocol=lambda *_: Subprotocol("ocpp2.0.1")) as one:
            assert (await cause_of(options(url_of(one)))).cause is Cause.SUBPROTOCOL

    run(scenario())


def test_nobody_there_is_refused() -> None:
    async def scenario() -> None:
        async with server() as one:
            url = url_of(one)
        failure = await cause_of(options(url))
        assert failure.cause is Cause.REFUSED
        assert "127.0.0.1" in str(failure)

    run(scenario())


def test_a_missing_unix_socket_is_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        failure = await cause_of(options("ws://central.example/CP-1", unix_path=tmp_path / "none.sock"))
        assert failure.cause is Cause.REFUSED

    run(scenario())


@pytest.mark.parametrize(
    ("answer", "cause"), [(b"SSH-2.0-OpenSSH\r\n", Cause.NOT_WEBSOCKET), (b"", Cause.NOT_WEBSOCKET)]
)
def test_something_else_at_the_port_is_named(answer: bytes, cause: Cause) -> None:
    async def serve_other(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    async def scenario() -> None:
        async with await asyncio.start_server(serve_other, "127.0.0.1", 0) as one:
            port = one.sockets[0].getsockname()[1]
            assert (await cause_of(options(f"ws://127.0.0.1:{port}/CP-1"))).cause is cause

    run(scenario())


def test_a_server_that_never_answers_is_left_in_time() -> None:
    async def scenario() -> None:
        done = asyncio.Event()

        async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await done.wait()
            writer.close()

        async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as one:
            port = one.sockets[0].getsockname()[1]
            failure = await cause_of(options(f"ws://127.0.0.1:{port}/CP-1"))
            done.set()
            assert failure.cause is Cause.CONNECT_TIMEOUT
            assert asyncio.get_running_loop().time() == pytest.approx(20.0, abs=0.1)

    run(scenario())


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "nonsense", "ws://127.0.0.1:port/"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    assert run(cause_of(options(url))).cause is Cause.CONFIGURATION


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), Cause.DNS),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), Cause.UNREACHABLE),
        (OSError(errno.EHOSTUNREACH, "No route to host"), Cause.UNREACHABLE),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"), Cause.REFUSED),
        (OSError("Multiple exceptions"), Cause.UNREACHABLE),
    ],
)
def test_what_fails_below_http_is_named_with_the_place(error: OSError, cause: Cause) -> None:
    failure = of_os_error(error, "central.example:443")

    assert failure.cause is cause
    assert "central.example:443" in str(failure)


async def end_of(link: Link) -> LinkFailed:
    with pytest.raises(LinkFailed) as failed:
        while True:
            await link.receive()
    return failed.value


@pytest.mark.parametrize(
    ("code", "cause"), [(1000, Cause.CLOSED_BY_PEER), (1009, Cause.TOO_BIG), (4000, Cause.CLOSED_BY_PEER)]
)
def test_a_close_by_the_peer_is_named_with_its_code(code: int, cause: Cause) -> None:
    async def closes(connection: ServerConnection) -> None:
        await connection.close(code, "because")

    async def scenario() -> None:
        async with server(closes) as one:
            failure = await end_of(await dial(options(url_of(one)), "ocpp1.6"))
            assert failure.cause is cause
            assert "because" in str(failure)

    run(scenario())


def test_a_torn_line_and_a_frame_beyond_the_bound_are_told_apart() -> None:
    async def tears(connection: ServerConnection) -> None:
        connection.transport.abort()

    async def floods(connection: ServerConnection) -> None:
        await connection.send("A" * 1_000_000)
        await connection.wait_closed()

    async def scenario() -> None:
        async with server(tears) as one:
            assert (await end_of(await dial(options(url_of(one)), "ocpp1.6"))).cause is Cause.LINE_LOST
        async with server(floods) as one:
            assert (await end_of(await dial(options(url_of(one)), "ocpp1.6"))).cause is Cause.PEER_BROKE_PROTOCOL

    run(scenario())


def test_a_peer_that_stopped_reading_is_noticed_by_ping_and_by_send() -> None:
    async def freezes(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await connection.wait_closed()

    async def scenario() -> None:
        async with server(freezes) as one:
            link = await dial(options(url_of(one)), "ocpp1.6")
            await asyncio.sleep(1.0)
            with pytest.raises(LinkFailed) as unanswered:
                await link.ping(10.0)
            with pytest.raises(LinkFailed) as stuck:
                for _ in range(100):
                    await link.send("A" * 200_000)
            await link.close()
            assert (unanswered.value.cause, stuck.value.cause) == (Cause.PING_UNANSWERED, Cause.STUCK)

    run(scenario())


class Certificates:
    """An authority, a certificate of 127.0.0.1 signed by it, and another authority that signed nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("ca", "other"):
            self._openssl(
                *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"),
                *("-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}"),
            )
        self._openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key"),
            *("-out", "server.csr", "-subj", "/CN=127.0.0.1"),
        )
        (folder / "san.cnf").write_text("subjectAltName=IP:127.0.0.1\n")
        self._openssl(
            *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", "30", "-extfile", "san.cnf", "-out", "server.pem"),
        )

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        return context


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("the openssl program makes the certificates of this test")
    return Certificates(tmp_path_factory.mktemp("certificates"))


def test_tls_is_trusted_by_the_pinned_authority_only(certificates: Certificates) -> None:
    async def scenario() -> None:
        async with server(echo, ssl=certificates.server_context()) as one:
            pinned = options(url_of(one, "wss"), trust=Trust(ca_file=certificates.folder / "ca.pem"))
            link = await dial(pinned, "ocpp1.6")
            await link.send("[]")
            assert await link.receive() == "[]"
            await link.close()

            wrong = options(url_of(one, "wss"), trust=Trust(ca_file=certificates.folder / "other.pem"))
            assert (await cause_of(wrong)).cause is Cause.CERTIFICATE
            assert (await cause_of(options(url_of(one, "wss")))).cause is Cause.CERTIFICATE

    asyncio.run(scenario())


def test_a_server_without_tls_is_named(certificates: Certificates) -> None:
    async def scenario() -> None:
        async with server() as one:
            secure = options(url_of(one, "wss"), trust=Trust(ca_file=certificates.folder / "ca.pem"))
            assert (await cause_of(secure)).cause in (Cause.TLS, Cause.NOT_WEBSOCKET)

    asyncio.run(scenario())


def test_a_certificate_for_another_name_is_refused(certificates: Certificates) -> None:
    async def scenario() -> None:
        async with server(ssl=certificates.server_context()) as one:
            elsewhere = options(url_of(one, "wss", "localhost"), trust=Trust(ca_file=certificates.folder / "ca.pem"))
            assert (await cause_of(elsewhere)).cause is Cause.CERTIFICATE

    asyncio.run(scenario())


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    bad, missing = tmp_path / "bad.pem", tmp_path / "missing.pem"
    bad.write_text("not a certificate")

    for file in (bad, missing):
        with pytest.raises(LinkFailed) as failed:
            context_of(Trust(ca_file=file))
        assert failed.value.cause is Cause.CONFIGURATION
        assert file.name in str(failed.value)


def test_a_renewed_file_counts_and_an_unchanged_one_is_not_read_again(
    certificates: Certificates, tmp_path: Path
) -> None:
    authority = tmp_path / "ca.pem"
    shutil.copy(certificates.folder / "ca.pem", authority)
    secure = Trust(ca_file=authority)
    first, again = context_of(secure), context_of(secure)

    shutil.copy(certificates.folder / "other.pem", authority)
    renewed = context_of(secure)

    assert first is again
    assert [one["subject"] for one in renewed.get_ca_certs()] == [((("commonName", "other"),),)]
