"""Plans: one file for many chargers, judged for each as its site file would be, told at the lines of the plan."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config.circuit_checks import Verdict
from agent.config.plan_checks import Judged, judged
from agent.config.plans import Plan, read_plan
from agent.drivers import loader
from agent.errors import BadRequest, ConfigError

COMMON = """\
board = "sim-dual"
[references]
order = "A-117"
[site]
country = "DE"
supply_current_a = 32
[circuit]
breaker_current_a = 32
cable_section_mm2 = 6
cable_length_m = 20
laying = "B2"
earthing = "TN-S"
rcd = "B"
[ocpp]
version = "1.6"
url = "wss://csms.example/ocpp"
identity = "CP-{serial_number}"
password_file = "/var/lib/evse-agent/secrets/{serial_number}"
"""
"""Lines 1 to 18. The password's file is on no machine of an office."""
TWO = (
    COMMON
    + """\
[[charger]]
serial_number = "QE-1"
outlets = ["DE*ABC*E1*1", "DE*ABC*E1*2"]
[[charger]]
serial_number = "QE-2"
identity = "NORTH"
[charger.circuit]
cable_length_m = 90
"""
)


def planned(folder: Path, text: str) -> Plan:
    file = folder / "plan.toml"
    file.write_text(text, encoding="utf-8")
    return read_plan(file, loader)


def problems_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        planned(folder, text)
    return [problem.removeprefix(f"{folder}/") for problem in raised.value.problems]


def bad(plan: Plan) -> list[Judged]:
    return [one for one in judged(plan) if not one.finding.verdict.passes]


def feeder(folder: Path, group: str, rows: str, common: str = COMMON) -> Judged:
    plan = planned(folder, f'{common}[[group]]\nname = "A"\n{group}\n{rows}')
    return next(one for one in judged(plan) if one.finding.rule == "feeder")


def row(number: int, more: str = "") -> str:
    return f'[[charger]]\nserial_number = "QE-{number}"\ngroup = "A"\n{more}\n'


def test_each_charger_has_what_is_common_and_what_is_its_own(tmp_path: Path) -> None:
    first, second = planned(tmp_path, TWO).chargers

    assert first.config.ocpp is not None
    assert second.config.ocpp is not None
    assert first.config.ocpp.endpoint == "wss://csms.example/ocpp/CP-QE-1"
    assert second.config.ocpp.endpoint == "wss://csms.example/ocpp/NORTH"
    assert str(first.config.ocpp.password_file) == "/var/lib/evse-agent/secrets/QE-1"
    assert [site.evse_id for site in first.config.connector_sites.values()] == ["DE*ABC*E1*1", "DE*ABC*E1*2"]
    assert [one.config.references.order for one in (first, second)] == ["A-117", "A-117"]
    assert first.config.circuit is not None
    assert second.config.circuit is not None
    assert (first.config.circuit.cable_length_m, second.config.circuit.cable_length_m) == (20, 90)


def test_a_finding_of_one_charger_names_it_and_the_line_of_its_row(tmp_path: Path) -> None:
    (drop,) = bad(planned(tmp_path, TWO))

    assert (drop.finding.rule, drop.about, drop.where) == ("voltage drop", ("QE-2",), f"{tmp_path}/plan.toml:26")


def test_what_is_wrong_for_a_hundred_chargers_is_told_once_and_at_its_line(tmp_path: Path) -> None:
    rows = "".join(f'[[charger]]\nserial_number = "QE-{number}"\n' for number in range(100))

    assert problems_of(tmp_path, COMMON.replace("supply_current_a = 32", "suply_current_a = 32") + rows) == [
        "plan.toml:4: site.supply_current_a: is missing; under [site] write supply_current_a = 32 with the amperes of "
        "the breaker",
        'plan.toml:6: site.suply_current_a: unknown key; did you mean "supply_current_a"?',
    ]


def test_an_overloaded_breaker_is_a_problem_of_the_plan_as_of_the_site_file(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, COMMON.replace("breaker_current_a = 32", "breaker_current_a = 16"))

    assert problem.startswith("plan.toml:6: site.supply_current_a: 32 A is above the 16 A the breaker carries")


@pytest.mark.parametrize(
    ("second", "what"),
    [
        ('serial_number = "QE-1"', 'charger.2.serial_number: "QE-1" is that of charger 1 already'),
        ('serial_number = "QE-2"\nidentity = "CP"', 'charger.2.identity: "CP" is that of charger 1 already'),
        ('serial_number = "QE-2"\noutlets = ["X"]', 'connector.1.evse_id: "X" cannot be used; write it as'),
        ('serial_number = "QE-2"\noutlets = ["", "", "DE*ABC*E3"]', "connector.3: the board has no such connector"),
        ('serial_number = "QE-2"\ngroup = "B"', 'charger.2.group: there is no group "B"'),
        ('serial_number = "QE-2"\nfase = "L1"', 'charger.2.fase: unknown key; did you mean "phase"?'),
        ('serial_number = "QE-2"\nphase = "N"', 'charger.2.phase: "N" cannot be used; write "L1", "L2" or "L3"'),
        ("identity = 'CP-2'", "charger.2.serial_number: is missing"),
    ],
)
def test_a_row_that_cannot_be_is_told_with_its_place(tmp_path: Path, second: str, what: str) -> None:
    rows = f'[[charger]]\nserial_number = "QE-1"\nidentity = "CP"\n[[charger]]\n{second}\n'

    assert what in "\n".join(problems_of(tmp_path, COMMON + rows))


def test_what_a_connector_of_one_charger_is_reached_by_is_no_other_ones(tmp_path: Path) -> None:
    rows = "".join(f'[[charger]]\nserial_number = "QE-{n}"\noutlets = ["DE*ABC*E1"]\n' for n in (1, 2))

    assert problems_of(tmp_path, COMMON + rows) == [
        'plan.toml:24: charger.2.outlets: "DE*ABC*E1" is that of charger 1 already'
    ]


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "board = \n")[0].startswith("plan.toml:1: is not TOML: ")


def test_a_charger_is_found_by_its_serial_number(tmp_path: Path) -> None:
    plan = planned(tmp_path, TWO)

    assert plan.of("QE-2").serial_number == "QE-2"
    with pytest.raises(BadRequest, match='has no charger QE-3; did you mean "QE-'):
        plan.of("QE-3")
    with pytest.raises(BadRequest, match="write --serial NUMBER"):
        plan.of("")


def test_a_plan_for_one_charger_may_leave_its_serial_number_open(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(COMMON, encoding="utf-8")

    before_it = read_plan(file, loader, serial_number="QE-9").of("QE-9")

    assert planned(tmp_path, COMMON).of("QE-9").serial_number == ""
    assert before_it.config.ocpp is not None
    assert before_it.config.ocpp.identity == "CP-QE-9"


def test_a_feeder_is_the_sum_of_its_chargers_on_the_worst_phase(tmp_path: Path) -> None:
    enough = feeder(tmp_path, "feeder_current_a = 80\nother_loads_a = 16", row(1) + row(2))
    little = feeder(tmp_path, "feeder_current_a = 63", row(1) + row(2))

    assert (enough.finding.verdict, enough.finding.measured) == (Verdict.GOOD, "64 A on L1")
    assert little.finding.verdict is Verdict.DANGER
    assert little.about == ("group A",)
    assert little.finding.what.startswith("2 chargers may draw 64 A on L1, and the feeder gives 63 A (63 A × 1 × 1)")


def test_single_phase_chargers_are_counted_where_they_are_connected(tmp_path: Path) -> None:
    single = COMMON.replace("supply_current_a = 32", "supply_current_a = 32\nphases = 1")
    dealt_out = "".join(row(number, f'phase = "L{number}"') for number in (1, 2, 3))
    unknown = "".join(row(number) for number in (1, 2, 3))

    assert feeder(tmp_path, "feeder_current_a = 32", dealt_out, single).finding.verdict is Verdict.GOOD
    assert feeder(tmp_path, "feeder_current_a = 32", unknown, single).finding.measured == "96 A on L1"


def test_a_shared_feeder_must_hold_while_the_central_system_is_silent(tmp_path: Path) -> None:
    shared = "feeder_current_a = 40\nload_management = true"
    with_safe = COMMON.replace("supply_current_a = 32", "supply_current_a = 32\nsafe_current_a = 8")

    unsafe = feeder(tmp_path, shared, row(1) + row(2))
    safe = feeder(tmp_path, shared, row(1) + row(2), with_safe)

    assert unsafe.finding.verdict is Verdict.DANGER
    assert "while the central system is silent" in unsafe.finding.what
    assert (safe.finding.verdict, safe.finding.measured) == (Verdict.GOOD, "32 A on L1")


def test_a_plan_without_a_circuit_holds_for_nothing(tmp_path: Path) -> None:
    head, _, tail = COMMON.partition("[circuit]")

    (missing,) = bad(planned(tmp_path, head + tail[tail.index("[ocpp]") :]))

    assert "write a section [circuit]" in missing.finding.what


@settings(max_examples=25)
@given(st.binary(max_size=200))
def test_any_file_is_a_plan_or_a_list_of_lines(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content)

    with pytest.raises(ConfigError) as raised:
        read_plan(file, loader)

    assert all(str(file) in problem for problem in raised.value.problems)


KEYS = st.sampled_from(("site", "circuit", "charger", "group", "references", "ocpp", "connector", "board", "station"))
VALUES = st.sampled_from(("1", '"x"', "[]", "{}", "[1]", "[{}]", "{a = 1}", "true", "[[1]]", "[{serial_number = 1}]"))


@settings(max_examples=60)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_sections_of_any_shape_are_told_and_never_break_the_reader(
    tmp_path_factory: pytest.TempPathFactory, table: dict[str, str]
) -> None:
    file = tmp_path_factory.getbasetemp() / "shape.toml"
    file.write_text("".join(f"{key} = {value}\n" for key, value in table.items()), encoding="utf-8")

    with pytest.raises(ConfigError):
        read_plan(file, loader)
