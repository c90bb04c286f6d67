"""The connection to a broker: proven by its certificate, back by itself, complete where a queue is short."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from firmware_sim.mqtt_broker import Broker
from tests.tools.support import chargers
from tests.tools.support.conftest import BrokerThread, Engineer, Makes
from tools.support.failures import NotReachable, OrderRefused, WrongUse
from tools.support.healing import Healing
from tools.support.link import Standing, open_link
from tools.support.picture import Picture
from tools.support.settings import BrokerTable, load
from tools.support.verbs.fleet import subscribe, take_first

MANY = 400


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[int]:
    """The port of a broker that proves who it is, and wants the same of us."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    thread = BrokerThread(context)
    yield thread.port
    thread.close()


def written(folder: Path, authority: trustme.CA) -> tuple[Path, Path, Path]:
    """Root, certificate and key as files."""
    ours = authority.issue_cert("anna@example.com")
    root, certificate, key = folder / "ca.pem", folder / "anna.pem", folder / "anna.key"
    authority.cert_pem.write_to_path(root)
    ours.cert_chain_pems[0].write_to_path(certificate)
    ours.private_key_pem.write_to_path(key)
    return root, certificate, key


def test_both_ends_prove_who_they_are(secure: int, authority: trustme.CA, tmp_path: Path) -> None:
    root, certificate, key = written(tmp_path, authority)
    url = f"mqtts://localhost:{secure}"

    with open_link(BrokerTable(url=url, ca_file=root, certificate_file=certificate, private_key_file=key)) as link:
        link.subscribe(["evse/v1/+/state"])


def test_a_broker_that_cannot_be_trusted_gets_nothing(secure: int, authority: trustme.CA, tmp_path: Path) -> None:
    root, _, _ = written(tmp_path, trustme.CA())

    with (
        pytest.raises(NotReachable, match=r"certificate is not to be trusted.*see ca_file"),
        open_link(BrokerTable(url=f"mqtts://localhost:{secure}", ca_file=root)),
    ):
        pass


def test_a_name_that_is_not_in_the_certificate_is_not_taken(secure: int, authority: trustme.CA, tmp_path: Path) -> None:
    root, certificate, key = written(tmp_path, authority)
    table = BrokerTable(
        url=f"mqtts://127.0.0.1:{secure}", ca_file=root, certificate_file=certificate, private_key_file=key
    )

    with pytest.raises(NotReachable, match="certificate is not to be trusted"), open_link(table):
        pass


def test_a_root_that_is_no_file_is_wrong_use(tmp_path: Path) -> None:
    table = BrokerTable(url="mqtts://localhost:1", ca_file=tmp_path / "none.pem")

    with pytest.raises(WrongUse, match="look at the paths"), open_link(table):
        pass


def test_a_broker_that_forgets_all_is_asked_again(engineer: Engineer, broker: BrokerThread, charger: Makes) -> None:
    settings = load(engineer.config)
    picture = Picture()
    with open_link(settings.broker) as link:
        subscribe(link, settings)
        broker.do(Broker.forget)
        chargers.until(lambda: link.lost_since is not None)
        chargers.until(lambda: link.lost_since is None)
        charger("QE-2")
        chargers.until(lambda: _drained(link, picture) and "QE-2" in picture.devices)


def _drained(link: object, picture: Picture) -> bool:
    for message in link.drained():  # type: ignore[attr-defined]
        picture.take(message.topic, message.payload, message.content_type, retained=message.retained, now_ms=1)
    return True


def test_what_the_access_list_keeps_back_is_told(engineer: Engineer, broker: BrokerThread, charger: Makes) -> None:
    charger()

    def deny(which: Broker) -> None:
        which.permits = lambda _, what, topic: what != "write"

    broker.do(deny)
    with (
        open_link(load(engineer.config).broker) as link,
        pytest.raises(OrderRefused, match=r"does not let this client write to evse/v1/QE-1/cmd; its access list"),
    ):
        link.publish("evse/v1/QE-1/cmd", b"{}")


def test_a_fleet_is_complete_although_mosquitto_queues_a_thousand(mosquitto: int, engineer: Engineer) -> None:
    one = chargers.FakeCharger("127.0.0.1", mosquitto, "QE-0")
    for number in range(MANY):
        base = f"evse/v1/QE-{number}"
        for topic, body in (
            ("state", chargers.birth("x")),
            ("port/1/status", chargers.status()),
            ("health", chargers.health("x")),
        ):
            last = one.client.publish(f"{base}/{topic}", json.dumps(body), 1, retain=True)
    last.wait_for_publish(chargers.WITHIN_S)
    engineer.write(url=f"mqtt://127.0.0.1:{mosquitto}")
    settings, picture = load(engineer.config), Picture()

    with open_link(settings.broker) as link:
        subscribe(link, settings)
        take_first(link, picture, 30.0)

    assert len(picture.devices) == MANY
    assert all(device.verdict and device.ports and device.online for device in picture.devices.values())
    one.close()


def test_a_second_program_of_one_name_ends_the_first(broker: BrokerThread) -> None:
    table = BrokerTable(url=f"mqtt://127.0.0.1:{broker.port}")
    standing = Standing(client_id="c-1", expiry_s=60)

    with open_link(table, standing) as first, open_link(table, standing) as second:
        chargers.until(lambda: first.is_taken_over)
        second.subscribe(["evse/v1/+/state"])
        assert not second.is_taken_over


def test_what_a_broker_dropped_is_asked_for_again(engineer: Engineer, charger: Makes) -> None:
    charger("QE-1")
    silent = charger("QE-2")
    silent.tell(silent.topics.health, b"", retain=True)
    settings, picture = load(engineer.config), Picture()
    with open_link(settings.broker) as link:
        link.subscribe(["evse/v1/+/state"])
        take_first(link, picture, 5.0)
        assert [bool(one.ports) for one in picture.devices.values()] == [False, False]
        healing = Healing(link, "evse")
        steps = 0
        while healing.step(picture):
            take_first(link, picture, 5.0)
            steps += 1

    assert [sorted(one.ports) for one in picture.devices.values()] == [[1], [1]]
    assert picture.devices["QE-1"].verdict == "ok"
    # The other never told its health: it is asked for twice, and not for ever.
    assert steps == 2
