"""What only several keys of `[transfer]` together show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.tables import TableProblem


def transfer_problems(transfer: Mapping[str, object], folder: Path) -> Iterator[TableProblem]:
    """By sftp only servers that are known, and no secret that everybody can read."""
    schemes = transfer.get("schemes")
    if isinstance(schemes, list) and "sftp" in schemes and "sftp_known_hosts_file" not in transfer:
        yield TableProblem(
            ("transfer", "sftp_known_hosts_file"),
            "is missing; no server is believed at first sight, write the path of a file with its line of ssh-keyscan",
        )
    for key in ("sftp_key_file", "sftp_password_file"):
        named = transfer.get(key)
        file = folder / named if isinstance(named, str) else None
        if file is not None and file.is_file() and file.stat().st_mode & 0o007:
            yield TableProblem(("transfer", key), f"{file} can be read by everybody; chmod 600 it")
