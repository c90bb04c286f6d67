"""A PostgreSQL of one's own: a cluster in a folder, reached by its socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

FOLDERS = ("/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/15/bin", "/usr/local/bin", "/usr/bin")
WITHIN_S = 30


def binaries() -> Path | None:
    """Where initdb and pg_ctl lie; None where there is no server on this machine, or nobody it could run as."""
    if os.geteuid() == 0 and (_unprivileged() is None or shutil.which("setpriv") is None):
        return None
    return next((Path(one) for one in FOLDERS if (Path(one) / "initdb").exists()), None)


def _unprivileged() -> pwd.struct_passwd | None:
    """The server refuses to run as root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


class Cluster:
    """Started by `start`, away after `stop`, gone after `remove`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = Path(tempfile.mkdtemp(prefix="evse-pg-"))
        self._as: list[str] = []
        person = _unprivileged() if os.geteuid() == 0 else None
        if person is not None:
            os.chown(self.root, person.pw_uid, person.pw_gid)
            self._as = ["setpriv", f"--reuid={person.pw_uid}", f"--regid={person.pw_gid}", "--clear-groups"]
        self._run("initdb", "--no-sync", "-A", "trust", "-U", "evse", "-E", "UTF8", str(self.root / "data"))

    @property
    def url(self) -> str:
        return f"postgresql://evse@/postgres?host={self.root}"

    def start(self) -> None:
        settings = f"-c listen_addresses= -k {self.root} -c fsync=off -c max_connections=20"
        self._run("pg_ctl", "-D", str(self.root / "data"), "-w", "-l", str(self.root / "log"), "-o", settings, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.root / "data"), "-w", "-m", "immediate", "stop")

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._folder / program), *arguments]
        done = subprocess.run(
            command, cwd=self.root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=WITHIN_S, check=False
        )
        assert done.returncode == 0, f"{program} ended with {done.returncode}"
