"""The plan that `evsectl plan new` writes: complete, checked as it stands, and every line there to be changed."""

from __future__ import annotations

from pathlib import Path

from agent.config.boards import find_board, known_boards, read_board
from agent.config.countries import Country, country_of, known
from agent.config.model import BoardConfig
from agent.core.control_pilot import MIN_OFFER_A
from agent.errors import BadRequest
from agent.tables import nearest
from agent.toml_files.reader import read

HEAD = """\
# Plan of {name}. Check it anywhere, without a charger:   evsectl plan check {file}
# At the charger, with the installer's role:              evsectl plan apply {file}
# The rules are those of site.country; where they come from, the check says.

board = "{board}"            # what hangs on the wall: {model}, {rated:g} A for each connector

[references]                   # numbers of your own books; no names, no addresses
order = ""
contract = ""
site = ""
customer = ""

[site]
country = "{country}"
supply_current_a = {current:g}       # the most that the charger takes; the breaker's factor is in it
phases = {phases}{safe}
authorization = "required"     # or "free": everybody may charge

[circuit]                      # from the breaker to the charger's terminals
breaker_current_a = {breaker:g}
breaker_curve = "{curve}"
cable_section_mm2 = {section:g}
cable_length_m = 15
laying = "{laying}"                  # {methods}; or cable_current_a by your own table
cable_factor = 1.0             # heat, and other cables beside it
breaker_factor = 1.0           # heat, and other breakers beside it
phases = {phases}
earthing = "{earthing}"
rcd = "{rcd}"
dc_detection = "{dc}"
pen_protection = "none"        # "device" or "electrode" where a TN-C-S supply asks for it

[handover]                     # what the owner's pack prints; what is empty here, the installer may type
operator = ""                  # with it nothing of an operator is asked; beside it phone, support_link, price, app,
phone = ""                     # warranty_years, support_until, disconnection (its place), cards

[ocpp]                         # leave the section out for a charger without a central system
version = "1.6"
url = "wss://csms.example/ocpp"
identity = "{identity}"
security_profile = 2
password_file = "/var/lib/evse-agent/secrets/ocpp-password"   # a file on the charger; never the password itself
"""
GROUP = """
[[group]]                      # a feeder that several chargers share
name = "A"
feeder_current_a = {feeder:g}
other_loads_a = 0
load_management = {shared}        # true: the central system shares it; then set site.safe_current_a
"""
ROW = """
[[charger]]
serial_number = "SERIAL-{number}"
group = "A"{phase}
outlets = []                   # public names, as "DE*ABC*E1234*1", one a connector
"""


SAFE = "\nsafe_current_a = {safe}             # while the central system, which shares the feeder, is silent"
STATION = """
[station]
# serial_number = "NUMBER"     # on the label; left out, the charger's own counts
"""


def new_plan(*, file: str, board: str, country: str, chargers: int) -> str:
    """Text of a plan. Raises BadRequest for a board or a country that there is not."""
    facts = _board(board)
    rules = country_of(country)
    phases = facts.phases
    total_a = min(rules.usual.most_current_a, facts.rated_current_a)
    breaker = _breaker(total_a, rules)
    assert breaker is not None
    loaded = 3 if phases == 3 else 2
    table = next(one for one in rules.tables if one.loaded == loaded)
    section = next(mm2 for mm2, current_a in table.rows if current_a >= breaker)
    methods = sorted({one.laying.value for one in rules.tables})
    are_dealt = phases == 1 and rules.usual.phases == 3
    feeder = _breaker(total_a * (-(-chargers // 3) if are_dealt else chargers), rules)
    text = HEAD.format(
        name=f"{chargers} chargers" if chargers > 1 else "a charger",
        file=file,
        board=board,
        model=facts.model,
        rated=facts.rated_current_a,
        country=country,
        current=total_a,
        breaker=breaker,
        curve=rules.usual.breaker_curve.value,
        section=section,
        laying=table.laying.value,
        methods=", ".join(methods),
        phases=phases,
        safe="" if feeder else SAFE.format(safe=_safe_a(facts, chargers, rules)),
        earthing=rules.usual.earthing.value,
        rcd=rules.usual.rcd.value,
        dc=rules.usual.dc_detection.value,
        identity="CP-{serial_number}",
    )
    if chargers == 1:
        return text + STATION
    group = GROUP.format(feeder=feeder or rules.breakers.rating_a[-1], shared="false" if feeder else "true ")
    return text + group + "".join(_row(number, are_dealt=are_dealt) for number in range(1, chargers + 1))


def _breaker(current_a: float, rules: Country) -> float | None:
    """The smallest that carries so much for hours; None where none is made."""
    fitting = (one for one in rules.breakers.rating_a if one * rules.continuous.value >= current_a - 1e-9)
    return next(fitting, None)


def _safe_a(facts: BoardConfig, chargers: int, rules: Country) -> int:
    """6 A for every connector where the largest feeder gives them, else a pause."""
    needed_a = MIN_OFFER_A * len(facts.connectors) * chargers
    return int(MIN_OFFER_A) if needed_a <= rules.breakers.rating_a[-1] * rules.continuous.value else 0


def _row(number: int, *, are_dealt: bool) -> str:
    """Single-phase chargers are dealt out to three phases where there are three."""
    phase = f'\nphase = "L{(number - 1) % 3 + 1}"' if are_dealt else ""
    return ROW.format(number=number, phase=phase)


def _board(name: str) -> BoardConfig:
    from agent.drivers import loader

    file = find_board(name, Path.cwd() / "plan.toml")
    if file is None:
        raise BadRequest(f'board: there is no "{name[:60]}"{nearest(name, known_boards())}')
    document = read(file)
    board = read_board(document, loader) if not document.problems else None
    if board is None or document.problems:
        raise BadRequest("\n".join(document.problems.lines()))
    return board


def known_country(code: str) -> str:
    """The two letters. Raises BadRequest for what is no country's code; one without a file is fine."""
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise BadRequest(f'country: "{code[:20]}" is no country; write two letters; with rules of its own: {_listed()}')
    return code.upper()


def _listed() -> str:
    return ", ".join(known())
