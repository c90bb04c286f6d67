"""The forms of an address against real servers: which one answers, and what the others said."""

from __future__ import annotations

import asyncio
import http
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from agent.core.network_check.variants import Said, Tried, Verdict, variants
from agent.ocpp_client.link import LinkOptions
from agent.ocpp_client.tls import Trust
from agent.secret import Secret
from agent.station.connection_tries import ALL_WITHIN_S, try_each
from firmware_sim.virtual_loop import run
from tests.ocpp_client.secured import root_file

PASSWORD = "correcthorse4711batt"
Judge = Callable[[Request], http.HTTPStatus | None]


@dataclass
class Office:
    """A central system as far as the websocket. `asked` are the paths, `heard` what was said over a connection."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    heard: list[str | bytes] = field(default_factory=list)

    def forms(self, scheme: str = "ws", path: str = "ocpp", **more: object) -> Sequence[object]:
        usual = {"path": tuple(path.split("/")) if path else (), "place": None, "has_slash": False}
        given = {"host": "127.0.0.1", "scheme": scheme, "port": self.port, "may_be_plain": True, **usual, **more}
        return variants(Said(**given))  # type: ignore[arg-type]


@asynccontextmanager
async def office(
    judge: Judge, *, speaks: str = "ocpp1.6", secured: ssl.SSLContext | None = None
) -> AsyncIterator[Office]:
    found = Office()

    async def hold(connection: ServerConnection) -> None:
        async for message in connection:
            found.heard.append(message)

    def look(connection: ServerConnection, request: Request) -> Response | None:
        found.asked.append(request.path)
        status = judge(request)
        return None if status is None else connection.respond(status, "")

    async with serve(
        hold, "127.0.0.1", 0, subprotocols=[Subprotocol(speaks)], process_request=look, ssl=secured
    ) as server:
        found.port = next(iter(server.sockets)).getsockname()[1]
        yield found


def only(path: str) -> Judge:
    return lambda request: None if request.path == path else http.HTTPStatus.NOT_FOUND


def anything(_request: Request) -> None:
    return None


def knows(request: Request) -> http.HTTPStatus | None:
    """Wants the one password, as systems do that say nothing else to a stranger."""
    given = request.headers.get("Authorization", "").removeprefix("Basic ")
    return None if b64decode(given) == b"CP-1:" + PASSWORD.encode() else http.HTTPStatus.UNAUTHORIZED


async def tried(forms: Sequence[object], **how: object) -> list[Tried]:
    plain = LinkOptions(url="", identity="CP-1", **how)  # type: ignore[arg-type]
    return [one async for one in try_each(forms, plain)]  # type: ignore[arg-type]


def verdicts(found: list[Tried]) -> list[str]:
    return [one.verdict.value for one in found]


@pytest.mark.parametrize(
    ("handed_out", "path"),
    [
        ({}, "/ocpp/CP-1"),
        ({}, "/ocpp/CP-1/"),
        ({}, "/CP-1"),
        ({"path": ""}, "/ocpp/CP-1"),
        ({"path": ""}, "/ws/CP-1"),
        ({"path": "a/b", "place": 1}, "/a/CP-1/b"),
        ({"path": "a/b", "place": 1, "has_slash": True}, "/a/b/CP-1"),
    ],
)
def test_the_form_that_the_central_system_knows_is_found_and_the_others_are_told_with_what_they_said(
    handed_out: dict[str, object], path: str
) -> None:
    async def scenario() -> None:
        async with office(only(path)) as one:
            found = await tried(one.forms(**handed_out))  # type: ignore[arg-type]

            assert found[-1].verdict is Verdict.ANSWERS
            assert found[-1].variant.endpoint("CP-1") == f"ws://127.0.0.1:{one.port}{path}"
            plain = [each for each in found[:-1] if not each.variant.is_encrypted]
            assert all("404" in each.says for each in plain)
            assert one.asked[-1] == path
            assert one.heard == [], "nothing is said over it, no BootNotification either"

    run(scenario())


def test_a_server_that_takes_everything_is_left_at_the_first_form() -> None:
    async def scenario() -> None:
        async with office(anything) as one:
            found = await tried(one.forms())

            assert verdicts(found)[-1] == "answers"
            assert one.asked == ["/ocpp/CP-1"]

    run(scenario())


def test_a_server_that_knows_no_form_is_asked_for_each_once() -> None:
    async def scenario() -> None:
        async with office(only("/elsewhere")) as one:
            found = await tried(one.forms())

            assert one.asked == ["/ocpp/CP-1", "/ocpp/CP-1/", "/CP-1"]
            assert not any(each.verdict is Verdict.ANSWERS for each in found)

    run(scenario())


def test_a_server_that_never_answers_is_asked_once_and_the_whole_is_bounded() -> None:
    async def scenario() -> None:
        async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await asyncio.sleep(600)
            finally:
                writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        one = Office(port=server.sockets[0].getsockname()[1])
        found = await tried(one.forms())
        server.close()

        assert verdicts(found) == ["refuses", "spared", "spared"] * 2
        assert "did not answer within 6 s" in found[0].says
        assert loop.time() - began_s <= ALL_WITHIN_S
        assert loop.time() - began_s < 13.0

    run(scenario())


def test_a_wrong_password_is_shown_twice_at_most_and_named() -> None:
    async def scenario() -> None:
        async with office(knows) as one:
            wrong = await tried(one.forms(), password=Secret("correcthorse4711bat!"))
            assert len(one.asked) == 2
            assert [each.is_about_login for each in wrong if not each.variant.is_encrypted] == [True, True, False]
            assert "refused the login" in wrong[-1].says

            right = await tried(one.forms(), password=Secret(PASSWORD))
            assert right[-1].verdict is Verdict.ANSWERS
            assert PASSWORD not in repr(right)

    run(scenario())


def test_a_server_of_another_version_is_named_with_what_it_speaks() -> None:
    async def scenario() -> None:
        async with office(anything, speaks="ocpp2.0.1") as one:
            found = [each for each in await tried(one.forms()) if not each.variant.is_encrypted]

            assert all(each.verdict is Verdict.REFUSES for each in found)
            assert "it speaks ocpp2.0.1" in found[0].says

    run(scenario())


def test_tls_is_taken_where_it_is_though_the_string_said_ws(tmp_path: Path) -> None:
    ca = trustme.CA()
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(secured)
    trust = Trust(ca_file=root_file(ca, tmp_path))

    async def scenario() -> None:
        async with office(only("/ocpp/CP-1/"), secured=secured) as one:
            found = await tried(one.forms("ws"), trust=trust)

            assert found[-1].variant.url == f"wss://127.0.0.1:{one.port}/ocpp/{{identity}}/"

    run(scenario())


def test_a_root_that_is_not_trusted_is_told_once_and_no_password_leaves(tmp_path: Path) -> None:
    ca, other = trustme.CA(), trustme.CA()
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(secured)
    trust = Trust(ca_file=root_file(other, tmp_path))

    async def scenario() -> None:
        async with office(anything, secured=secured) as one:
            found = await tried(one.forms("wss"), trust=trust, password=Secret(PASSWORD))

            assert verdicts(found) == ["refuses", "spared", "spared"]
            assert "not to be trusted" in found[0].says
            assert one.asked == []

    run(scenario())


def test_what_was_handed_out_as_wss_is_never_asked_for_in_the_clear() -> None:
    async def scenario() -> None:
        async with office(anything) as one:
            found = await tried(one.forms("wss"), password=Secret(PASSWORD))

            assert not any(each.verdict is Verdict.ANSWERS for each in found)
            assert one.asked == []

    run(scenario())
