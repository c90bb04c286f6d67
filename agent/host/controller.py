"""The Linux side as its self-tests look at it: one look for each topic, beside the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from agent.clock import Clock
from agent.core.commissioning.model import Quantity
from agent.drivers.aside import Aside, StillBusy
from agent.host import key_files, own_link, release, soc, storage, timekeeping
from agent.values import frozen

ROOT = Path("/")
LOOK_WITHIN_S = 5.0
MUCH_WITHIN_S = 60.0
"""16 MB written, or the whole program read, on a card that is dying, and on one that is merely slow."""
MUCH = ("write", "software")


@frozen(kw_only=True)
class Places:
    """Where to look: another `root` is another machine. `below`: folders all of whose keys are looked at.

    `software`: where this program is installed.
    """

    storage: Path
    root: Path = ROOT
    software: Path = release.HERE
    below: tuple[Path, ...] = ()


Secrets = Callable[[], Mapping[str, Path]]


class LinuxController:
    """A `Controller` (agent/selftest/bench.py). What cannot be read is absent, and `problem` why nothing could."""

    def __init__(self, places: Places, clock: Clock, secrets: Secrets = dict) -> None:
        """`secrets`: files that must be there and be nobody else's, by what a person calls them."""
        self._places = places
        self._clock = clock
        self._secrets = secrets
        self._aside = Aside()
        self._turn = asyncio.Lock()
        """Tests run side by side, and a look that waits for its turn is none that hangs."""

    async def measures(self, topic: str) -> Mapping[str, Quantity]:
        """Raises LookupError for a topic that is none."""
        look = self._looks().get(topic)
        if look is None:
            raise LookupError(f"there is no look called {topic}")
        try:
            async with self._turn:
                return await self._aside.call(look, MUCH_WITHIN_S if topic in MUCH else LOOK_WITHIN_S)
        except TimeoutError:
            return {"problem": "the system did not answer in time"}
        except StillBusy:
            return {"problem": "an earlier look still hangs in the system"}
        except OSError as error:
            return {"problem": error.strerror or str(error)}
        except ValueError as error:
            return {"problem": f"a file of the system is written otherwise than expected ({error})"}

    def _looks(self) -> Mapping[str, Callable[[], Mapping[str, Quantity]]]:
        root, folder, utc_ms = self._places.root, self._places.storage, self._clock.now().utc_ms
        return {
            "storage": partial(storage.space, folder),
            "write": partial(storage.write, folder, lambda: self._clock.now().monotonic_s),
            "wear": partial(storage.wear, folder, root),
            "rtc": partial(timekeeping.rtc, root, utc_ms),
            "time": partial(timekeeping.time, root, utc_ms),
            "soc": partial(soc.soc, root),
            "link": partial(own_link.link, root),
            "address": partial(own_link.address, root),
            "names": partial(own_link.names, root),
            "software": partial(release.software, self._places.software),
            "keys": lambda: key_files.modes(self._secrets(), self._places.below),
        }
