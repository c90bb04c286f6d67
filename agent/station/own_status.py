"""The status of the station as a whole (connector 0 of OCPP 1.6): in service or not, and if list and network agree.

What the network says of a card is compared with what its own list says of it (ocpp16.md section 4, LocalListConflict).
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.authorization import contradicts
from agent.core.availability import StatusReport, station_status
from agent.core.identity import IdToken
from agent.ocpp_client.ports import AuthorizationAnswer
from agent.station.network import Network
from agent.station.station import Station

LIST_CONFLICT = "auth.list_conflict"
MOST_CONFLICTS = 100
"""Cards; of more those found first are forgotten."""


class OwnStatus:
    """One object a run. Conflicts are not kept over a restart: the next word on the card finds them again."""

    def __init__(self, station: Station, link: Network) -> None:
        self._station = station
        self._network = link
        self._conflicts: dict[str, str] = {}
        """Cards, folded, and what was said of each; the newest last."""
        self._told = self._now()

    def report(self) -> StatusReport:
        """The status, and since when it is so."""
        now = self._now()
        is_same = replace(now, at=self._told.at) == self._told
        return self._told if is_same else now

    def changed(self) -> None:
        """It may be another than before: the network hears of it."""
        self._told = self.report()
        self._network.status_changed(self._told)

    def list_changed(self) -> None:
        """The network sent its list anew, or switched it off: what it contradicted is gone."""
        self._conflicts.clear()
        self.changed()

    async def token_judged(self, token: IdToken, answer: AuthorizationAnswer) -> None:
        """The network said something about a card. Raises StoreError."""
        if not self._station.settings.local_list_enabled:
            return
        listed = (await self._station.store.tokens.find(token)).listed
        is_known = self._conflicts.pop(token.folded, None) is not None
        if listed is not None and contradicts(listed, answer, self._station.clock.now()):
            self._conflicts[token.folded] = f"{token.masked}: {listed.status.value}, then {answer.status.value}"
            if len(self._conflicts) > MOST_CONFLICTS:
                del self._conflicts[next(iter(self._conflicts))]
            if not is_known:
                self._station.tell(
                    "list.contradicted", token=token.masked, listed=listed.status.value, said=answer.status.value
                )
        self.changed()

    def _now(self) -> StatusReport:
        newest = next(reversed(self._conflicts.values()), "")
        return StatusReport(
            connector=None,
            status=station_status(operative=self._station.store.latches.operative(None)),
            at=self._station.clock.now(),
            fault_ids=(LIST_CONFLICT,) if newest else (),
            info=newest,
        )
