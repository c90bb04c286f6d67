"""Commands: strict arguments, the socket, the prompt, the printed lines."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.csms.charger import bench, charger
from tools.csms import control
from tools.csms.__main__ import main
from tools.csms.narrate import WIDEST, clipped, line
from tools.csms.options import PROMPTED, REQUESTED, address, read_options
from tools.csms.prompt import parse, rendered
from tools.csms.shape import read_frame
from tools.csms.verbs import VERBS


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"do": "dance"}, "unknown command 'dance'"),
        ({"do": 7}, "unknown command 7"),
        ({"do": "slow"}, "delay_s: a number is needed"),
        ({"do": "slow", "delay_s": -1}, "below 0"),
        ({"do": "silent", "on": "yes"}, "on: true or false is needed"),
        ({"do": "heal", "now": True}, "unknown argument: now"),
        ({"do": "wait", "until": "doomsday"}, "is not one of"),
        ({"do": "wait", "until": "connected", "timeout_s": 0.01}, "timed out"),
        ({"do": "limit", "amps": 10}, "0 are connected"),
        ({"do": "trigger", "charger": "CP-9", "message": "Heartbeat"}, "'CP-9' is not connected"),
    ],
)
def test_a_bad_command_is_answered_with_its_reason(tmp_path: Path, request_: dict[str, Any], reason: str) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms:
            answer = await csms.do(request_.pop("do"), **request_)

            assert not answer["ok"]
            assert reason in answer["error"]

    asyncio.run(scenario())


def test_the_socket_answers_in_order_and_survives_garbage(tmp_path: Path) -> None:
    async def scenario() -> list[dict[str, Any]]:
        async with bench(tmp_path) as csms:
            server = await control.listen(csms.system, tmp_path / "control.sock")
            reader, writer = await asyncio.open_unix_connection(tmp_path / "control.sock")
            writer.write(b'not json\n[1]\n{"id": 3, "do": "chargers"}\n{"id": 4, "do": "problems"}\n')
            answers = [json.loads(await reader.readline()) for _ in range(4)]
            writer.close()
            server.close()
            return answers

    answers = asyncio.run(scenario())

    assert [(answer["id"], answer["ok"]) for answer in answers] == [(None, False), (None, False), (3, True), (4, True)]


def test_the_control_socket_is_closed_to_other_users(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms:
            (await control.listen(csms.system, tmp_path / "control.sock")).close()

    asyncio.run(scenario())

    assert (tmp_path / "control.sock").stat().st_mode & 0o077 == 0


def test_wait_answers_when_the_status_comes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one, asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(csms.do("wait", until="status", status="Charging", timeout_s=5))
            await one.call("StatusNotification", {"connectorId": 1, "status": "Charging", "errorCode": "NoError"})

            assert (await waiting)["status"]["status"] == "Charging"

    asyncio.run(scenario())


def test_frames_are_told_once_when_asked_with_the_last_number(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            await one.call("Heartbeat", {})
            first = await csms.do("frames")
            second = await csms.do("frames", after=first["last"])

            assert [frame["kind"] for frame in first["frames"]] == ["call", "result"]
            assert second["frames"] == []

    asyncio.run(scenario())


def test_a_typed_line_becomes_a_request() -> None:
    assert parse("limit amps=10.5 purpose='TxProfile' charger=CP-1") == {
        "do": "limit",
        "amps": 10.5,
        "purpose": "TxProfile",
        "charger": "CP-1",
    }


def test_prices_typed_by_a_person_reach_the_charger_as_the_note_writes_them(tmp_path: Path) -> None:
    lines = [
        """user_price token=CAFE text='$0.30' 'texts={"de": "0,30"}'""",
        """running_cost cost=1.5 at=T 'price={"kWhPrice": 0.3}' 'trigger={"atPowerkW": 8}'""",
        "final_cost cost=3 qr=https://pay",
    ]

    async def scenario() -> list[dict[str, Any]]:
        async with bench(tmp_path) as csms, charger(csms) as one, asyncio.TaskGroup() as tasks:
            await one.start()
            for typed in lines:
                request = parse(typed)
                doing = tasks.create_task(csms.do(request.pop("do"), **request))
                await one.answer_one({"status": "Accepted"})
                assert (await doing)["answer"] == {"status": "Accepted"}
            return [payload for _, payload in one.asked]

    payloads = asyncio.run(scenario())

    assert {payload["vendorId"] for payload in payloads} == {"org.openchargealliance.costmsg"}
    assert [(payload["messageId"], json.loads(payload["data"])) for payload in payloads] == [
        (
            "SetUserPrice",
            {
                "idToken": "CAFE",
                "priceText": "$0.30",
                "priceTextExtra": [{"format": "UTF8", "language": "de", "content": "0,30"}],
            },
        ),
        (
            "RunningCost",
            {
                "transactionId": 1,
                "timestamp": "T",
                "cost": 1.5,
                "state": "Charging",
                "chargingPrice": {"kWhPrice": 0.3},
                "triggerMeterValue": {"atPowerkW": 8},
            },
        ),
        ("FinalCost", {"transactionId": 1, "cost": 3.0, "qrCodeText": "https://pay"}),
    ]


def test_every_verb_explains_itself_in_the_list(tmp_path: Path) -> None:
    async def scenario() -> dict[str, Any]:
        async with bench(tmp_path) as csms:
            return await csms.do("help")

    text = rendered(asyncio.run(scenario()))

    assert [name for name in VERBS if name not in text] == []


@given(st.text(max_size=400))
def test_a_printed_line_is_one_line_and_obeys_nobody(text: str) -> None:
    printed = clipped(text)

    assert len(printed) <= WIDEST
    assert printed.isprintable()


def test_a_token_is_printed_by_its_end_only() -> None:
    text = '[2,"1","Authorize",{"idTag":"04A1B2C3CAFE"}]'

    printed = line(
        read_frame(text), time_text="12:00:00.000", identity="CP-1", arrow="->", action="Authorize", text=text
    )

    assert printed == "12:00:00.000  CP-1  ->  Authorize  idTag ...CAFE"


def test_the_address_is_loopback_unless_told_otherwise() -> None:
    assert read_options([]).listen.host == "127.0.0.1"
    assert address(":0").host == "127.0.0.1"
    assert address("0.0.0.0:9000").host == "0.0.0.0"


def test_a_port_beyond_the_largest_is_refused_with_the_largest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(["--listen", "127.0.0.1:99999"])

    assert ended.value.code == 2
    assert "99999 is above 65535" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lisen", "x"], 'there is no --lisen; did you mean "--listen"?'),
        (["more"], 'there is no place for "more"; leave it away, or see: evse-csms --help'),
        (["--listen"], "--listen needs a value; write --listen HOST:PORT"),
        (["--listen", "--quiet"], "--listen needs a value; write --listen HOST:PORT"),
        (["--listen", "abc"], "--listen: 'abc' is not HOST:PORT; write one, as 127.0.0.1:9000"),
        (["--quiet=3"], "--quiet takes no value; write it alone"),
        (["--ping-interval", "x"], "--ping-interval: 'x' is no number of seconds above 0; write one, as 30"),
        (["--ping-interval", "0"], "--ping-interval: '0' is no number of seconds above 0; write one, as 30"),
    ],
)
def test_wrong_use_is_one_sentence(capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(words)

    assert ended.value.code == 2
    assert capsys.readouterr().err == f"evse-csms: {said}\n"


def test_the_help_tells_how_to_command_it_and_its_examples_are_true(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(["--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert PROMPTED in said
    assert REQUESTED in said
    assert {"id": 7, **parse(PROMPTED)} == json.loads(REQUESTED)


def test_the_help_s_way_to_command_it_from_a_shell_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["--help"])
    (command,) = [line for line in capsys.readouterr().out.splitlines() if "python3" in line]

    async def scenario() -> bytes:
        async with bench(tmp_path) as csms:
            server = await control.listen(csms.system, tmp_path / "csms.sock")
            shell = command.replace("python3", sys.executable)
            typed = await asyncio.create_subprocess_shell(shell, cwd=tmp_path, stdout=asyncio.subprocess.PIPE)
            said, _ = await typed.communicate()
            server.close()
            return said

    assert json.loads(asyncio.run(scenario()))["ok"] is True


@pytest.mark.usefixtures("capsys")
def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ["--listen", f"127.0.0.1:{port}", "--db", str(tmp_path / "x.db"), "--control", str(tmp_path / "x.sock")]
        monkeypatch.setattr(sys, "argv", ["evse-csms", *words])
        with pytest.raises(SystemExit) as ended:
            main()

    assert str(ended.value) == (
        f"evse-csms: 127.0.0.1:{port}: somebody listens there already; "
        "end that program, or name another port with --listen HOST:PORT"
    )
