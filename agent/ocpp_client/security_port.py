"""What the network may ask about keys and certificates, and may change; `app.py` passes the real one in."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from agent.security.certificate_store import RootUse
from agent.security.certificates import HashData
from agent.security.events import SecurityEvent


class InstallVerdict(Enum):
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    FAILED = "Failed"


class DeleteVerdict(Enum):
    ACCEPTED = "Accepted"
    NOT_FOUND = "NotFound"
    FAILED = "Failed"


class AddressPort(Protocol):
    """Where the central system is, by slots; a change is tried before it counts."""

    def network_profile(self, slot: int) -> str:
        """The address in a slot, and whose it is, as it is written; "" for an empty one."""
        ...

    async def change_network_profile(self, slot: int, text: str) -> bool:
        """Try another address for a slot, or empty it; False for what is none or must not be. Raises StoreError."""
        ...

    def tries(self, slot: int) -> bool:
        """Whether the next connection is to try what was written for a slot."""
        ...

    def priority(self) -> str:
        """The slots in use, the preferred one first, separated by commas."""
        ...

    async def change_priority(self, text: str) -> bool:
        """False where a slot is empty, or named twice. Raises StoreError."""
        ...


class SecurityPort(Protocol):
    """Nothing here waits for the network; what is async waits for the disk. A change is durable when it returns.

    What was changed about the way to the central system counts from the next connection on: `reconnect` opens one.
    """

    @property
    def addresses(self) -> AddressPort: ...

    async def install_root(self, use: RootUse, pem: str) -> InstallVerdict: ...

    async def delete_certificate(self, named: HashData) -> DeleteVerdict:
        """Failed for what the connection, or a fallback, rests upon."""
        ...

    async def installed(self, use: RootUse) -> tuple[HashData, ...]: ...

    async def manufacturer_roots(self) -> tuple[str, ...]:
        """PEM texts of the roots that firmware is judged by (security/firmware.py), the site file's among them."""
        ...

    async def take_chain(self, pem: str) -> bool:
        """The answer to a request for a certificate; False where it does not fit or is none to rely on."""
        ...

    def can_request_certificate(self) -> bool: ...

    def request_certificate(self) -> None:
        """Ask the central system to certify a new key, soon."""
        ...

    async def change_key(self, text: str) -> bool:
        """AuthorizationKey; False for what is none. Raises StoreError."""
        ...

    @property
    def profile(self) -> int:
        """The security profile that is in use, or on trial."""
        ...

    async def change_profile(self, text: str) -> bool:
        """SecurityProfile; False where a condition is not met. Raises StoreError."""
        ...

    def reconnect(self) -> None:
        """Open another connection, soon, where something on the way to the central system has changed."""
        ...

    def note(self, event: SecurityEvent, info: str = "") -> None:
        """Something happened to the security of this charger. `info` never holds a secret."""
        ...

    def now_ms(self) -> int:
        """The moment certificates are judged at: UTC milliseconds, never before a time that is known to have passed."""
        ...
