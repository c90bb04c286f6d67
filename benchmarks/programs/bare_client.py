"""The least program that boots at a central system: asyncio, websockets and json. `… bare_client URL`"""

from __future__ import annotations

import asyncio
import json
import sys

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

BOOT = {"chargePointVendor": "bare", "chargePointModel": "bare client"}


async def main(url: str) -> None:
    """Boot, and stay connected until the process is ended."""
    async with connect(url, subprotocols=[Subprotocol("ocpp1.6")], compression=None) as connection:
        await connection.send(json.dumps([2, "1", "BootNotification", BOOT]))
        async for text in connection:
            json.loads(text)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
