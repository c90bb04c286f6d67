"""What carries the link where no cable does, judged: Wi-Fi by its signal, a modem by what its service says. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.network_check.model import Finding, Layer, Sign, Values, ok, skipped, warn
from agent.values import frozen

WEAK_DBM = -75.0
"""self-tests.md, ST805."""
WEAK_PERCENT = 20
"""Of ModemManager's scale, which has no unit: its two lowest of ten steps."""
CONNECTED, REGISTERED, LOCKED, FAILED = "connected", "registered", "locked", "failed"
IN_NETWORK = frozenset({REGISTERED, "disconnecting", "connecting", CONNECTED})
"""States of a modem that has a mobile network (ModemManager, MMModemState)."""
ASLEEP = frozenset({"disabled", "disabling"})


@frozen(kw_only=True)
class Wifi:
    """One Wi-Fi interface, as the kernel tells it. `name` of the network, None in none; what is not told is None."""

    interface: str
    name: str | None = None
    level_dbm: float | None = None
    rate_mbit: float | None = None
    frequency_mhz: int | None = None


@frozen(kw_only=True)
class Modem:
    """A modem in the words of ModemManager; "" where it says nothing. `signal_percent` is a scale of its own.

    `failed_because`: what keeps it from working ("sim-missing"); `unlock`: the code it wants ("sim-pin"). Of the SIM
    card and of the device nothing else is known here: their numbers name a subscriber.
    """

    model: str = ""
    state: str = ""
    failed_because: str = ""
    unlock: str = ""
    registration: str = ""
    operator: str = ""
    technologies: tuple[str, ...] = ()
    signal_percent: int | None = None


@frozen(kw_only=True)
class ModemBack:
    """What became of a modem that was restarted. `after_s`: until it was in its network again; None: not in time.

    `modem` as it was seen last; None: it was not there.
    """

    after_s: float | None
    modem: Modem | None


@frozen(kw_only=True)
class RadioSeen:
    """`modem` None: there is none, or nobody could be asked. `not_looked`: who could not, each as one sentence."""

    wifis: Sequence[Wifi] = ()
    modem: Modem | None = None
    not_looked: Sequence[str] = ()


def radio(seen: RadioSeen) -> Finding:
    """How well the air carries. It never fails by itself: what does not get through shows in the link and above."""
    found = [_wifi(one) for one in seen.wifis]
    found += [] if seen.modem is None else [_modem(seen.modem)]
    left_out = [f"not looked at: {one}" for one in seen.not_looked]
    if not found:
        return skipped(Layer.RADIO, "; ".join(left_out) or "there is neither a Wi-Fi nor a modem here")
    says = "; ".join([*(one.says for one in found), *left_out])
    values = {key: value for one in found for key, value in one.values.items()}
    bad = next((one for one in found if one.next), None)
    if bad is None:
        return ok(Layer.RADIO, says, values)
    sign = next((one.sign for one in found if one.sign is not Sign.NONE), Sign.NONE)
    return warn(Layer.RADIO, says, bad.next, values, sign=sign)


def _wifi(one: Wifi) -> Finding:
    """The name of the network stands among the values alone: it may name a family, and sentences go far."""
    values: Values = _known(
        wifi=one.interface,
        ssid=one.name,
        level_dbm=one.level_dbm,
        rate_mbit=one.rate_mbit,
        frequency_mhz=one.frequency_mhz,
    )
    if one.level_dbm is None and not one.name:
        return ok(Layer.RADIO, f"{one.interface} is in no Wi-Fi", values)
    parts = [f"{one.interface} hears its access point"]
    parts[0] += "; its driver tells no signal in dBm" if one.level_dbm is None else f" at {one.level_dbm:.0f} dBm"
    parts += [] if one.rate_mbit is None else [f"{one.rate_mbit:g} Mbit/s"]
    parts += [] if one.frequency_mhz is None else [f"{one.frequency_mhz} MHz"]
    says = ", ".join(parts)
    if one.level_dbm is not None and one.level_dbm < WEAK_DBM:
        then = "move the access point or the antenna, or lay a cable; metal and concrete between them count most"
        return warn(Layer.RADIO, f"{says}; {WEAK_DBM:.0f} dBm or better is wanted", then, values)
    return ok(Layer.RADIO, says, values)


def _modem(one: Modem) -> Finding:
    values = told_of_modem(one)
    says = f"the modem{f' ({one.model})' if one.model else ''} is {_state(one)}"
    problem = modem_problem(one)
    if problem:
        return warn(Layer.RADIO, says, problem, values, sign=Sign.NO_NETWORK)
    if one.signal_percent is not None:
        says += f", signal {one.signal_percent} %"
    if one.signal_percent is not None and one.signal_percent < WEAK_PERCENT:
        then = "move the antenna of the modem, or take one with a cable outside; another operator may reach further"
        return warn(Layer.RADIO, f"{says}; {WEAK_PERCENT} % or more is wanted", then, values)
    return ok(Layer.RADIO, says, values)


def _state(one: Modem) -> str:
    if one.state == FAILED:
        return f"out of order{f' ({one.failed_because})' if one.failed_because else ''}"
    if one.state == LOCKED:
        return f"locked{f' ({one.unlock})' if one.unlock else ''}"
    by = [text for text in (one.operator, " and ".join(one.technologies)) if text]
    roams = ["roaming"] if one.registration == "roaming" else []
    denied = ["its registration is denied"] if one.registration == "denied" else []
    return ", ".join([one.state or "in a state that it does not tell", *by, *roams, *denied])


def modem_problem(one: Modem) -> str:
    """What to do about a modem that is in no network; "" where it is in one."""
    if one.state == FAILED and one.failed_because.startswith("sim"):
        return "look whether a SIM card is in the modem, the right way round, and works in another device"
    if one.state == FAILED:
        return "take the modem's supply away for a minute, or have it restarted: evsectl restart modem"
    if one.state == LOCKED:
        return "write the SIM card's PIN into the settings of the connection, or take the PIN off the card"
    if one.registration == "denied":
        return "ask the operator of the SIM card whether it is active, and allowed in this network"
    if one.state in ASLEEP:
        return "have the modem switched on: mmcli -m any --enable, or the connection of it begun by the system"
    if one.state in IN_NETWORK:
        return ""
    return "look at the modem's antenna, and whether its operator has a network here"


def told_of_modem(one: Modem) -> dict[str, object]:
    """What is known of it, for whoever reads values: nothing that names the card or the device."""
    return _known(
        modem=one.state or None,
        sim=_sim(one),
        registration=one.registration or None,
        operator=one.operator or None,
        technology=" and ".join(one.technologies) or None,
        signal_percent=one.signal_percent if one.state in IN_NETWORK else None,
    )


def _sim(one: Modem) -> str | None:
    if one.state == FAILED:
        return one.failed_because if one.failed_because.startswith("sim") else None
    return one.unlock or "locked" if one.state == LOCKED else "ready"


def _known(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
