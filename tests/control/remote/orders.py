"""Whoever gives orders: keys, envelopes that are right or wrong in one thing, and an end to which answers come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.bus import Bus, News
from agent.control.dispatch import Dispatcher
from agent.control.peer import Caller
from agent.control.remote.conversation import Tell
from agent.control.remote.desk import RemoteDesk
from agent.control.remote.judgement import Bench
from agent.control.remote.keys import KeyFile
from agent.control.remote.running import Answered, Runner
from agent.control.remote.telling import Telling
from agent.control.wire import Argument
from agent.core.orders.envelope import Order, moment, signed
from agent.core.time import Instant
from agent.security.events import SecurityEvent
from agent.store.orders import Orders
from agent.store.store import Store, open_store

DEVICE = "QE-000123"
NOW_MS = 1_800_000_000_000
NONCE = "a-nonce-of-this-connection"
KEYS = {
    role: Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    for number, role in enumerate(("viewer", "operator", "service", "stranger", "leaving"), 1)
}
LEAVING = (
    f'[[key]]\nid = "leaving"\npublic_key = "{KEYS["leaving"].public_key().public_bytes_raw().hex()}"\n'
    'role = "service"\nnot_after = "2027-01-15"\n'
)
"""For `keys_file`: a key with an end, on the day of NOW_MS."""
LEAVES_MS = NOW_MS + 16 * 3_600_000


def keys_file(folder: Path, *, more: str = "") -> Path:
    """One key of each role, called like it."""
    file = folder / "keys.toml"
    file.write_text(
        "".join(
            f'[[key]]\nid = "{role}"\npublic_key = "{KEYS[role].public_key().public_bytes_raw().hex()}"\n'
            f'role = "{role}"\n'
            for role in ("viewer", "operator", "service")
        )
        + more
    )
    file.chmod(0o644)
    return file


def order(number: int = 1, *, verb: str = "version", by: str = "service", **changes: Any) -> Order:
    """A right one for NOW_MS."""
    plain: dict[str, Any] = {
        "id": f"{number:032x}",
        "device": DEVICE,
        "verb": verb,
        "args": {},
        "issued": moment(NOW_MS),
        "expires": moment(NOW_MS + 120_000),
        "key_id": by,
    }
    return Order(**{**plain, **changes})


def sealed(one: Order, *, by: str = "") -> bytes:
    """Signed by the key it names, or by another."""
    return signed(one, KEYS[by or one.key_id].sign)


@dataclass
class RecordingReply:
    """`said` is all that came; `blobs` the names of files with their octets."""

    nonce: str = NONCE
    nonce_age_s: float = 0.0
    renewals: int = 0
    said: list[Mapping[str, Any]] = field(default_factory=list)
    blobs: list[tuple[str, bytes]] = field(default_factory=list)

    def renew_nonce(self) -> None:
        self.renewals += 1

    async def say(self, body: Mapping[str, Any]) -> None:
        self.said.append(body)

    async def send_blob(self, id: str, name: str, content_type: str, file: Path) -> dict[str, Any]:
        self.blobs.append((name, file.read_bytes()))  # noqa: ASYNC240 - a small file of the test
        return {"id": id, "name": name, "content_type": content_type}

    @property
    def kinds(self) -> list[str]:
        return [str(one["kind"]) for one in self.said]

    @property
    def why(self) -> str:
        """The key of the last refusal."""
        return str(self.said[-1]["reason"]["key"])


class CountingRunner(Runner):
    """Does nothing but count what it was asked to do."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def run(
        self, verb: str, arguments: Mapping[str, Argument], caller: Caller, tell: Tell | None = None
    ) -> Answered:
        self.done.append(caller.order_id)
        return Answered(kind="result", fields={"body": {"verb": verb}, "passed": True})


@dataclass
class Door:
    """A desk with a real store below it, and what it told."""

    folder: Path
    store: Store
    desk: RemoteDesk
    news: list[News]
    security: list[SecurityEvent]
    clock: list[Instant]

    async def take(
        self, payload: bytes, *, retained: bool = False, nonce: str = NONCE, nonce_age_s: float = 0.0
    ) -> RecordingReply:
        reply = RecordingReply(nonce=nonce, nonce_age_s=nonce_age_s)
        await self.desk.take(payload, reply, retained=retained)
        return reply

    def names(self) -> list[str]:
        return [one.name for one in self.news]


class _Listening(Bus):
    def __init__(self, news: list[News]) -> None:
        super().__init__()
        self._news = news

    def tell(self, news: News) -> None:
        self._news.append(news)


def door(
    folder: Path,
    runner: Runner | Dispatcher | None = None,
    *,
    allow: frozenset[str] | None = None,
    clock: list[Instant] | None = None,
    store: Store | None = None,
    others_ms: Callable[[], int | None] = lambda: None,
) -> Door:
    """`clock[0]` is the time there. `others_ms`: the central system's, where it contradicts that."""
    at = clock if clock is not None else [Instant(1000.0, NOW_MS, "boot")]
    kept = store or open_store(folder, inline=True, flush=False, boot_id="boot")
    news: list[News] = []
    security: list[SecurityEvent] = []
    file = folder / "keys.toml"
    keys = KeyFile(file if file.exists() else keys_file(folder))
    bench = Bench(DEVICE, keys, Orders(kept.writer), lambda: at[0], allow=allow, others_ms=others_ms)
    does = Runner(runner) if isinstance(runner, Dispatcher) else runner or CountingRunner()
    telling = Telling(_Listening(news), lambda: at[0])
    desk = RemoteDesk(bench, does, telling, note=lambda event, _info: security.append(event))
    return Door(folder, kept, desk, news, security, at)


def done_by(opened: Door) -> list[str]:
    """What was done behind the desk, by id; the list itself."""
    runner = opened.desk._runner
    assert isinstance(runner, CountingRunner)
    return runner.done
