"""The file of the control socket: made so that nobody can connect too early, and never stolen from a living agent."""

from __future__ import annotations

import grp
import logging
import os
import socket
import stat
from pathlib import Path

from agent.control.roles import Role
from agent.errors import Busy

log = logging.getLogger(__name__)

MODE = 0o660
WAITING_CONNECTIONS = 16
LONGEST_PATH_BYTES = 107
"""`sun_path` of Linux, without its closing zero."""


def listening_socket(path: Path) -> socket.socket:
    """A socket that listens at `path`, in place of one that an earlier agent left. Raises Busy, with a sentence.

    It gets its mode under another name and is moved into place, so there is no moment at which everybody may connect.
    """
    _check_free(path)
    draft = path.with_name(path.name + ".new")
    if len(os.fsencode(draft)) > LONGEST_PATH_BYTES:
        raise Busy(f"{path}: longer than a socket's name can be; choose a shorter [control] socket")
    draft.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(draft))
        draft.chmod(MODE)
        _give_to_viewers(draft)
        bound.listen(WAITING_CONNECTIONS)
        bound.setblocking(False)
        draft.rename(path)
    except OSError as error:
        bound.close()
        draft.unlink(missing_ok=True)
        raise Busy(f"{path}: no socket can be made here ({error.strerror}); check the folder and its owner") from error
    return bound


def _check_free(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise Busy(f"{path}: cannot be looked at ({error.strerror}); check the folder and its owner") from error
    if not stat.S_ISSOCK(mode):
        raise Busy(f"{path}: there is a file that is no socket; move it away, or name another [control] socket")
    if _answers(path):
        raise Busy(f"{path}: another agent answers there; stop it, or name another [control] socket")


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except BlockingIOError:
            return True  # it listens, and its queue is full
        except OSError:
            return False
    return True


def _give_to_viewers(path: Path) -> None:
    """The lowest role's group may connect; whoever has a higher one is a member of it as well."""
    try:
        os.chown(path, -1, grp.getgrnam(Role.VIEWER.group).gr_gid)
    except KeyError:
        log.debug("there is no group of viewers", extra={"group": Role.VIEWER.group})
    except PermissionError:
        log.warning("control socket keeps the agent's own group", extra={"wanted": Role.VIEWER.group})
