"""The floor of a round trip: sends one CALL again and again and prints the seconds of each. `… echo URL COUNT < CALL`

The CALL is `["Action", {payload}]`; without one it is a Heartbeat.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol


async def main(url: str, count: int, action: str, payload: object) -> None:
    took_s = []
    async with connect(url, subprotocols=[Subprotocol("ocpp1.6")], compression=None) as connection:
        for number in range(count):
            began = time.perf_counter()
            await connection.send(json.dumps([2, str(number), action, payload]))
            json.loads(await connection.recv())
            took_s.append(time.perf_counter() - began)
    print(json.dumps(took_s))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), *json.loads(sys.stdin.read() or '["Heartbeat", {}]')))
