"""Makes and sends the files the network asks for: one at a time, on record before it is promised."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from agent.core.maintenance import uploading
from agent.core.maintenance.uploading import Upload, Uploading
from agent.core.maintenance.uploads import UploadAnswer, UploadNotice, UploadRequest, UploadState, UploadVerdict
from agent.errors import AgentError, BadAddress, StoreError, TransferDenied, TransferRefused, UnknownScheme
from agent.maintenance.ports import Means, WriteFile
from agent.maintenance.waiting import unless, wait_for
from agent.maintenance.written import read_uploading, written
from agent.values import frozen

log = logging.getLogger(__name__)


@frozen
class Ended:
    """How a try ended. `word` is what is told unless another one follows."""

    word: UploadState
    may_retry: bool = False
    why: str = ""


class Uploader:
    """One for each way of asking (1.6: GetDiagnostics, GetLog). `run` is supervised; the rest may be called anytime."""

    def __init__(self, name: str, means: Means, write_file: WriteFile, *, station: str, is_log: bool) -> None:
        """`station` names the charger in the files' names."""
        self._key = f"Maintenance.{name}"
        self._means = means
        self._write_file = write_file
        self._station = station
        self._is_log = is_log
        self._state = read_uploading(means.shelf.all().get(self._key, ""))
        self._file = means.folder / f"{name}.upload"
        self._turn = asyncio.Lock()
        self._asked = asyncio.Event()

    async def request(self, request: UploadRequest) -> UploadAnswer:
        """Promise a file. On record when it returns. Raises StoreError."""
        name = uploading.file_name_of(request, self._station, self._means.clock.now())
        was_busy = self._state.upload is not None
        await self._change(lambda now: uploading.begun(now, request, name))
        self._asked.set()
        verdict = UploadVerdict.ACCEPTED_CANCELED if was_busy else UploadVerdict.ACCEPTED
        return UploadAnswer(verdict=verdict, file_name=name)

    def present(self) -> UploadNotice:
        return uploading.present(self._state, is_log=self._is_log)

    def next_notice(self) -> UploadNotice | None:
        return self._state.notices[0] if self._state.notices else None

    async def told(self, notice: UploadNotice) -> None:
        try:
            await self._change(lambda now: uploading.told(now, notice))
        except StoreError as error:
            log.warning("what was told of an upload could not be kept", extra={"error": str(error)})
            self._state = uploading.told(self._state, notice)

    async def run(self) -> None:
        """Send what is promised, for ever."""
        await self._change(uploading.resumed)
        _removed(self._file)
        while True:
            self._asked.clear()
            upload = self._state.upload
            if upload is None:
                await self._asked.wait()
            elif (wait_s := uploading.waits_s(upload, self._means.clock.now())) > 0:
                await wait_for(self._asked, wait_s)
            else:
                ended = await unless(self._asked, self._tried(upload))
                if ended is not None:
                    await self._took(upload, ended)

    async def _tried(self, upload: Upload) -> Ended:
        file = self._file
        try:
            self._means.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            await self._write_file(upload.request, file)
            await self._means.courier.send(file, upload.request.location, upload.file_name)
        except BadAddress as error:
            return Ended(UploadState.BAD_MESSAGE, why=str(error))
        except UnknownScheme as error:
            return Ended(UploadState.NOT_SUPPORTED, why=str(error))
        except TransferRefused as error:
            return Ended(UploadState.PERMISSION_DENIED, why=str(error))
        except TransferDenied as error:
            return Ended(UploadState.PERMISSION_DENIED, may_retry=True, why=str(error))
        except (AgentError, OSError) as error:
            return Ended(UploadState.FAILED, may_retry=True, why=str(error))
        finally:
            _removed(file)
        return Ended(UploadState.UPLOADED)

    async def _took(self, upload: Upload, ended: Ended) -> None:
        now = self._means.clock.now()

        def after(state: Uploading) -> Uploading:
            if state.upload != upload:
                return state
            if ended.word is UploadState.UPLOADED:
                return uploading.sent(state)
            return uploading.failed(state, ended.word, now, may_retry=ended.may_retry)

        await self._change(after)
        again = self._state.upload is not None
        word = "will be tried again" if again else ended.word.value
        self._means.premises.upload_told(word, upload.file_name, ended.why)

    async def _change(self, step: Callable[[Uploading], Uploading]) -> None:
        """One step, on record before it counts."""
        async with self._turn:
            after = step(self._state)
            if after == self._state:
                return
            await self._means.shelf.put({self._key: written(after)})
            self._state = after
        if after.notices:
            self._means.news()


def _removed(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        log.warning("a file could not be removed", extra={"file": file.name, "error": str(error)})
