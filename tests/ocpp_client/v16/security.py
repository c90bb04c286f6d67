"""A `SecurityPort` that records what it is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agent.ocpp_client.security_port import DeleteVerdict, InstallVerdict
from agent.security.certificate_store import RootUse
from agent.security.certificates import HashData
from agent.security.events import SecurityEvent


@dataclass
class RecordingSecurity:
    """`asked` is everything it was asked to do, in order."""

    agrees: bool = True
    installs: InstallVerdict = InstallVerdict.ACCEPTED
    deletes: DeleteVerdict = DeleteVerdict.ACCEPTED
    hashes: tuple[HashData, ...] = ()
    profile: int = 2
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    is_trying: bool = True
    slots: dict[int, str] = field(default_factory=lambda: {1: "wss://central.example/ocpp"})

    @property
    def addresses(self) -> RecordingSecurity:
        return self

    def network_profile(self, slot: int) -> str:
        return self.slots.get(slot, "")

    async def change_network_profile(self, slot: int, text: str) -> bool:
        self.asked.append(("slot", slot, text))
        return self.agrees

    def tries(self, slot: int) -> bool:
        return self.is_trying

    def priority(self) -> str:
        return ",".join(map(str, self.slots))

    async def change_priority(self, text: str) -> bool:
        self.asked.append(("priority", text))
        return self.agrees

    async def install_root(self, use: RootUse, pem: str) -> InstallVerdict:
        self.asked.append(("install", use, pem))
        return self.installs

    async def delete_certificate(self, named: HashData) -> DeleteVerdict:
        self.asked.append(("delete", named))
        return self.deletes

    async def installed(self, use: RootUse) -> tuple[HashData, ...]:
        self.asked.append(("installed", use))
        return self.hashes

    async def manufacturer_roots(self) -> tuple[str, ...]:
        return ()

    async def take_chain(self, pem: str) -> bool:
        self.asked.append(("chain", pem))
        return self.agrees

    def can_request_certificate(self) -> bool:
        return self.agrees

    def request_certificate(self) -> None:
        self.asked.append(("request",))

    async def change_key(self, text: str) -> bool:
        self.asked.append(("key", text))
        return self.agrees

    async def change_profile(self, text: str) -> bool:
        self.asked.append(("profile", text))
        return self.agrees

    def reconnect(self) -> None:
        self.asked.append(("reconnect",))

    def note(self, event: SecurityEvent, info: str = "") -> None:
        self.asked.append(("event", event, info))

    def now_ms(self) -> int:
        return 1_790_000_000_000
