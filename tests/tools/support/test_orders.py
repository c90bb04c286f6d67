"""From the question to the answer over a broker: what is shown, sent, believed, and told where nothing comes."""

from __future__ import annotations

import io
import json
import socket
import struct
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.core.orders.envelope import Order
from agent.core.orders.judging import STALE
from firmware_sim.mqtt_broker import Broker
from firmware_sim.mqtt_packets import Reason
from tests.tools.support.chargers import FakeCharger, birth
from tests.tools.support.conftest import BrokerThread, Engineer, Makes
from tools.support.__main__ import main
from tools.support.failures import NoAnswer
from tools.support.link import open_link
from tools.support.ordering import Desk, carried_out, known, wish, written
from tools.support.settings import load

VERSION_BODY = {"versions": {"agent": "1.2.0"}}
Captured = pytest.CaptureFixture[str]


def says(body: dict[str, object], **more: object) -> object:
    """A charger that acknowledges and answers with this."""

    def answer(charger: FakeCharger, order: Order) -> None:
        charger.say(order, "result", body=body, passed=True, **more)

    return answer


def test_an_answer_is_shown_and_the_order_before_it(engineer: Engineer, charger: Makes, capsys: Captured) -> None:
    one = charger(answer=says({"faults": [], "notices": []}))

    assert main(engineer.words("do", "QE-1", "faults", "list")) == 0

    told = capsys.readouterr()
    assert told.out == "no fault is present\n"
    for line in ("order    faults list", "to       QE-1", "effect   read", "key      anna, service", "expires  "):
        assert f"  {line}" in told.err
    (order,) = one.orders
    assert (order.device, order.verb, order.key_id, order.nonce) == ("QE-1", "faults list", "anna", "n-1")


def test_what_is_no_mere_reading_wants_a_word(engineer: Engineer, charger: Makes, capsys: Captured) -> None:
    one = charger(answer=says({"connector": 1, "cleared": "contactor.welded", "left": []}))
    words = ("do", "QE-1", "faults", "clear", "contactor.welded", "--reason", "exchanged")

    assert main(engineer.words(*words)) == 2
    assert one.orders == []
    assert "write --yes" in capsys.readouterr().err

    assert main(engineer.words(*words, "--yes")) == 0
    assert one.orders[0].args == {"id": "contactor.welded", "reason": "exchanged"}


def test_a_charger_that_doubts_its_clock_finds_its_own_nonce(engineer: Engineer, charger: Makes) -> None:
    one = charger(answer=says({"faults": [], "notices": []}), nonce="n-77", time_quality="none")

    assert main(engineer.words("do", "QE-1", "faults", "list")) == 0
    assert one.orders[0].nonce == "n-77"


def test_a_nonce_that_is_old_is_read_anew_and_ordered_by_once_more(
    engineer: Engineer, charger: Makes, capsys: Captured
) -> None:
    def takes_the_new_one(one: FakeCharger, order: Order) -> None:
        if order.nonce == "n-old":
            one.client.publish(one.topics.state, json.dumps(birth("QE-1", nonce="n-new")), 1, retain=True)
            one.say(order, "refused", reason={"key": STALE, "text": "read the state again"})
        else:
            one.say(order, "result", body={"faults": [], "notices": []}, passed=True)

    one = charger(answer=takes_the_new_one, nonce="n-old", time_quality="none")

    assert main(engineer.words("do", "QE-1", "faults", "list")) == 0

    told = capsys.readouterr()
    assert told.out == "no fault is present\n" and "QE-1 doubts its clock" in told.err
    assert [order.nonce for order in one.orders] == ["n-old", "n-new"]
    assert one.orders[0].id != one.orders[1].id


AHEAD_S = 7230.0
"""A clock that is wrong by two hours, and by half a minute for a test that takes its time."""


def by_the_nonce(one: FakeCharger, order: Order) -> None:
    """What a charger does whose clock is two hours ahead: it goes by the nonce, and renews an old one."""
    if order.nonce == "n-old":
        one.client.publish(one.topics.state, json.dumps(birth("QE-1", nonce="n-new")), 1, retain=True)
        one.say(order, "refused", reason={"key": STALE, "text": "this order expired 7080 s ago"})
    else:
        one.say(order, "result", body={"faults": [], "notices": []}, passed=True)


@pytest.mark.parametrize("nonce", ["n-old", "n-young"])
def test_a_charger_whose_clock_is_wrong_is_ordered_by_its_nonce_and_the_difference_is_told_once(
    engineer: Engineer, charger: Makes, capsys: Captured, nonce: str
) -> None:
    one = charger(answer=by_the_nonce, nonce=nonce)
    one.ahead_s = AHEAD_S

    assert main(engineer.words("do", "QE-1", "faults", "list")) == 0

    told = capsys.readouterr()
    assert told.out == "no fault is present\n"
    assert told.err.count("the clock of QE-1 is 2 h 0 min ahead of this computer's") == 1
    # Nothing is ever signed for a time that this computer's clock does not have.
    assert all(abs(order.issued_ms / 1000 - datetime.now(UTC).timestamp()) < 60 for order in one.orders)


def test_what_changes_something_is_not_sent_anew_to_a_charger_whose_clock_is_wrong_without_a_persons_word(
    engineer: Engineer, charger: Makes, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = charger(answer=by_the_nonce, nonce="n-old")
    one.ahead_s = AHEAD_S
    terminal = io.StringIO("y\nn\n")
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", terminal)

    assert main(engineer.words("do", "QE-1", "restart", "service", "--reason", "test")) == 4

    told = capsys.readouterr().err
    assert "ahead of this computer's" in told and "nothing was done" in told
    assert len(one.orders) == 1


def test_a_nonce_that_stays_old_is_refused_in_the_end(engineer: Engineer, charger: Makes, capsys: Captured) -> None:
    one = charger(answer=lambda one, order: one.say(order, "refused", reason={"key": STALE, "text": "no, again"}))

    assert main(engineer.words("do", "QE-1", "faults", "list")) == 4
    assert "QE-1 refused: no, again" in capsys.readouterr().err
    assert len(one.orders) == 2


def test_a_key_that_the_charger_does_not_know_is_refused_in_its_words(
    engineer: Engineer, broker: BrokerThread, capsys: Captured
) -> None:
    other = FakeCharger("127.0.0.1", broker.port, "QE-1", "00" * 32)
    other.be_born()

    assert main(engineer.words("do", "QE-1", "version")) == 4
    told = capsys.readouterr().err
    assert "QE-1 refused: the signature is not that of this key" in told
    assert "is not the other half of what the charger has under anna" in told
    other.close()


def test_a_name_in_the_wrong_case_is_suggested_as_it_is(engineer: Engineer, charger: Makes, capsys: Captured) -> None:
    charger("A")
    charger("B")

    assert main(engineer.words("explain", "a")) == 3
    assert 'did you mean "A"?' in capsys.readouterr().err


def test_what_was_refused_is_on_record_in_its_words(engineer: Engineer, charger: Makes, capsys: Captured) -> None:
    charger(answer=lambda one, order: one.say(order, "refused", reason={"key": "busy", "text": "a charge runs"}))
    assert main(engineer.words("case", "open", "QE-1", "--id", "T-3")) == 0
    assert "nothing of a charger QE-1 is on record here" in capsys.readouterr().out

    assert main(engineer.words("explain", "QE-1")) == 4
    capsys.readouterr()
    assert main(engineer.words("case", "show", "T-3")) == 0

    told = capsys.readouterr().out
    assert "QE-1 refused: a charge runs" in told and "OrderRefused" not in told


def test_a_case_that_is_open_goes_with_the_order_and_counts_it(
    engineer: Engineer, charger: Makes, capsys: Captured
) -> None:
    one = charger(answer=says({"faults": [], "notices": []}))
    assert main(engineer.words("case", "open", "QE-1", "--id", "T-17", "--what", "does not start")) == 0
    assert main(engineer.words("do", "QE-1", "faults", "list")) == 0
    assert one.orders[0].case == "T-17"
    assert main(engineer.words("case", "close", "QE-1", "--solved", "remote", "--remedy", "limit raised")) == 0
    capsys.readouterr()

    assert main(engineer.words("case", "list", "--json")) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["cases"][0]["actions"], told["cases"][0]["solved"]) == (1, "remote")
    assert (told["figures"]["remote_resolution_rate"], told["figures"]["remote_actions"]) == (1.0, 1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("do QE-7 version", (3, 'no charger "QE-7" has ever told anything to this broker; did you mean "QE-1"?')),
        ("do + version", (2, '"+" is no name of a charger')),
        ("do QE-1 versoin", (2, 'did you mean "version"?')),
        ("do QE-1 display", (2, "at the charger only")),
        ("fleet --state foo", (2, 'there is no "foo"; there are Available, Preparing')),
        ("do QE-1 version --case", (2, "--case: which?")),
        ("watch QE-1 --seconds 0", (2, "--seconds, --span: at least 1")),
        ("history QE-1 --since soon", (2, "3d ago, or as 2026-01-31T12:00:00Z")),
        ("collect --spool /dev/null", (2, "--spool: /dev/null/evse-support-")),
        ("fleet --older-than soon", (2, '"soon" is no time; write it as 90s, 15min, 2h or 3d')),
    ],
)
def test_what_is_typed_wrongly_is_one_sentence_with_the_way_out(
    engineer: Engineer, charger: Makes, capsys: Captured, words: str, told: tuple[int, str]
) -> None:
    charger()
    code, sentence = told

    assert main(engineer.words(*words.split())) == code

    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


def test_a_charger_that_is_away_gets_nothing_and_what_is_known_is_told(
    engineer: Engineer, charger: Makes, capsys: Captured
) -> None:
    one = charger()
    one.tell(one.topics.state, {"online": False, "session": "s1", "reason": "restart"}, retain=True)

    assert main(engineer.words("do", "QE-1", "version")) == 3

    told = capsys.readouterr().err
    assert "QE-1 is offline (restart), last word" in told
    assert "port 1 Available" in told
    assert one.orders == []


def test_a_charger_that_takes_no_orders_says_so_before_one_is_sent(
    engineer: Engineer, charger: Makes, capsys: Captured
) -> None:
    charger(orders=False)

    assert main(engineer.words("do", "QE-1", "version")) == 4
    assert "orders = true" in capsys.readouterr().err


def test_no_acknowledgement_is_told_as_not_known(engineer: Engineer, charger: Makes) -> None:
    one = charger()
    one.client.unsubscribe(one.topics.command)
    settings = load(engineer.config)
    assert settings.key is not None
    asked = wish("QE-1", "version", {})
    heard: list[str] = []
    with open_link(settings.broker) as link:
        device = known(link, "evse", "QE-1")
        order = written(asked, device, settings.key, "", link.here)
        desk = Desk(link=link, prefix="evse", key=settings.key, acknowledged_within_s=0.3)
        with pytest.raises(NoAnswer, match="whether it was done is not known"):
            carried_out(desk, asked, order, progress=lambda _: None, tell=heard.append)


def test_a_port_that_speaks_no_tls_is_named(engineer: Engineer, capsys: Captured) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def resets() -> None:
            line, _ = server.accept()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.recv(1)
            line.close()

        threading.Thread(target=resets, daemon=True).start()
        engineer.write(url=f"mqtts://127.0.0.1:{server.getsockname()[1]}")
        assert main(engineer.words("fleet", "--once")) == 3

    assert "closes the line at once; is that its port for mqtts?" in capsys.readouterr().err


def test_no_broker_and_no_login_are_told_apart(engineer: Engineer, broker: BrokerThread, capsys: Captured) -> None:
    engineer.write(url="mqtt://127.0.0.1:9")
    assert main(engineer.words("fleet", "--once")) == 3
    assert "nothing listens on 127.0.0.1, port 9" in capsys.readouterr().err

    engineer.write(url=f"mqtt://127.0.0.1:{broker.port}")

    def deny(which: Broker) -> None:
        which.admits = lambda _: Reason.NOT_AUTHORIZED

    broker.do(deny)
    assert main(engineer.words("fleet", "--once")) == 4
    assert "the broker does not let us in" in capsys.readouterr().err


def test_the_health_that_is_kept_is_shown_without_a_key(
    engineer: Engineer, charger: Makes, capsys: Captured, tmp_path: Path
) -> None:
    charger()
    engineer.config.write_text(engineer.config.read_text().replace("[key]", "[nokey]"))
    assert main(engineer.words("show", "QE-1")) == 2
    assert "nokey: unknown key" in capsys.readouterr().err

    text = engineer.config.read_text()
    keyless = text[: text.index("[nokey]")] + text[text.index("[history]") :]
    engineer.config.write_text(keyless)

    assert main(engineer.words("show", "QE-1", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "ok"
    assert main(engineer.words("do", "QE-1", "version")) == 2
    assert "evse-support key new --out FILE" in capsys.readouterr().err


def test_values_are_watched_in_a_pipe_as_evsectl_shows_them(
    engineer: Engineer, charger: Makes, capsys: Captured
) -> None:
    def lives(one: FakeCharger, order: Order) -> None:
        sample = {"t_s": 0.0, "connector": 1, "state": "Charging", "pilot": "C", "power_w": 3680.0}
        one.say(order, "progress", body={"samples": [sample], "temps": []})
        one.say(order, "result", body={"samples": [], "looks": 1, "took_s": 1.0}, passed=True)

    one = charger(answer=lives)

    assert main(engineer.words("watch", "QE-1", "--seconds", "5", "--hz", "4")) == 0

    assert "connector 1  Charging       pilot C  3.68 kW" in capsys.readouterr().out
    assert [order.args for order in one.orders] == [{"seconds": 5, "hz": 4}]


def test_a_watch_asks_again_while_somebody_looks_and_for_no_more_than_a_minute_at_a_time(
    engineer: Engineer, charger: Makes, capsys: Captured
) -> None:
    def lives(one: FakeCharger, order: Order) -> None:
        time.sleep(0.7)
        one.say(order, "result", body={"samples": [], "looks": 1, "took_s": 1.0}, passed=True)

    one = charger(answer=lives)

    assert main(engineer.words("watch", "QE-1", "--seconds", "2")) == 0

    asked = [order.args["seconds"] for order in one.orders]
    assert len(asked) >= 2 and asked[0] == 2 and asked == sorted(asked, reverse=True)


def test_what_is_wrong_with_an_order_ends_a_watch(engineer: Engineer, charger: Makes, capsys: Captured) -> None:
    charger(orders=False)

    assert main(engineer.words("watch", "QE-1")) == 4
    assert "takes no orders" in capsys.readouterr().err


@pytest.mark.parametrize(("case", "says"), [("T-99", 'there is no case "T-99"'), ("T-2", "T-2 is a case of QE-2")])
def test_an_order_goes_under_no_case_that_would_not_list_it(
    engineer: Engineer, charger: Makes, capsys: Captured, case: str, says: str
) -> None:
    one = charger(answer=says_nothing)
    assert main(engineer.words("case", "open", "QE-2", "--id", "T-2")) == 0

    assert main(engineer.words("do", "QE-1", "version", "--case", case)) == 2
    assert says in capsys.readouterr().err
    assert one.orders == []


def says_nothing(one: FakeCharger, order: Order) -> None:
    raise AssertionError("nothing may be ordered")


def test_who_waits_for_long_is_told_once_that_it_was_taken(engineer: Engineer, charger: Makes) -> None:
    told: list[str] = []
    is_told = threading.Event()

    def late(one: FakeCharger, order: Order) -> None:
        def answers() -> None:
            assert is_told.wait(10.0)
            one.say(order, "result", body={}, passed=True)

        threading.Thread(target=answers, daemon=True).start()

    def tell(text: str) -> None:
        told.append(text)
        is_told.set()

    charger(answer=late)
    settings = load(engineer.config)
    assert settings.key is not None
    asked = wish("QE-1", "version", {})
    with open_link(settings.broker) as link:
        order = written(asked, known(link, "evse", "QE-1"), settings.key, "", link.here)
        desk = Desk(link=link, prefix="evse", key=settings.key, patience_s=0.3)
        assert carried_out(desk, asked, order, progress=lambda _: None, tell=tell).passed

    assert [one for one in told if 'QE-1 has taken "version" and is at it' in one] == told
    assert len(told) == 1
