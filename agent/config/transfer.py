"""`[transfer]`: the ways for files."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

from agent.tables import Within
from agent.values import frozen


class TransferScheme(Enum):
    """A way for files. HTTP and FTP show everything, passwords too, to everybody on the way."""

    HTTPS = "https"
    FTPS = "ftps"
    SFTP = "sftp"
    HTTP = "http"
    FTP = "ftp"


class HttpUpload(Enum):
    """How a file is sent by http and https."""

    PUT = "put"
    POST = "post"


@frozen(kw_only=True)
class TransferConfig:
    """Files that the central system has sent to it, or fetched for it.

    `allow_private_addresses`: also to and from machines that are not in the internet, and this charger itself.
    `ca_file`: authorities beside the system's. Sizes in megabytes. sftp: only known hosts, in OpenSSH's format.
    """

    schemes: tuple[TransferScheme, ...] = (TransferScheme.HTTPS, TransferScheme.FTPS)
    http_upload: HttpUpload = HttpUpload.PUT
    allow_private_addresses: bool = False
    ca_file: Path | None = None
    largest_upload_mb: Annotated[int, Within(1, 1000, "MB")] = 20
    largest_download_mb: Annotated[int, Within(1, 100_000, "MB")] = 1024
    sftp_known_hosts_file: Path | None = None
    sftp_key_file: Path | None = None
    sftp_password_file: Path | None = None
