"""A broker in a thread, a support engineer with a key, and chargers on the broker."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_sim.mqtt_broker import Broker
from tests.tools.support.chargers import WITHIN_S, Answer, FakeCharger
from tests.tools.support.databases import Cluster, binaries
from tools import brokers
from tools.support import keys
from tools.support.history.sink import History, Postgres, Sqlite

Makes = Callable[..., FakeCharger]


class BrokerThread:
    """The stand-in broker on a loop of its own, for clients that are threads themselves."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.broker = Broker()
        self._context = context
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._opened.wait(WITHIN_S)

    def do(self, what: Callable[[Broker], object]) -> None:
        """On its own loop."""
        self._loop.call_soon_threadsafe(what, self.broker)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.broker.close(), self._loop).result(WITHIN_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN_S)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self.port = self._loop.run_until_complete(self.broker.open(context=self._context))
        self._opened.set()
        self._loop.run_forever()


class Engineer:
    """A person of support: a folder with configuration, key and history."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.key_file = folder / "anna.key"
        self.public_key = keys.made(self.key_file)
        self.history = folder / "history.db"
        self.config = folder / "support.toml"
        self.write(url=url)

    def write(self, *, url: str, history: str = "", role: str = "service", more: str = "") -> None:
        """The configuration anew."""
        self.config.write_text(
            f'[broker]\nurl = "{url}"\n\n'
            f'[key]\nid = "anna"\nprivate_key_file = "{self.key_file}"\nrole = "{role}"\n\n'
            f'[history]\nurl = "{history or f"sqlite:{self.history}"}"\n{more}',
            encoding="utf-8",
        )

    def words(self, *words: str) -> list[str]:
        """A command line with the configuration."""
        return ["--config", str(self.config), *words]


@pytest.fixture
def broker() -> Iterator[BrokerThread]:
    thread = BrokerThread()
    yield thread
    thread.close()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[int]:
    """As Debian installs it, with a port and nothing else set."""
    if brokers.mosquitto() is None:
        pytest.skip("Mosquitto is not installed: apt-get install mosquitto")
    with brokers.broker(tmp_path) as (port, _):
        yield port


@pytest.fixture
def engineer(tmp_path: Path, broker: BrokerThread) -> Engineer:
    return Engineer(tmp_path, f"mqtt://127.0.0.1:{broker.port}")


@pytest.fixture
def charger(broker: BrokerThread, engineer: Engineer) -> Iterator[Makes]:
    """Makes chargers that know the engineer's key, and takes them away at the end."""
    made: list[FakeCharger] = []

    def make(device: str = "QE-1", answer: Answer | None = None, **born: object) -> FakeCharger:
        one = FakeCharger("127.0.0.1", broker.port, device, engineer.public_key, answer)
        made.append(one)
        one.be_born(**born)
        return one

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL, once for all."""
    folder = binaries()
    if folder is None:
        pytest.skip("no PostgreSQL server on this machine: apt-get install postgresql")
    pytest.importorskip("psycopg")
    one = Cluster(folder)
    one.start()
    yield one
    one.stop()
    one.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    """Empty, in either database."""
    one: History
    if request.param == "sqlite":
        one = Sqlite(tmp_path / "history.db")
    else:
        one = Postgres(request.getfixturevalue("cluster").url)
        one.change("DELETE FROM message")
        one.change("DELETE FROM support_case")
    yield one
    one.close()


def beside(history: History) -> History:
    """The same one, as another program opens it."""
    assert isinstance(history, Sqlite | Postgres)
    return Sqlite(history._file) if isinstance(history, Sqlite) else Postgres(history._url)
