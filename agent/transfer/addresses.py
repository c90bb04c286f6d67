"""Where a file is sent or fetched: an address taken apart, and what may be reached at all. Pure.

The address comes from the network, so it is a way into the charger's own surroundings unless something bars it
(security.md section 8): only known schemes, never this machine or its neighbours unless the site says so.
"""

from __future__ import annotations

import ipaddress
import re
from enum import Enum
from urllib.parse import quote, unquote, urljoin, urlsplit

from agent.errors import BadAddress, UnknownScheme
from agent.secret import Secret
from agent.values import frozen

LONGEST_ADDRESS = 2048
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_KEPT_IN_PATH = "/%:@!$&'()*+,;=~-._"


class Scheme(Enum):
    """How a file travels."""

    HTTPS = "https"
    FTPS = "ftps"
    SFTP = "sftp"
    HTTP = "http"
    FTP = "ftp"


DEFAULT_PORTS = {Scheme.HTTPS: 443, Scheme.HTTP: 80, Scheme.FTPS: 21, Scheme.FTP: 21, Scheme.SFTP: 22}
FTP_KIND = (Scheme.FTP, Scheme.FTPS)


@frozen(kw_only=True)
class Address:
    """`path` and `query` as they go over the wire, percent-encoded; a folder's path ends in "/"."""

    scheme: Scheme
    host: str
    port: int
    path: str
    query: str = ""
    user: str = ""
    password: Secret | None = None

    @property
    def is_folder(self) -> bool:
        return self.path.endswith("/")

    @property
    def target(self) -> str:
        """Path and query, as a request names them."""
        return self.path + (f"?{self.query}" if self.query else "")

    @property
    def where(self) -> str:
        """For a person: no password, no path, which may hold one too."""
        return f"{self.scheme.value}://{self.host}:{self.port}"

    def plain_path(self) -> str:
        """The path as a name on an FTP server. Raises BadAddress for one with a line break in it."""
        path = unquote(self.path)
        if any(ord(letter) < 0x20 or letter == "\x7f" for letter in path):
            raise BadAddress(f"{self.where}: the path holds control characters")
        return path

    def named(self, file_name: str) -> Address:
        """The address of a file in this folder; of a file, itself."""
        if not self.is_folder:
            return self
        return self._at(self.path + quote(file_name), self.query)

    def redirected(self, location: str) -> Address:
        """Where a server sends us instead; same scheme, credentials only for the same server. Raises TransferError."""
        other = read_address(urljoin(f"{self.where}{self.target}", location), (self.scheme,))
        if (other.host, other.port) != (self.host, self.port):
            return other
        return self._at(other.path, other.query)

    def _at(self, path: str, query: str) -> Address:
        return Address(
            scheme=self.scheme,
            host=self.host,
            port=self.port,
            path=path,
            query=query,
            user=self.user,
            password=self.password,
        )


def read_address(text: str, allowed: tuple[Scheme, ...]) -> Address:
    """The address `text` names. Raises BadAddress or UnknownScheme, whose sentence never repeats it."""
    if len(text) > LONGEST_ADDRESS or _UNPRINTABLE.search(text) or not text.isascii():
        raise BadAddress("the address is too long, or holds blanks or foreign letters")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress("the address cannot be read") from error
    scheme = _scheme(parts.scheme, allowed)
    if not host:
        raise BadAddress("the address names no server")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if any(ord(letter) < 0x20 for letter in user + password):
        raise BadAddress("the name or the password in the address holds control characters")
    return Address(
        scheme=scheme,
        host=host,
        port=port or DEFAULT_PORTS[scheme],
        path=quote(parts.path, safe=_KEPT_IN_PATH) or "/",
        query=parts.query,
        user=user,
        password=Secret(password) if parts.password is not None else None,
    )


def _scheme(word: str, allowed: tuple[Scheme, ...]) -> Scheme:
    names = ", ".join(scheme.value for scheme in allowed) or "none"
    known = next((scheme for scheme in Scheme if scheme.value == word.lower()), None)
    if known is None:
        raise UnknownScheme(f"files travel by {names} here, and not by {word.lower()[:10]!r}")
    if known not in allowed:
        raise UnknownScheme(f"{known.value} is not allowed here, only {names}; check [transfer] schemes")
    return known


def objection_to_host(numeric: str) -> str:
    """Why the machine at a numeric address is none of the network's business; "" where it may be reached."""
    address = ipaddress.ip_address(numeric.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return objection_to_host(str(inner))
    if address.is_loopback or address.is_unspecified:
        return "it is this charger itself"
    if address.is_link_local:
        return "it is on the same wire"
    if address.is_multicast or not address.is_global:
        return "it belongs to a private network"
    return ""
