"""The file of a support engineer: which broker, which key, which history. Every mistake at once, with its line."""

from __future__ import annotations

import os
import pwd
from dataclasses import field, replace
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from agent.config.mqtt import DEFAULT_PREFIX, LEVELS, PORTS
from agent.config.support import KEY_ID, RoleWord
from agent.secret import Secret
from agent.tables import Spelled, Within, bind
from agent.toml_files.problems import raise_if_any
from agent.toml_files.reader import read
from agent.values import frozen
from tools.support.failures import WrongUse

DEFAULT_FILE = Path("~/.config/evse-support/support.toml")
DEFAULT_HISTORY = "sqlite:~/.local/share/evse-support/history.db"
HISTORIES = ("sqlite", "postgresql", "postgres")
ROLES = tuple(one.value for one in RoleWord)
OTHERS_MAY = 0o077
EXAMPLE = """\
[broker]
url = "mqtts://broker.example:8883"
ca_file = "/etc/ssl/certs/broker-ca.pem"

[key]                                  # only who sends orders needs one: evse-support key new --out FILE
id = "anna-2026"
private_key_file = "~/.config/evse-support/anna.key"
role = "service"
"""


@frozen(kw_only=True)
class BrokerTable:
    """`url`: mqtts://host[:8883], or mqtt:// without encryption, which only a machine of one's own should see."""

    url: str
    ca_file: Path | None = None
    certificate_file: Path | None = None
    private_key_file: Path | None = None
    user: str = ""
    password_file: Path | None = None
    prefix: Annotated[str, Spelled(LEVELS, "levels of letters, digits and . _ : -, as evse")] = DEFAULT_PREFIX

    def __post_init__(self) -> None:
        parts = _parts(self.url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError(f'url: "{self.url}" is no address of a broker; write mqtts://HOST:8883')
        if parts.username or parts.password:
            raise ValueError("url: no name and no password in the address; write user = and password_file =")
        if (self.certificate_file is None) != (self.private_key_file is None):
            raise ValueError("certificate_file: a client certificate needs private_key_file beside it, and the reverse")
        if parts.scheme == "mqtt" and (self.ca_file or self.certificate_file):
            raise ValueError("url: certificates are for mqtts://, and this address is without encryption")
        if self.password_file is not None and not self.user:
            raise ValueError("user: is missing; a password alone is nobody's")

    @property
    def is_encrypted(self) -> bool:
        return _parts(self.url).scheme == "mqtts"

    @property
    def host(self) -> str:
        return _parts(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = _parts(self.url)
        return parts.port or PORTS[parts.scheme]


@frozen(kw_only=True)
class KeyTable:
    """`role`: what the chargers' keys file gives this key; they decide, here it is only told beforehand."""

    id: Annotated[str, KEY_ID]
    private_key_file: Path
    role: str = "viewer"

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f'role: there is no "{self.role}"; there are {", ".join(ROLES)}')


@frozen(kw_only=True)
class HistoryTable:
    """`url`: sqlite:FILE, or postgresql://HOST/DATABASE whose password stands in ~/.pgpass or a service file."""

    url: str = DEFAULT_HISTORY
    keep_days: Annotated[int, Within(1, 36_500, "days")] = 400

    def __post_init__(self) -> None:
        if _parts(self.url).scheme not in HISTORIES:
            raise ValueError(f'url: "{self.url}" is no history; write sqlite:FILE or postgresql://HOST/DATABASE')
        if _parts(self.url).password:
            raise ValueError("url: no password in the address; PostgreSQL reads it from ~/.pgpass")


@frozen(kw_only=True)
class CollectTable:
    """Collectors of one `group` share the fleet; each needs a `name` of its own, by which the broker keeps for it."""

    group: Annotated[str, Spelled(r"[A-Za-z0-9._-]{1,64}", "letters, digits and . _ -")] = "evse-support"
    name: str = ""
    queue: Annotated[int, Within(100, 1_000_000, "messages")] = 50_000


@frozen(kw_only=True)
class Settings:
    """All of it. `key` None: nothing can be ordered, all can be seen."""

    broker: BrokerTable
    key: KeyTable | None = None
    history: HistoryTable = field(default_factory=HistoryTable)
    collect: CollectTable = field(default_factory=CollectTable)


def load(file: Path | None) -> Settings:
    """Raises WrongUse where there is no file, ConfigError with every problem."""
    path = (file or DEFAULT_FILE).expanduser()
    if not path.exists():
        wanted = "--config" if file else "the usual place"
        raise WrongUse(f"{path} ({wanted}): there is no such file; write one, the least of it is:\n\n{EXAMPLE}")
    document = read(path)
    settings, problems = bind(Settings, document.table)
    document.problems.extend(problems if document.table or not document.problems else ())
    raise_if_any(document.problems)
    assert settings is not None
    return _beside(settings, path.absolute().parent)


def _beside(settings: Settings, folder: Path) -> Settings:
    """Relative paths count from the folder of the file that names them, wherever the person stands."""

    def placed(file: Path | None) -> Path | None:
        return None if file is None else folder / file.expanduser()

    broker, key = settings.broker, settings.key
    broker = replace(
        broker,
        ca_file=placed(broker.ca_file),
        certificate_file=placed(broker.certificate_file),
        private_key_file=placed(broker.private_key_file),
        password_file=placed(broker.password_file),
    )
    if key is not None:
        key = replace(key, private_key_file=folder / key.private_key_file.expanduser())
    return replace(settings, broker=broker, key=key, history=_history_beside(settings.history, folder))


def _history_beside(table: HistoryTable, folder: Path) -> HistoryTable:
    scheme, colon, file = table.url.partition(":")
    if scheme != "sqlite" or file.startswith("//"):
        return table
    return replace(table, url=f"{scheme}{colon}{folder / Path(file).expanduser()}")


def history_of(file: Path | None) -> HistoryTable:
    """The history alone; the default where no file was named and none is there."""
    if file is None and not DEFAULT_FILE.expanduser().exists():
        return HistoryTable()
    return load(file).history


def password(table: BrokerTable) -> Secret | None:
    """The first line of its file. Raises WrongUse."""
    if table.password_file is None:
        return None
    return Secret(private_text(table.password_file, "broker.password_file").split("\n", 1)[0].rstrip("\r"))


def private_text(file: Path, key: str) -> str:
    """What a file holds that nobody else may read. Raises WrongUse."""
    path = file.expanduser()
    try:
        mode = path.stat().st_mode
        if mode & OTHERS_MAY:
            raise WrongUse(f"{key}: others may read {path}; write: chmod 600 {path}")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WrongUse(f"{key}: there is no {path.absolute()}") from error
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "it is no text"
        raise WrongUse(f"{key}: {path} cannot be read: {what}") from error


def person() -> str:
    """Who sits here, for the record of cases."""
    named = os.environ.get("USER") or os.environ.get("LOGNAME")
    try:
        return named or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for one that is no number
    except ValueError as error:
        raise ValueError(f'url: "{url}" is no address: {error}') from error
    return parts
