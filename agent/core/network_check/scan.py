"""The Wi-Fi networks that are heard at the charger. Pure."""

from __future__ import annotations

from agent.values import frozen


@frozen(kw_only=True)
class Heard:
    """One network's station. Its strength is told in dBm, or in percent of a scale of NetworkManager's own."""

    name: str | None
    frequency_mhz: int | None = None
    level_dbm: float | None = None
    signal_percent: int | None = None
    security: str = ""
    is_own: bool = False
    """The one that this charger is connected to."""

    @property
    def strength(self) -> float:
        """To put those in order that one program told."""
        if self.level_dbm is not None:
            return self.level_dbm
        return float("-inf") if self.signal_percent is None else self.signal_percent


@frozen(kw_only=True)
class Scan:
    """One interface's look around. `by`: the program that looked; `problem`: why nobody did, "" where one did."""

    interface: str
    by: str = ""
    heard: tuple[Heard, ...] = ()
    problem: str = ""
