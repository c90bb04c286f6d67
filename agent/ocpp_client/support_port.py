"""What this room needs of whoever answers the central system's questions about the charger itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class SupportAnswer(Protocol):
    """`known` false: there is no such verb. `done` false: `body["reason"]` says why nothing was done."""

    @property
    def body(self) -> Mapping[str, Any]: ...

    @property
    def done(self) -> bool: ...

    @property
    def known(self) -> bool: ...


class SupportPort(Protocol):
    async def asked(self, verb: str, data: str | None) -> SupportAnswer:
        """`data` is JSON of the arguments, or nothing. Answers within two seconds, and never fails."""
        ...
