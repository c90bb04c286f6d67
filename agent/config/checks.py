"""Rules that hold between keys of the site file.

Each looks at the tables as they are written, so that no finding hides another.
"""

from __future__ import annotations

import importlib
import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from agent.config.metrics import metrics_problems as metrics_problems  # noqa: PLC0414 asked for with the others
from agent.config.model import BoardConfig, Commissioning, MeterConfig, StationConfig
from agent.config.mqtt import mqtt_problems
from agent.config.support import support_problems
from agent.config.transfer_checks import transfer_problems
from agent.core.signatures import Signature
from agent.tables import KeyPath, TableProblem, nearest
from agent.zones import zone_of

SPOKEN_VERSIONS = ("1.6",)
COMING_VERSIONS = ("2.0.1", "2.1")
PASSWORD_LENGTHS = range(16, 41)
"""OCPP 1.6 key AuthorizationKey: 16 to 40 characters."""


EXAMPLES: Mapping[KeyPath, str] = {
    ("circuit", "earthing"): 'write earthing = "TN-S", "TN-C-S", "TT", "IT" or "split"',
    ("circuit", "rcd"): 'write rcd = "A", "F", "B", or "none" where the charger holds it',
    ("site", "country"): 'write country = "DE" with the country of the charger',
    ("site", "supply_current_a"): "write supply_current_a = 32 with the amperes of the breaker",
    ("ocpp", "version"): 'write version = "1.6"',
    ("ocpp", "url"): 'write url = "wss://HOST/PATH"',
    ("ocpp", "identity"): 'write identity = "NAME", the name the central system knows this charger by',
    ("mqtt", "url"): 'write url = "mqtts://HOST"',
}
"""What to write for the keys that have no default."""


def with_example(problem: TableProblem) -> TableProblem:
    """A missing key with what to write for it; everything else as it is."""
    if not problem.what.startswith("is missing") or problem.key not in EXAMPLES:
        return problem
    return TableProblem(problem.key, f"is missing; under [{problem.key[0]}] {EXAMPLES[problem.key]}")


def ocpp_problems(ocpp: Mapping[str, object], tls: Mapping[str, object]) -> Iterator[TableProblem]:
    """Version, address and security profile (contracts.md section 2, security.md section 3)."""
    yield from _version_problems(ocpp.get("version"))
    url, profile = ocpp.get("url"), ocpp.get("security_profile", 2)
    if not isinstance(url, str) or not isinstance(profile, int):
        return
    try:
        address = urlsplit(url)
        _ = address.port
    except ValueError as error:
        yield TableProblem(("ocpp", "url"), f'"{url}" is no address: {error}')
        return
    if address.scheme not in ("ws", "wss") or not address.hostname:
        # Which profile fits, and whether it is in the clear, is a question for an address that is one.
        shown = "" if "@" in url else f'"{url}" '
        yield TableProblem(("ocpp", "url"), f"{shown}is no websocket address; write wss://HOST/PATH")
    else:
        yield from _address_problems(address)
        yield from _profile_problems(address, profile, allow_insecure=ocpp.get("allow_insecure") is True)
    yield from _credential_problems(profile, ocpp, tls)


def is_loopback(host: str) -> bool:
    """This machine itself: nobody else hears what is said there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _version_problems(version: object) -> Iterator[TableProblem]:
    if not isinstance(version, str) or version in SPOKEN_VERSIONS:
        return
    if version in COMING_VERSIONS:
        what = f'OCPP {version} is not spoken by this version of the agent yet; write "1.6"'
    else:
        what = f'"{version}" is no version of OCPP that is spoken here; write "1.6"'
    yield TableProblem(("ocpp", "version"), what)


def _address_problems(address: SplitResult) -> Iterator[TableProblem]:
    at = ("ocpp", "url")
    if address.username is not None or address.password is not None:
        yield TableProblem(at, "holds a login, which would end up in logs; write it into the password_file")
    if address.fragment:
        yield TableProblem(at, f'"#{address.fragment}" has no meaning in a websocket address; remove it')


def _profile_problems(address: SplitResult, profile: int, *, allow_insecure: bool) -> Iterator[TableProblem]:
    at = ("ocpp", "security_profile")
    if address.scheme == "ws" and profile in (2, 3):
        yield TableProblem(at, f"profile {profile} needs TLS, and the url begins with ws://; write wss:// there")
    if address.scheme == "wss" and profile in (0, 1):
        yield TableProblem(at, f"profile {profile} is without TLS, and the url begins with wss://; write 2 or 3 here")
    if profile in (0, 1) and not allow_insecure and not is_loopback(address.hostname or ""):
        yield TableProblem(
            at,
            f"profile {profile} sends everything in the clear; write 2 or 3, "
            "or allow_insecure = true where the network itself is protected",
        )


def _credential_problems(profile: int, ocpp: Mapping[str, object], tls: Mapping[str, object]) -> Iterator[TableProblem]:
    if profile in (1, 2) and "password_file" not in ocpp:
        yield TableProblem(
            ("ocpp", "password_file"),
            f"is missing; profile {profile} logs in with a password, write the path of the file that holds it",
        )
    for key in ("client_certificate_file", "client_key_file"):
        if profile == 3 and key not in tls:
            yield TableProblem(("tls", key), "is missing; profile 3 proves the charger by a certificate")


def misplaced_secrets(ocpp: Mapping[str, object]) -> Iterator[TableProblem]:
    """A password written into the file itself."""
    for key in ("password", "authorization_key"):
        if key in ocpp:
            yield TableProblem(
                ("ocpp", key), "secrets are files, never values; put it into a file and name that as password_file"
            )


def file_problems(table: Mapping[str, object], section: str, folder: Path) -> Iterator[TableProblem]:
    """Keys `…_file` whose file is not there."""
    for key, value in table.items():
        if key.endswith("_file") and isinstance(value, str) and not (folder / value).is_file():
            yield TableProblem((section, key), f'there is no file "{folder / value}"; check the path')
    if section == "transfer":
        yield from transfer_problems(table, folder)
    if section == "support":
        yield from support_problems(table, folder)
    if section == "mqtt":
        yield from mqtt_problems(table, folder, is_loopback)


def password_text_problems(password: str, where: object) -> Iterator[str]:
    """What is wrong with a password wherever it came from; never shows it."""
    if len(password) not in PASSWORD_LENGTHS:
        yield f"the password in {where} has {len(password)} characters; OCPP wants 16 to 40"
    if not password.isascii() or not password.isprintable():
        yield f"the password in {where} holds characters beyond printable ASCII; draw a new one"


def password_problems(password: str, file: Path) -> Iterator[str]:
    """What is wrong with a password file and its content; never shows it."""
    yield from password_text_problems(password, file)
    if file.stat().st_mode & 0o007:
        yield f"{file} can be read by everybody; chmod 600 it"


def connector_problems(sites: object, board: BoardConfig | None) -> Iterator[TableProblem]:
    """`[connector.N]` of the site for a connector the board has not, or, without a board, for what is no number."""
    if not isinstance(sites, Mapping):
        yield TableProblem(("connector",), "is not a section; write [connector.1], and so on for each connector")
        return
    if board is None:
        for name in sites:
            if not (name.isascii() and name.isdigit()):
                yield TableProblem(("connector", name), "is no number of a connector; write [connector.1]")
        return
    known = [str(connector.id) for connector in board.connectors]
    for name in sites:
        if name not in known:
            yield TableProblem(("connector", name), f"the board has no such connector{nearest(name, known)}")


def signing_problems(
    meter: MeterConfig | None, board: BoardConfig, signs: Callable[[str], bool]
) -> Iterator[TableProblem]:
    """A signature that is required of a meter that gives none: no charge would ever begin there."""
    if meter is None or meter.signature is not Signature.REQUIRED:
        return
    for connector in board.connectors:
        driver = connector.drivers["meter"].driver
        if not signs(driver):
            yield TableProblem(
                ("meter", "signature"),
                f'is "required", and the meter of connector {connector.id} (driver {driver}) signs nothing; '
                'write "when_available", or use a meter that signs (docs/signed-readings.md)',
            )


def zone_problems(site: Mapping[str, object]) -> Iterable[TableProblem]:
    """A time zone that this system does not know."""
    name = site.get("time_zone", "UTC")
    if not isinstance(name, str):
        return
    try:
        zone_of(name)
    except (KeyError, ValueError, OSError):
        why = f'no time zone is called "{name[:60]}" on this system; write one as "Europe/Berlin", or install tzdata'
        yield TableProblem(("site", "time_zone"), why)


def circuit_problems(site: object, circuit: object) -> Iterable[TableProblem]:
    """What would overload the breaker or the cable of [circuit]; a section that could not be bound is None."""
    if circuit is None:
        return ()
    # Country files are for a charger that has a plan; the start of another does not wait for them.
    from agent.config.circuit_checks import problems

    return problems(site, circuit)


def flattened_settings(settings: Mapping[str, object]) -> tuple[dict[str, str], tuple[TableProblem, ...]]:
    """[ocpp.settings] as the network would write them: text by standard key, "Component.Variable" unfolded."""
    values: dict[str, str] = {}
    problems: list[TableProblem] = []
    _flatten(settings, (), values, problems)
    return values, tuple(problems)


def setting_problems(version: object, settings: Mapping[str, str]) -> Iterator[TableProblem]:
    """What the network's side says of [ocpp.settings]: found by the name of the version, as drivers are by theirs."""
    if not settings or version not in SPOKEN_VERSIONS:
        return
    adapter = importlib.import_module(f"agent.ocpp_client.v{str(version).replace('.', '')}.settings")
    for key, what in adapter.problems(settings):
        yield TableProblem(("ocpp", "settings", *key.split(".")), what)


def _flatten(
    table: Mapping[str, object], path: tuple[str, ...], values: dict[str, str], problems: list[TableProblem]
) -> None:
    for key, value in table.items():
        match value:
            case dict():
                _flatten(value, (*path, key), values, problems)
            case bool():
                values[".".join((*path, key))] = str(value).lower()
            case str() | int() | float():
                values[".".join((*path, key))] = str(value)
            case list() if all(isinstance(one, str | int) and not isinstance(one, bool) for one in value):
                values[".".join((*path, key))] = ",".join(str(one) for one in value)
            case _:
                at: KeyPath = ("ocpp", "settings", *path, key)
                problems.append(TableProblem(at, "is no text, number, true, false or list of texts"))


def notices(config: StationConfig) -> Iterator[str]:
    """Standing warnings: allowed, but whoever looks shall know."""
    if config.board.lab_only:
        yield "this board is for the laboratory only and can never be commissioned"
    elif config.site.commissioning is Commissioning.LAB:
        yield 'commissioning = "lab": this charger gives power without ever having been tested'
    else:
        yield (
            'commissioning = "required": power once it was commissioned here (evsectl commission); '
            'on a bench write commissioning = "lab"'
        )
    if config.ocpp is not None and config.ocpp.security_profile < 2:
        yield f"security profile {config.ocpp.security_profile}: the central system is talked to in the clear"
    if config.ocpp is None:
        yield "there is no [ocpp] section: this charger works without a central system"
    if config.mqtt is not None and not config.mqtt.is_secure:
        yield "[mqtt] without TLS: the broker is talked to in the clear"
    if config.support.orders and config.mqtt is None:
        yield "[support] orders = true, and there is no [mqtt] section: no order can reach this charger"
    if config.site.supply_current_a > config.board.rated_current_a * len(config.board.connectors):
        yield (
            f"the breaker of {config.site.supply_current_a:g} A is above all the board can carry; "
            f"the board's {config.board.rated_current_a:g} A for each connector count"
        )
    if config.circuit is not None:
        from agent.config.circuit_checks import notices as of_circuit

        yield from of_circuit(config.site, config.circuit)
    else:
        from agent.config.countries import known

        if config.site.country not in known():
            yield f"there is no country file of {config.site.country}; where limits are the country's, the IEC's count"
    if any(str(bus.options.get("port", "")).startswith("sim:") for bus in config.board.buses):
        yield "this board has simulated ports; run evse-sim and name the board.toml it writes"
