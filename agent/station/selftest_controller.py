"""The controller as the self-tests look at it: what Linux tells, and what this program knows of updates and keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agent.clock import Clock
from agent.config.model import StationConfig
from agent.core.commissioning.model import Quantity
from agent.errors import SecurityError
from agent.host.controller import ROOT, LinuxController, Places
from agent.host.files import known
from agent.ocpp_client.causes import LinkFailed
from agent.ocpp_client.link import LinkOptions
from agent.security import certificates, keys
from agent.security.certificate_store import FOLDER as CERTIFICATES
from agent.station.installers import installer_of
from agent.station.network import Network

FACTORY_WORDS = frozenset({"password", "passwort", "changeme", "secret", "admin", "default", "ocpp", "test", "1234"})
"""What devices leave a factory with."""


class ControllerOnTest:
    """One object a run."""

    def __init__(self, config: StationConfig, clock: Clock, network: Network, root: Path = ROOT) -> None:
        self._config = config
        self._network = network
        below = (config.storage.path / CERTIFICATES,)
        self._linux = LinuxController(Places(storage=config.storage.path, root=root, below=below), clock, self._secrets)

    async def measures(self, topic: str) -> Mapping[str, Quantity]:
        """Raises LookupError for a topic that is none."""
        match topic:
            case "update":
                return {**self._update(), **await self._linux.measures("storage")}
            case "keys":
                return {**await self._linux.measures("keys"), **await self._shown()}
            case _:
                return await self._linux.measures(topic)

    def _secrets(self) -> dict[str, Path]:
        ocpp, tls, transfer = self._config.ocpp, self._config.tls, self._config.transfer
        named = {
            "the password": None if ocpp is None else ocpp.password_file,
            "the client key": tls.client_key_file,
            "the sftp key": transfer.sftp_key_file,
            "the sftp password": transfer.sftp_password_file,
        }
        for number, slot in enumerate(() if ocpp is None else ocpp.slots, start=2):
            named |= {
                f"the password of slot {number}": slot.password_file,
                f"the key of slot {number}": slot.client_key_file,
            }
        return {name: file for name, file in named.items() if file is not None}

    def _update(self) -> dict[str, Quantity]:
        """objection: why nothing can be installed; has_root, root_problem: of the manufacturer's certificate."""
        root, problem = self._config.tls.manufacturer_root_file, ""
        if root is not None:
            try:
                certificates.read_one(root.read_text(encoding="ascii"))
            except (OSError, UnicodeDecodeError, SecurityError) as error:
                problem = str(error)
        return known(
            objection=installer_of(self._config).objection,
            installer=self._config.firmware.installer.value,
            has_root=root is not None and not problem,
            root_problem=problem or None,
            most_mb=self._config.transfer.largest_download_mb,
            accepts_unsigned=root is None or self._config.firmware.accept_unsigned_orders,
        )

    async def _shown(self) -> dict[str, Quantity]:
        """password_is_weak; of the certificate that the next connection shows: its end, whether its key fits."""
        if self._config.ocpp is None:
            return {}
        try:
            options = await self._network.preview(None)
        except LinkFailed as failure:
            return {"problem": str(failure)}
        password = None if options.password is None else options.password.reveal()
        own = {options.identity, self._config.station.serial_number, *FACTORY_WORDS}
        weak = None if password is None else password.lower() in {word.lower() for word in own if word}
        return known(password_is_weak=weak) | _own_certificate(options)


def _own_certificate(options: LinkOptions) -> dict[str, Quantity]:
    chain_file, key_file = options.trust.certificate_file, options.trust.key_file
    if chain_file is None or key_file is None:
        return {}
    try:
        leaf = certificates.read_chain(chain_file.read_text(encoding="ascii"))[0]
        own_key = keys.public_part(key_file.read_text(encoding="ascii"))
    except (OSError, ValueError, TypeError, SecurityError) as error:
        return {"certificate_problem": f"{chain_file.name} and {key_file.name}: {error}"}
    return {
        "certificate": str(chain_file),
        "certificate_ends_ms": certificates.validity(leaf).not_after_ms,
        "certificate_fits_key": certificates.has_key(leaf, own_key),
    }
