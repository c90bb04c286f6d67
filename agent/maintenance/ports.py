"""What this room needs of its neighbours; the wiring passes the real ones in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

from agent.clock import Clock
from agent.core.maintenance.updates import Signed
from agent.core.maintenance.uploads import UploadRequest
from agent.values import frozen


class Courier(Protocol):
    """Both raise TransferError, and use no more than the site allows."""

    async def send(self, file: Path, location: str, file_name: str) -> None: ...

    async def fetch(self, location: str, file: Path) -> None: ...


class Shelf(Protocol):
    """Named texts that survive."""

    def all(self) -> Mapping[str, str]: ...

    async def put(self, values: Mapping[str, str]) -> None:
        """Durable when it returns. Raises StoreError."""
        ...


class Trust(Protocol):
    """Whom the manufacturer lets sign firmware. Both raise AgentError where that cannot be found out."""

    async def objection_to_signer(self, signed: Signed) -> str:
        """Why the certificate is not to be trusted; "" where it is."""
        ...

    async def objection_to_image(self, image: Path, signed: Signed) -> str:
        """Why the file is not what was signed; "" where it is."""
        ...


class Premises(Protocol):
    """The charger around an update."""

    def is_free(self) -> bool:
        """No car charges, and none is about to."""
        ...

    def hold(self, is_held: bool) -> None:
        """While held, no charge begins: idle connectors are Unavailable, one in use is once it is idle."""
        ...

    def restart(self) -> None:
        """Start anew, soon, with what was installed."""
        ...

    def firmware_told(self, state: str, why: str) -> None:
        """An update came to a new state."""
        ...

    def upload_told(self, state: str, file_name: str, why: str) -> None:
        """An upload came to a new state."""
        ...


WriteFile = Callable[[UploadRequest, Path], Awaitable[None]]
"""Makes the file that was asked for. Raises AgentError, OSError."""


@frozen(kw_only=True)
class Means:
    """What both work with. `folder` holds files under way; `news` is called when there is something to tell."""

    clock: Clock
    courier: Courier
    shelf: Shelf
    premises: Premises
    folder: Path
    news: Callable[[], None]
