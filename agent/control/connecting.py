"""The agent's half of `evsectl ocpp connect`: what was handed out is understood, tried, shown, and written after a yes.

The password goes from the person's terminal to a file that only the agent may read; it is in no answer, no log and no
event. Nothing is written before a form of the address has answered and the agent would start with it.
"""

from __future__ import annotations

import re
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.config import checks
from agent.config.connection_string import Connection, understood
from agent.config.plan_files import CONNECTION, PlanFiles, as_toml
from agent.control.plan_applying import changes, check_idle, confirm, judged, on_disk, put
from agent.control.verb import Arguments, Conversation
from agent.control.wire import Done
from agent.errors import BadRequest, StoreError
from agent.secret import Secret
from agent.values import frozen

if TYPE_CHECKING:
    from agent.config.model import OcppConfig, StationConfig
    from agent.control.ports import StationPort
    from agent.core.network_check.variants import Tried, Variant

ASKS_STRING, ASKS_PASSWORD = "connection string", "connection password"
INSTEAD = "the string, or --file FILE"
IDENTITY = re.compile(r"[^\s:/?#]{1,48}")
ASK, SECRETS = "ask", "secrets"
NO_LOGIN = (
    "it lets a charger in without a password, and over TLS this one logs in with a password or a certificate; ask the "
    "operator for a password, then connect again"
)


@frozen(kw_only=True)
class Login:
    """Who the charger is there. `file`: where the password lies on the charger, "" where it was typed or is none."""

    identity: str
    password: Secret | None
    file: str
    has_certificate: bool

    def profile(self, *, is_encrypted: bool) -> int:
        """The security profile of OCPP; TLS with neither password nor certificate has none, and is told as 2."""
        if is_encrypted:
            return 3 if self.password is None and self.has_certificate else 2
        return 0 if self.password is None else 1


async def connect(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """Understand, try, show, ask, write, read back, start anew."""
    from agent.core.network_check.variants import conclusion, variants

    check_idle(station)
    text = str(arguments.get("string", ASK))
    text = await conversation.ask(ASKS_STRING, instead=INSTEAD) if text == ASK else text
    found = understood(text)
    may_be_plain = _may_be_plain(station.config.ocpp, found.host)
    login = await _login(station.config, found, arguments, conversation)
    forms = variants(_said(found, may_be_plain=may_be_plain))
    await conversation.say({"understood": _shown(found, login, may_be_plain=may_be_plain)})
    tried: list[Tried] = []
    async with aclosing(station.connection_tries(forms, login.identity, login.password)) as each:
        async for one in each:
            tried.append(one)
            row = {"url": one.variant.endpoint(login.identity), "how": one.variant.how}
            await conversation.say({"tried": {**row, "verdict": one.verdict.value, "says": one.says}})
    good, next_words = conclusion(tried)
    if good is not None and good.is_encrypted and login.password is None and not login.has_certificate:
        good, next_words = None, NO_LOGIN
    if good is None:
        await conversation.say({"answered": None, "next": next_words})
        return Done({}, passed=False)
    await conversation.say({"answered": good.endpoint(login.identity), "how": good.how})
    rows = await _write(station, login, good, arguments, conversation)
    await conversation.say({"written": bool(rows), "changes": rows})
    return Done({})


async def undo(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """Back to the connection before, or to that of the site file alone, by those very bytes."""
    check_idle(station)
    files = _files(station)
    now = await on_disk(files.text)
    if now is None:
        raise BadRequest(f"no connection was written here, there is no {files.drop_in}; nothing to undo")
    former = await on_disk(lambda: files.former_of(now))
    wanted = await judged(station, files, former)
    rows = changes(station.config, wanted)
    await confirm(rows, arguments, conversation, what="go back to the connection before")
    await put(station, files, (former, now), wanted)
    return Done({"written": True, "changes": rows})


def _files(station: StationPort) -> PlanFiles:
    return PlanFiles(station.config.site_file, CONNECTION, what="connection")


def _may_be_plain(ocpp: OcppConfig | None, host: str) -> bool:
    """Where the site file allows it, and the charger is not better protected already."""
    if ocpp is None:
        return checks.is_loopback(host)
    return ocpp.security_profile < 2 and (ocpp.allow_insecure or checks.is_loopback(host))


def _said(found: Connection, *, may_be_plain: bool) -> Any:
    from agent.core.network_check.variants import Said

    return Said(
        host=found.host,
        scheme=found.scheme,
        port=found.port,
        path=found.path,
        place=found.place,
        has_slash=found.has_slash,
        may_be_plain=may_be_plain,
    )


async def _login(config: StationConfig, found: Connection, arguments: Arguments, conversation: Conversation) -> Login:
    """Raises BadRequest for a name or a password that cannot be one."""
    before = "" if config.ocpp is None else config.ocpp.identity
    identity = str(arguments.get("identity", "")) or found.identity or before
    if not identity:
        raise BadRequest("it names no charger; write --identity NAME, as the central system knows it")
    if not IDENTITY.fullmatch(identity):
        raise BadRequest(
            f'"{identity[:60]}" is no name of a charger: up to 48 characters, no space, colon, slash, ?, #'
        )
    file, password = str(arguments.get("password_file", "")), found.secret
    if file:
        password = await on_disk(lambda: _read(config.site_file.parent / file))
    has_certificate = config.tls.client_certificate_file is not None
    if password is None and not has_certificate and found.scheme != "ws":
        password = Secret(await conversation.ask(ASKS_PASSWORD, instead="--password-file FILE"))
    password = password if password is not None and password.reveal() else None
    if password is not None:
        for problem in await on_disk(lambda: _problems(password, config.site_file.parent / file if file else None)):
            raise BadRequest(f"{problem}; nothing was tried")
    return Login(identity=identity, password=password, file=file, has_certificate=has_certificate)


def _problems(password: Secret, file: Path | None) -> list[str]:
    text = password.reveal()
    if file is None:
        return list(checks.password_text_problems(text, "what was handed out"))
    return list(checks.password_problems(text, file))


def _read(file: Path) -> Secret:
    try:
        return Secret(file.read_text(encoding="utf-8").strip())
    except OSError as error:
        why = error.strerror or str(error)
        raise BadRequest(f"--password-file: {file} cannot be read on the charger ({why}); look at it") from error
    except UnicodeDecodeError:
        # Not chained: the library's error holds what stands in the file.
        raise BadRequest(f"--password-file: {file} on the charger is no text; look at it") from None


def _shown(found: Connection, login: Login, *, may_be_plain: bool) -> dict[str, Any]:
    port = "" if found.port is None else f":{found.port}"
    notes = list(found.notes)
    if found.scheme == "ws" and not may_be_plain:
        notes.append(
            "ws:// would have everything said in the clear: only TLS is tried. allow_insecure in the site file allows "
            "the other where the network itself is protected"
        )
    return {
        "host": f"{found.host}{port}",
        "scheme": found.scheme or None,
        "path": "/".join(found.path) or None,
        "identity": login.identity,
        "password": f"in {login.file}" if login.file else ("given, not shown" if login.password else "none"),
        "notes": notes,
    }


async def _write(
    station: StationPort, login: Login, good: Variant, arguments: Arguments, conversation: Conversation
) -> list[dict[str, Any]]:
    """What changed; nothing where the charger connects like this already. A typed password is written first."""
    files, secret = _files(station), None
    now = await on_disk(files.text)
    file = login.file or _file_in_use(station.config.ocpp, login)
    if not file and login.password is not None:
        file = await _keep_secret(station, files, login.password)
        secret = station.config.site_file.parent / file
    try:
        text = files.of_plan(
            as_toml({"ocpp": _table(good, login, file)}), now, by="evsectl ocpp connect. Connect anew to change it"
        )
        wanted = await judged(station, files, text)
        rows = changes(station.config, wanted)
        if rows:
            await confirm(rows, arguments, conversation, what="connect like this from now on")
            await put(station, files, (text, now), wanted)
    except BaseException:
        if secret is not None:
            secret.unlink(missing_ok=True)
        raise
    return rows


def _file_in_use(ocpp: OcppConfig | None, login: Login) -> str:
    """The same password needs no second file."""
    is_same = ocpp is not None and login.password is not None and ocpp.password == login.password
    return str(ocpp.password_file) if ocpp is not None and is_same and ocpp.password_file is not None else ""


def _table(good: Variant, login: Login, file: str) -> dict[str, Any]:
    table: dict[str, Any] = {
        "version": "1.6",
        "url": good.url,
        "identity": login.identity,
        "security_profile": login.profile(is_encrypted=good.is_encrypted),
    }
    return table | ({"password_file": file} if file else {})


async def _keep_secret(station: StationPort, files: PlanFiles, password: Secret) -> str:
    """Its place, as the site file names it; readable by the agent alone. Former ones stay, for `undo`."""
    from agent.ids import Ids
    from agent.security import private_files

    name = f"{files.folder.name}/{SECRETS}/ocpp-{Ids().transaction_key()[:8]}.key"
    place = station.config.site_file.parent / name
    try:
        await on_disk(lambda: private_files.write(place, password.reveal()))
    except OSError as error:
        raise StoreError(
            f"the password cannot be kept in {place.parent}: {error.strerror}; look at the disk"
        ) from error
    return name
