"""The floor of a round trip: sends Heartbeats one after the other and prints the seconds of each. `… echo URL COUNT`"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol


async def main(url: str, count: int) -> None:
    took_s = []
    async with connect(url, subprotocols=[Subprotocol("ocpp1.6")], compression=None) as connection:
        for number in range(count):
            began = time.perf_counter()
            await connection.send(json.dumps([2, str(number), "Heartbeat", {}]))
            json.loads(await connection.recv())
            took_s.append(time.perf_counter() - began)
    print(json.dumps(took_s))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
