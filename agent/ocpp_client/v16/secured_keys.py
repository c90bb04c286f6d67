"""Keys that are no settings: they belong to whoever keeps secrets and addresses, and change with a trial.

OCPP 1.6 has no key for the central system's address; these are ours, with the words of 2.0.1 (SetNetworkProfile,
NetworkConfigurationPriority): one key for each slot, which takes `URL` or `URL network=NAME`, and one for their order.
"""

from __future__ import annotations

from enum import Enum

from agent.ocpp_client.security_port import SecurityPort
from agent.ocpp_client.v16.link_keys import PREFIX
from agent.security.slots import MOST_SLOTS

PRIORITY = f"{PREFIX}NetworkConfigurationPriority"
NETWORK_PROFILES = {f"{PREFIX}NetworkProfile{slot}": slot for slot in range(1, MOST_SLOTS + 1)}


class Secured(Enum):
    """What stands behind such a key."""

    AUTHORIZATION_KEY = "AuthorizationKey"
    """Never read."""
    SECURITY_PROFILE = "SecurityProfile"
    NETWORK_PROFILE = "NetworkProfile"
    PRIORITY = "NetworkConfigurationPriority"


def value(secured: Secured, name: str, security: SecurityPort) -> str | None:
    """As it is told to the network; None for what is never told."""
    match secured:
        case Secured.AUTHORIZATION_KEY:
            return None
        case Secured.SECURITY_PROFILE:
            return str(security.profile)
        case Secured.NETWORK_PROFILE:
            return security.addresses.network_profile(NETWORK_PROFILES[name])
        case Secured.PRIORITY:
            return security.addresses.priority()


async def change(secured: Secured, name: str, text: str, security: SecurityPort) -> bool:
    """Whether it was taken; durable then. Raises StoreError."""
    match secured:
        case Secured.AUTHORIZATION_KEY:
            return await security.change_key(text)
        case Secured.SECURITY_PROFILE:
            return await security.change_profile(text)
        case Secured.NETWORK_PROFILE:
            return await security.addresses.change_network_profile(NETWORK_PROFILES[name], text)
        case Secured.PRIORITY:
            return await security.addresses.change_priority(text)


def reconnects(secured: Secured, name: str, security: SecurityPort) -> bool:
    """Whether a change that was taken is for the next connection, and that one is to be opened at once."""
    match secured:
        case Secured.AUTHORIZATION_KEY | Secured.SECURITY_PROFILE:
            return True
        case Secured.NETWORK_PROFILE:
            # Some central systems write all their keys after each connection, which would be the last of it.
            return security.addresses.tries(NETWORK_PROFILES[name])
        case Secured.PRIORITY:
            return False
