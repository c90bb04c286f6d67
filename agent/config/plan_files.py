"""The plan on the charger: one drop-in of the site file, exchanged whole, with the former one kept behind it.

`site.toml.d/50-plan.toml` is all that a plan changes. Its first lines name the drop-in that was there before, which
lies under its hash in `former/`, where nobody reads it as configuration. One rename decides: after a power cut the old
plan holds or the new one does, and either knows its former. Going back writes those very bytes again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agent.config.load import of_document
from agent.config.model import StationConfig
from agent.config.ports import DriverCatalogue
from agent.errors import BadRequest, Busy
from agent.tables import KeyPath
from agent.toml_files.reader import drop_ins_of, read

NAME = "50-plan.toml"
CONNECTION = "40-connection.toml"
"""What `evsectl ocpp connect` writes: read before the plan, which has the last word."""
MOST_BYTES = 64 << 10
_FORMER = re.compile(r"^# former: (none|[0-9a-f]{64})$", re.MULTILINE)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def as_toml(table: Mapping[str, Any]) -> str:
    """The table as TOML; tables in arrays are inline."""
    return "".join(f"{line}\n" for line in _lines(table, ()))


def _lines(table: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    if at and (plain or not table):
        yield f"[{'.'.join(_key(part) for part in at)}]"
    for key, value in plain.items():
        yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _lines(value, (*at, key))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(_value(one) for one in value)}]"
        case dict():
            return f"{{{', '.join(f'{_key(key)} = {_value(one)}' for key, one in value.items())}}}"
        case _:
            return str(value)


def _text(text: str) -> str:
    # JSON's escapes are TOML's, but for the one character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


class PlanFiles:
    """Those of one charger, or with another `name` those of another drop-in that is exchanged in the same way.

    `what` it holds, in words. Everything here may wait for the disk.
    """

    def __init__(self, site_file: Path, name: str = NAME, *, what: str = "plan") -> None:
        self._site_file = site_file
        self._what = what
        self.folder = site_file.with_name(f"{site_file.name}.d")
        self.drop_in = self.folder / name

    def text(self) -> str | None:
        """What is applied now; None where no plan is."""
        try:
            return self.drop_in.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise BadRequest(f"{self.drop_in} cannot be read ({error}); look at it, and at its owner") from error

    def of_plan(
        self, plan: str, now: str | None, *, by: str = "evsectl plan apply. Change the plan and apply it anew"
    ) -> str:
        """The drop-in of a plan's text on top of what is applied now."""
        former = "none" if now is None else _hash(now)
        return f"# Written by: {by}; what is written here is lost then.\n# former: {former}\n{plan}"

    def former_of(self, now: str) -> str | None:
        """What was applied before; None where there was no plan. Raises BadRequest where that is not known."""
        named = _FORMER.search(now)
        if named is None:
            raise BadRequest(f"{self.drop_in} does not say what was before it; write the {self._what} that shall hold")
        if named[1] == "none":
            return None
        file = self._former(named[1])
        try:
            former = file.read_bytes()
        except OSError as error:
            raise BadRequest(
                f"{file}, the {self._what} before, cannot be read ({error.strerror}); write it anew"
            ) from error
        if hashlib.sha256(former).hexdigest() != named[1]:
            raise BadRequest(
                f"{file} is not what was written before, somebody changed it; write the {self._what} that shall hold"
            )
        return former.decode("utf-8")

    def configuration_with(self, text: str | None, drivers: DriverCatalogue) -> StationConfig:
        """What would be in force with this drop-in, or without any, after a start. Raises ConfigError."""
        others = [path for path in drop_ins_of(self._site_file) if path != self.drop_in]
        drop_ins = others if text is None else sorted([*others, self.drop_in])
        unwritten = None if text is None else {self.drop_in: text}
        return of_document(read(self._site_file, *drop_ins, unwritten=unwritten), drivers)

    def overruled(self, text: str) -> Iterator[str]:
        """What the plan says and another drop-in, read after it, says otherwise: one line each."""
        others = [path for path in drop_ins_of(self._site_file) if path != self.drop_in]
        drop_ins = sorted([*others, self.drop_in])
        whole = read(self._site_file, *drop_ins, unwritten={self.drop_in: text})
        own = read(self.drop_in, unwritten={self.drop_in: text})
        for key, location in own.where.items():
            wanted, found = _at(own.table, key), _at(whole.table, key)
            if not isinstance(wanted, dict) and wanted != found:
                name = ".".join(str(part) for part in key)
                winner = whole.where.get(key, location)
                yield f"{winner}: {name}: this is read after the {self._what}, which says otherwise; remove it here"

    def put(self, text: str | None, *, instead_of: str | None) -> None:
        """Make it hold at the next start, durably. Raises OSError, and Busy where another was applied meanwhile."""
        now = self.text()
        if now != instead_of:
            raise Busy(f"somebody else wrote a {self._what} meanwhile; look at what holds now: evsectl config show")
        self.folder.mkdir(exist_ok=True)
        if now is not None:
            self._keep(now)
        if text is None:
            self.drop_in.unlink(missing_ok=True)
        else:
            _write(self.drop_in, text)
        _sync(self.folder)

    def _keep(self, now: str) -> None:
        file = self._former(_hash(now))
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            _write(file, now)
            _sync(file.parent)
            _sync(self.folder)

    def _former(self, digest: str) -> Path:
        return self.folder / "former" / f"{digest}.toml"


def _at(table: Mapping[str, Any], key: KeyPath) -> object:
    value: Any = table
    for part in key:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    with new.open("w", encoding="utf-8", newline="") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    new.replace(file)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
