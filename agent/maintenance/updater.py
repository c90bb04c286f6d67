"""Carries an update of the firmware out, phase by phase; what comes next is decided in core/maintenance/updating.py."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from agent.core.maintenance import updating
from agent.core.maintenance.updates import FirmwareNotice, UpdateRequest, UpdateVerdict
from agent.core.maintenance.updating import Flaw, Outcome, Phase, Update, Updating
from agent.errors import AgentError, BadAddress, InstallerError, StoreError, TransferRefused, UnknownScheme
from agent.firmware_update.installer import Installer
from agent.maintenance.ports import Means, Trust
from agent.maintenance.waiting import unless, wait_for
from agent.maintenance.written import read_updating, written

log = logging.getLogger(__name__)

KEY = "Maintenance.Update"
LOOKS_EVERY_S = 2.0
"""For the last car to have left, and for the time to have come."""
LONGEST_WAIT_S = 600.0
"""The clock may be set meanwhile."""
RESTARTS_WITHIN_S = 300.0
"""Asked for again then; charges are ended first, and that takes its time."""

Step = Callable[[Updating], Updating]


class Updater:
    """`run` is supervised; the rest may be called anytime. `new_name` gives names that never repeat."""

    def __init__(self, means: Means, installer: Installer, trust: Trust, new_name: Callable[[], str]) -> None:
        self._means = means
        self._installer = installer
        self._trust = trust
        self._new_name = new_name
        self._state = read_updating(means.shelf.all().get(KEY, ""))
        self._turn = asyncio.Lock()
        self._ordered = asyncio.Event()
        self._image = means.folder / "firmware.image"
        self._is_settled = False
        self._is_held = False

    @property
    def objection(self) -> str:
        """Why nothing can be installed here, as a sentence; "" where it can."""
        return self._installer.objection

    async def order(self, request: UpdateRequest) -> UpdateVerdict:
        """Take an order. On record when it returns. Raises StoreError."""
        if self.objection or not updating.may_be_replaced(self._state):
            return UpdateVerdict.REJECTED
        if request.signed is not None and (why := await self._trust.objection_to_signer(request.signed)):
            self._means.premises.firmware_told(UpdateVerdict.INVALID_CERTIFICATE.value, why)
            return UpdateVerdict.INVALID_CERTIFICATE
        was_busy = self._state.update is not None
        name, now = self._new_name(), self._means.clock.now()

        def taken(state: Updating) -> Updating:
            # Looked at again: the installation may have begun while the certificate was judged.
            return updating.ordered(state, request, now, name) if updating.may_be_replaced(state) else state

        await self._change(taken)
        if self._state.update is None or self._state.update.name != name:
            return UpdateVerdict.REJECTED
        self._ordered.set()
        return UpdateVerdict.ACCEPTED_CANCELED if was_busy else UpdateVerdict.ACCEPTED

    def present(self, *, is_signed: bool) -> FirmwareNotice:
        return updating.present(self._state, is_signed=is_signed)

    def next_notice(self) -> FirmwareNotice | None:
        return self._state.notices[0] if self._state.notices else None

    async def told(self, notice: FirmwareNotice) -> None:
        try:
            await self._change(lambda now: updating.told(now, notice))
        except StoreError as error:
            log.warning("what was told of an update could not be kept", extra={"error": str(error)})
            self._state = updating.told(self._state, notice)

    async def run(self) -> None:
        """Carry out what is ordered, for ever."""
        await self._settle()
        while True:
            self._ordered.clear()
            now = self._means.clock.now()
            # What was asked for a moment ago may still lie before a connector: free counts from the next look on.
            is_free = self._hold(updating.holds_connectors(self._state, now)) and self._means.premises.is_free()
            await self._change(lambda state: updating.time_passed(state, now, is_free=is_free))  # noqa: B023 - at once
            update = self._state.update
            work = None if update is None else self._work(update)
            if update is None or work is None:
                await self._rest(update)
            elif update.phase is Phase.INSTALLING:
                await self._took(update, await work)
            elif (step := await unless(self._ordered, work)) is not None:
                await self._took(update, step)

    def _hold(self, is_held: bool) -> bool:
        """Hold the connectors, or let them go; whether they have been held for a while."""
        was_held, self._is_held = self._is_held, is_held
        if was_held != is_held:
            self._means.premises.hold(is_held)
        return was_held and is_held

    async def _settle(self) -> None:
        """Once, after the start: go on where the last run of the program ended."""
        update = self._state.update
        if self._is_settled:
            return
        if update is None:
            self._is_settled = True
            self._tidy()
            return
        outcome = Outcome.UNKNOWN
        if update.phase in (Phase.INSTALLING, Phase.REBOOTING):
            outcome = await self._installer.outcome(update.name)
        await self._took(update, lambda state: updating.resumed(state, outcome))
        self._is_settled = True

    def _work(self, update: Update) -> Coroutine[Any, Any, Step] | None:
        """What is to be done now; None where time has to pass."""
        match update.phase:
            case Phase.DOWNLOADING:
                waits = updating.waits_s(update, self._means.clock.now()) > 0
                return None if waits and update.failures else self._download(update)
            case Phase.CHECKING:
                return self._check(update)
            case Phase.INSTALLING:
                return self._install(update)
            case Phase.REBOOTING:
                return self._restart()
            case Phase.SCHEDULED | Phase.READY:
                return None

    async def _rest(self, update: Update | None) -> None:
        if update is None:
            await self._ordered.wait()
        elif update.phase is Phase.READY:
            await wait_for(self._ordered, LOOKS_EVERY_S)
        else:
            due_s = updating.waits_s(update, self._means.clock.now())
            await wait_for(self._ordered, min(max(0.1, due_s), LONGEST_WAIT_S))

    async def _download(self, update: Update) -> Step:
        part = self._means.folder / f"firmware-{update.name}.part"
        try:
            self._means.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._tidy(but=part.name)
            await self._means.courier.fetch(update.request.location, part)
            part.replace(self._image)
        except (BadAddress, UnknownScheme, TransferRefused) as error:
            return self._failed_download(str(error), may_retry=False)
        except (AgentError, OSError) as error:
            return self._failed_download(str(error), may_retry=True)
        return updating.downloaded

    def _failed_download(self, why: str, *, may_retry: bool) -> Step:
        self._means.premises.firmware_told("download failed", why)
        now = self._means.clock.now()
        return lambda state: updating.download_failed(state, now, may_retry=may_retry)

    async def _check(self, update: Update) -> Step:
        flaw, why = None, ""
        try:
            if update.request.signed is not None:
                why = await self._trust.objection_to_image(self._image, update.request.signed)
                flaw = Flaw.SIGNATURE if why else None
            if flaw is None and (why := await self._installer.check(self._image)):
                flaw = Flaw.IMAGE
        except (AgentError, OSError) as error:
            flaw, why = Flaw.IMAGE, str(error)
        if flaw is not None:
            self._means.premises.firmware_told(f"bad {flaw.value}", why)
        now, is_free = self._means.clock.now(), self._means.premises.is_free()
        return lambda state: updating.checked(state, flaw, now, is_free=is_free)

    async def _install(self, update: Update) -> Step:
        try:
            outcome = await self._installer.install(self._image, update.name)
        except (InstallerError, OSError) as error:
            self._means.premises.firmware_told("installation failed", str(error))
            outcome = Outcome.FAILED
        return lambda state: updating.installed(state, outcome)

    async def _restart(self) -> Step:
        self._means.premises.restart()
        await asyncio.sleep(RESTARTS_WITHIN_S)
        return lambda state: state

    async def _took(self, update: Update, step: Step) -> None:
        """The outcome of work on `update`; it counts unless another order came meanwhile."""

        def after(state: Updating) -> Updating:
            return step(state) if state.update == update else state

        await self._change(after)

    async def _change(self, step: Step) -> None:
        """One step, on record before it counts."""
        async with self._turn:
            after = step(self._state)
            if after == self._state:
                return
            await self._means.shelf.put({KEY: written(after)})
            before, self._state = self._state, after
        for notice in after.notices[len(before.notices) :]:
            self._means.premises.firmware_told(notice.state.value, "")
        if after.update is None and before.update is not None:
            self._tidy()
        if after.notices:
            self._means.news()

    def _tidy(self, but: str = "") -> None:
        """Nothing is left of an update that is over, nor of the half of another."""
        try:
            for left in (self._image, *self._means.folder.glob("firmware-*.part*")):
                if not but or not left.name.startswith(but):
                    left.unlink(missing_ok=True)
        except OSError as error:
            log.warning("files of an update could not be removed", extra={"error": str(error)})
