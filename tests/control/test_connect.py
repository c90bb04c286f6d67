"""`evsectl ocpp connect` and `undo` over the socket of a charger, against a real central system."""

from __future__ import annotations

import asyncio
import http
import io
import json
import stat
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request as Asked
from websockets.http11 import Response
from websockets.typing import Subprotocol

from agent.config.load import load
from agent.control import connection_supply
from agent.control.connecting import ASKS_PASSWORD, ASKS_STRING
from agent.control.roles import Role
from agent.control.wire import Ask, Done, Part, RefusalKind, Refused, Request, encode_answer, encode_request
from agent.drivers import loader
from agent.errors import BadRequest
from tests.control.calling import ONE, charging, desk, shown
from tests.control.charger import Charger

PASSWORD = "correcthorse4711batt"
DROP_IN = Path("site.toml.d/40-connection.toml")


def answers_at(path: str, password: str = "") -> Callable[[Asked], bool]:
    login = f"Basic {b64encode(f'CP-9:{password}'.encode()).decode()}"

    def judge(request: Asked) -> bool:
        return request.path == path and (not password or request.headers.get("Authorization") == login)

    return judge


class Call:
    """A call, or several beside one server: `typed` answers questions by their beginning. PORT is the server's."""

    def __init__(self, charger: Charger, path: Path, judge: Callable[[Asked], bool], typed: dict[str, str]) -> None:
        self.charger, self.path, self.judge, self.typed = charger, path, judge, typed
        self.parts: list[dict[str, Any]] = []
        self.questions: list[str] = []
        self.raw = b""

    def made(self, verb: str = "ocpp connect", *, times: int = 1, **arguments: Any) -> Done | Refused:
        """The last reply; between two of them the agent starts anew."""
        # In real time: what waits for the disk does so in a thread.
        return asyncio.run(self._made(verb, arguments, times))

    async def _made(self, verb: str, arguments: dict[str, Any], times: int) -> Done | Refused:
        async def hold(connection: ServerConnection) -> None:
            await connection.wait_closed()

        def look(connection: ServerConnection, request: Asked) -> Response | None:
            return None if self.judge(request) else connection.respond(http.HTTPStatus.NOT_FOUND, "")

        async with serve(hold, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")], process_request=look) as server:
            self.port = str(next(iter(server.sockets)).getsockname()[1])
            texts = {
                name: str(value).replace("PORT", self.port) for name, value in arguments.items() if value is not True
            }
            for _ in range(times - 1):
                await self._once(verb, {**arguments, **texts})
                start_anew(self.charger)
            return await self._once(verb, {**arguments, **texts})

    async def _once(self, verb: str, arguments: dict[str, Any]) -> Done | Refused:
        self.parts, self.questions = [], []
        async with desk(self.charger, self.path, Role.INSTALLER) as at, at.line() as line:
            line.send(encode_request(Request(verb, arguments)))
            while True:
                match await line.reply():
                    case Part(body):
                        self.parts.append(dict(body))
                    case Ask(question):
                        self.questions.append(question)
                        found = [text for begin, text in self.typed.items() if question.startswith(begin)]
                        line.send(encode_answer(found[0].replace("PORT", self.port)))
                    case Done() | Refused() as reply:
                        return reply

    def part(self, name: str) -> dict[str, Any]:
        return next(one for one in self.parts if name in one)


def start_anew(charger: Charger) -> None:
    charger.config = load(charger.config.site_file, loader)


STRING = f"URL: ws://127.0.0.1:PORT/ocpp ID: CP-9 Password: {PASSWORD}"
YES = {"This changes": "yes"}


def test_a_string_is_tried_shown_confirmed_written_and_holds_after_the_start(
    charger: Charger, socket_path: Path, tmp_path: Path
) -> None:
    call = Call(charger, socket_path, answers_at("/ocpp/CP-9/", PASSWORD), {ASKS_STRING: STRING, **YES})

    assert call.made() == Done({}, passed=True)

    start_anew(charger)
    ocpp = charger.config.ocpp
    assert ocpp is not None
    assert (ocpp.endpoint, ocpp.identity) == (f"ws://127.0.0.1:{call.port}/ocpp/CP-9/", "CP-9")
    assert (ocpp.security_profile, ocpp.password and ocpp.password.reveal()) == (1, PASSWORD)
    assert ocpp.password_file is not None
    assert stat.S_IMODE((tmp_path / ocpp.password_file).stat().st_mode) == 0o600
    assert charger.restarts == 1
    assert "ocpp.url" in call.questions[1]
    page = "\n".join(shown("ocpp connect", part) for part in call.parts)
    assert "with TLS, the name at the end of the path" in page
    assert "HTTP 404" in page
    assert f"Result: ws://127.0.0.1:{call.port}/ocpp/CP-9/ answers" in page


def test_the_password_is_in_no_answer_no_log_and_no_drop_in(
    charger: Charger, socket_path: Path, tmp_path: Path
) -> None:
    call = Call(charger, socket_path, answers_at("/ocpp/CP-9", PASSWORD), YES)

    call.made(string=STRING)

    said = json.dumps([call.parts, call.questions, [str(one) for one in charger.journal.recorded], charger.security])
    assert PASSWORD not in said
    assert PASSWORD[-4:] not in "".join(one.arguments for one in charger.journal.recorded)
    assert PASSWORD not in (tmp_path / DROP_IN).read_text(encoding="utf-8")
    assert call.part("understood")["understood"]["password"] == "given, not shown"


def test_undo_takes_it_back_by_the_very_bytes(charger: Charger, socket_path: Path, tmp_path: Path) -> None:
    judge = answers_at("/ocpp/CP-9", PASSWORD)
    Call(charger, socket_path, judge, YES).made(string=STRING)
    first = (tmp_path / DROP_IN).read_bytes()
    start_anew(charger)
    Call(charger, socket_path, judge, YES).made(string=STRING.replace("ocpp ID", "ocpp/ ID"), yes=True)
    assert (tmp_path / DROP_IN).read_bytes() != first

    start_anew(charger)
    Call(charger, socket_path, judge, YES).made("ocpp undo")
    assert (tmp_path / DROP_IN).read_bytes() == first
    start_anew(charger)
    Call(charger, socket_path, judge, YES).made("ocpp undo")
    assert not (tmp_path / DROP_IN).exists()
    start_anew(charger)
    refusal = Call(charger, socket_path, judge, YES).made("ocpp undo")
    assert isinstance(refusal, Refused)
    assert "nothing to undo" in refusal.text


def test_who_does_not_say_yes_changes_nothing_and_leaves_no_password(
    charger: Charger, socket_path: Path, tmp_path: Path
) -> None:
    reply = Call(charger, socket_path, answers_at("/ocpp/CP-9", PASSWORD), {"This": "no"}).made(string=STRING)

    assert isinstance(reply, Refused)
    assert not (tmp_path / DROP_IN).exists()
    assert list((tmp_path / "site.toml.d").glob("secrets/*")) == []
    assert charger.restarts == 0


@pytest.mark.parametrize("judge", [answers_at("/nowhere"), answers_at("/ocpp/CP-9", "another-password-4711")])
def test_where_none_answers_nothing_is_written_and_the_next_step_is_told(
    charger: Charger, socket_path: Path, tmp_path: Path, judge: Callable[[Asked], bool]
) -> None:
    call = Call(charger, socket_path, judge, YES)

    assert call.made(string=STRING) == Done({}, passed=False)

    assert call.part("answered")["answered"] is None
    assert "compare" in call.part("answered")["next"]
    assert not (tmp_path / "site.toml.d").exists()


def test_a_password_file_on_the_charger_is_named_and_not_copied(
    charger: Charger, socket_path: Path, tmp_path: Path
) -> None:
    (tmp_path / "central.key").write_text(f"{PASSWORD}\n", encoding="utf-8")
    (tmp_path / "central.key").chmod(0o600)
    call = Call(charger, socket_path, answers_at("/CP-9", PASSWORD), YES)

    call.made(string="ws://127.0.0.1:PORT/CP-9", password_file="central.key")

    assert 'password_file = "central.key"' in (tmp_path / DROP_IN).read_text(encoding="utf-8")
    assert not (tmp_path / "site.toml.d" / "secrets").exists()


def test_the_same_connection_again_changes_nothing_and_keeps_one_password(
    charger: Charger, socket_path: Path, tmp_path: Path
) -> None:
    call = Call(charger, socket_path, answers_at("/ocpp/CP-9", PASSWORD), YES)

    call.made(times=2, string=STRING)

    assert call.questions == []
    assert call.part("written") == {"written": False, "changes": []}
    assert charger.restarts == 1
    assert len(list((tmp_path / "site.toml.d" / "secrets").iterdir())) == 1


@pytest.mark.parametrize(
    ("string", "says"),
    [
        ("nothing", "there is no address"),
        ("URL: ws://127.0.0.1:1/ocpp ID: a:b Password: x", "no name of a charger"),
        ("URL: ws://127.0.0.1:1/ocpp ID: CP-9 Password: short", "has 5 characters; OCPP wants 16 to 40"),
    ],
)
def test_what_cannot_be_a_connection_is_refused_before_anything_is_tried(
    charger: Charger, socket_path: Path, string: str, says: str
) -> None:
    call = Call(charger, socket_path, answers_at("/"), {})

    reply = call.made(string=string)

    assert isinstance(reply, Refused)
    assert reply.kind is RefusalKind.BAD_REQUEST
    assert says in reply.text
    assert call.parts == []


def test_over_tls_the_password_is_asked_for_and_without_one_nothing_is_written(
    charger: Charger, socket_path: Path
) -> None:
    call = Call(charger, socket_path, answers_at("/"), {ASKS_PASSWORD: ""})

    call.made(string="wss://127.0.0.1:PORT/ocpp/CP-9")

    assert call.questions == [ASKS_PASSWORD]
    assert all(not part["tried"]["url"].startswith("ws:") for part in call.parts if "tried" in part)


def test_a_running_charge_is_not_disturbed(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[ONE])

    reply = Call(charger, socket_path, answers_at("/"), {}).made(string=STRING)

    assert isinstance(reply, Refused)
    assert reply.kind is RefusalKind.BUSY
    assert "evsectl stop --connector 1" in reply.text


def test_a_plan_that_says_another_connection_has_the_last_word(
    charger: Charger, socket_path: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "site.toml.d"
    folder.mkdir()
    (folder / "50-plan.toml").write_text('# former: none\n[ocpp]\nidentity = "CP-7"\n', encoding="utf-8")
    start_anew(charger)

    reply = Call(charger, socket_path, answers_at("/ocpp/CP-9", PASSWORD), YES).made(string=STRING)

    assert isinstance(reply, Refused)
    assert "50-plan.toml:3: ocpp.identity: this is read after the connection" in reply.text
    assert not (tmp_path / DROP_IN).exists()


def test_a_file_with_the_string_is_read_at_the_terminals_end_and_goes_over_on_one_line(tmp_path: Path) -> None:
    file = tmp_path / "mail.txt"
    file.write_text(f"URL: wss://csms.example/ocpp\nID: CP-9\nPassword: {PASSWORD}\n", encoding="utf-8")

    text = connection_supply.supply({"file": str(file)}, ASKS_STRING)

    assert text == f"URL: wss://csms.example/ocpp ID: CP-9 Password: {PASSWORD}"
    with pytest.raises(BadRequest, match=r"none cannot be read \(No such file or directory\)"):
        connection_supply.look({"file": str(tmp_path / "none")})
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadRequest, match="is no text in UTF-8"):
        connection_supply.look({"file": str(file)})


@pytest.mark.parametrize(
    ("asked", "says", "not_said"),
    [(ASKS_PASSWORD, "no password is in what.*--password-file", "--file"), (ASKS_STRING, "write --file FILE", "passw")],
)
def test_where_nobody_can_be_asked_what_is_missing_is_named(
    asked: str, says: str, not_said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())

    with pytest.raises(BadRequest, match=says) as refused:
        connection_supply.supply({}, asked)

    assert not_said not in str(refused.value)


def test_a_password_on_the_command_line_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = STRING.replace("PORT", "9000")
    monkeypatch.setattr("sys.argv", ["evsectl", "ocpp", "connect", text])

    connection_supply.look({"string": text})

    told = capsys.readouterr().err
    assert "others on this machine can read it" in told
    assert PASSWORD not in told
