"""Commands about keys, certificates and logins: the security extension as a central system uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.csms.arguments import Arguments, BadCommand
from tools.csms.server import CentralSystem
from tools.csms.verbs.calls import sends
from tools.csms.verbs.verb import Outcome, Verb

if TYPE_CHECKING:
    from tools.csms.authority import Authority

ROOT_USES = ("CentralSystemRootCertificate", "ManufacturerRootCertificate")


def install_certificate(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    use = arguments.choice("use", ROOT_USES, ROOT_USES[0])
    return "InstallCertificate", {"certificateType": use, "certificate": arguments.text("pem")}


def certificate_ids(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return "GetInstalledCertificateIds", {"certificateType": arguments.choice("use", ROOT_USES, ROOT_USES[0])}


def delete_certificate(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    return "DeleteCertificate", {"certificateHashData": arguments.mapping("hash_data")}


def extended_trigger(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    payload: dict[str, Any] = {"requestedMessage": arguments.text("message")}
    connector = arguments.optional_whole("connector")
    return "ExtendedTriggerMessage", payload if connector is None else payload | {"connectorId": connector}


def certificate_signed(system: CentralSystem, arguments: Arguments) -> tuple[str, dict[str, Any]]:
    """Signs the latest request itself where no `pem` is given."""
    chain = arguments.optional_text("pem")
    if chain is None:
        station = next(iter(system.stations.values()), None)
        if station is None or not station.requested:
            raise BadCommand("no charger has asked for a certificate; first: extended_trigger")
        chain = authority_of(system).sign(station.requested)
    return "CertificateSigned", {"certificateChain": chain}


async def root(system: CentralSystem, arguments: Arguments) -> Outcome:
    arguments.finish()
    return {"pem": authority_of(system).root_pem}


async def password(system: CentralSystem, arguments: Arguments) -> Outcome:
    identity, word = arguments.text("charger"), arguments.optional_text("word")
    arguments.finish()
    if word is None:
        system.behaviour.passwords.pop(identity, None)
    else:
        system.behaviour.passwords[identity] = word
    return {}


def authority_of(system: CentralSystem) -> Authority:
    """Made with the first use: a bench without certificates does without the library, too."""
    if system.authority is None:
        from tools.csms.authority import Authority

        system.authority = Authority()
    return system.authority


VERBS = (
    Verb(
        "install_certificate",
        "pem=… use=CentralSystemRootCertificate",
        "InstallCertificate",
        sends(install_certificate),
    ),
    Verb("certificate_ids", "use=CentralSystemRootCertificate", "GetInstalledCertificateIds", sends(certificate_ids)),
    Verb("delete_certificate", "hash_data={…}", "DeleteCertificate", sends(delete_certificate)),
    Verb("extended_trigger", "message=… connector=", "ExtendedTriggerMessage", sends(extended_trigger)),
    Verb(
        "certificate_signed",
        "pem=",
        "CertificateSigned; the latest request is signed by default",
        sends(certificate_signed),
    ),
    Verb("root", "", "the certificate of the authority that signs requests here", root),
    Verb("password", "charger=… word=", "what this charger must log in with; without a word nothing", password),
)
