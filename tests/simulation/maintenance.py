"""Words for stories about files and firmware. Servers are real ones in threads; the charger's clock is virtual."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Awaitable, Callable
from typing import Any

from tests.simulation.stage import Charger, tell
from tools.csms import queries

SITE = """
[transfer]
schemes = ["http", "https", "ftps"]
allow_private_addresses = true
[firmware]
installer = "simulated"
"""
LONG_AGO = "2020-01-01T00:00:00Z"


def image(**traits: str) -> bytes:
    padding = "x" * 1000
    digest = hashlib.sha256(padding.encode()).hexdigest()
    return json.dumps({"simulated_firmware": "9.9.9", "padding": padding, "sha256": digest} | traits).encode()


def play(story: Callable[[Charger], Awaitable[None]], **changes: Any) -> None:
    """Tell the story; the central system, which judges every frame by its own schemas, may have found nothing wrong."""

    async def whole(charger: Charger) -> None:
        await story(charger)
        assert queries.problems(charger.stage.office.system.record) == []

    tell(whole, **changes)


async def ask(charger: Charger, action: str, **payload: Any) -> dict[str, Any]:
    return await charger.network("call", action=action, payload=payload)


async def diagnostics(charger: Charger, location: str, **more: Any) -> str:
    """The name of the file that is promised."""
    answer = await charger.network("get_diagnostics", location=location, **more)
    return str(answer["answer"]["fileName"])


def words(charger: Charger, action: str) -> list[str]:
    return [payload["status"] for payload in charger.told(action)]


def diagnostics_words(charger: Charger) -> list[str]:
    return words(charger, "DiagnosticsStatusNotification")


def firmware_words(charger: Charger) -> list[str]:
    return words(charger, "FirmwareStatusNotification")


def unpacked(content: bytes) -> dict[str, str]:
    """The parts of a bundle that are text."""
    return {name: octets.decode() for name, octets in parts(content).items() if not name.startswith("recording/")}


def parts(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as bundle:
        return {one.name: bundle.extractfile(one).read() for one in bundle.getmembers()}  # type: ignore[union-attr]


def update(location: str, **more: Any) -> dict[str, Any]:
    return {"location": location, "retrieveDate": LONG_AGO} | more
