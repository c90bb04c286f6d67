"""The desk of a support engineer on this machine: a key, a file for `evse-support`, a history that is being written.

For demonstration and training, beside a broker of `tools.brokers` and a charger that takes this key's orders.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from tools.processes import ROOT
from tools.support import keys


class Desk:
    """In `folder`, which is there; `config` is what `evse-support --config` wants. `who` is the id of the key."""

    def __init__(self, folder: Path, port: int, who: str) -> None:
        self._folder, self._port = folder, port
        self.config = folder / "support.toml"
        self._keys_file = folder / "support-keys.toml"
        key = folder / f"{who}.key"
        public = keys.made(key)
        self._keys_file.write_text(
            f'[[key]]\nid = "{who}"\npublic_key = "{public}"\nrole = "service"\n', encoding="utf-8"
        )
        self.config.write_text(
            f'[broker]\nurl = "mqtt://127.0.0.1:{port}"\n\n[key]\nid = "{who}"\nprivate_key_file = "{key}"\n'
            f'role = "service"\n\n[history]\nurl = "sqlite:{folder / "history.db"}"\n',
            encoding="utf-8",
        )

    def site(self, allow: Iterable[str]) -> str:
        """Lines of a charger's site file: where it tells of itself, and that this key may order these verbs."""
        return f"""
[mqtt]
url = "mqtt://127.0.0.1:{self._port}"

[support]
orders = true
keys_file = "{self._keys_file}"
allow = {json.dumps(list(allow))}
"""

    @asynccontextmanager
    async def collecting(self) -> AsyncIterator[None]:
        """The history is written meanwhile."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tools.support", "--config", str(self.config), "collect",
            "--spool", str(self._folder / "spool"),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            await process.wait()
