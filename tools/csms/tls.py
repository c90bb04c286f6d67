"""TLS of the bench's central system: its own chain, whom it asks for a certificate, and what it still offers."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """`client_ca` None: chargers are not asked for a certificate (security profile 2)."""

    chain: Path
    key: Path
    client_ca: Path | None = None


def context(tls: ServerTls) -> ssl.SSLContext:
    """Raises OSError, of which ssl.SSLError is one."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(tls.chain, tls.key)
    if tls.client_ca is not None:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(tls.client_ca)
    return made
