"""The generated checks: up to date, and of one mind with `jsonschema` on payloads that fit and payloads that do not."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from agent.ocpp_client.schema import Mismatch, action_name, check_of, module_name
from agent.ocpp_client.v16.adapter import KNOWN_ACTIONS
from agent.ocpp_client.v16.checks import PACKAGE
from tools.generate_validators import ROOT, inlined, outputs, read_schema, reduced, stale, wanted_schemas

Schema = dict[str, Any]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


def fitting(schema: Schema) -> st.SearchStrategy[Any]:
    """Payloads of a schema, as far as the schemas of OCPP 1.6 go."""
    match schema["type"]:
        case "object":
            fields = {name: fitting(one) for name, one in schema.get("properties", {}).items()}
            required = schema.get("required", [])
            return st.fixed_dictionaries(
                {name: one for name, one in fields.items() if name in required},
                optional={name: one for name, one in fields.items() if name not in required},
            )
        case "array":
            return st.lists(fitting(schema["items"]), min_size=schema.get("minItems", 0), max_size=3)
        case "string" if "enum" in schema:
            return st.sampled_from(schema["enum"])
        case "string":
            return st.text(max_size=schema.get("maxLength", 40))
        case "integer":
            return st.integers()
        case "number":
            return st.floats(allow_nan=False) | st.integers()
        case "boolean":
            return st.booleans()
        case other:
            raise AssertionError(f"no payloads for {other}")


@st.composite
def broken(draw: st.DrawFn, schema: Schema) -> Any:
    """A payload with one place changed: a value replaced, a field gone, or one too many. It may still fit."""
    payload = draw(fitting(schema))
    place = payload
    while isinstance(place, dict | list) and place and draw(st.booleans()):
        inner = draw(st.sampled_from(list(place.values()) if isinstance(place, dict) else place))
        if not isinstance(inner, dict | list):
            break
        place = inner
    if isinstance(place, list):
        place.insert(0, draw(JSON))
        return payload
    match draw(st.sampled_from(["replace", "remove", "add", "swap"])):
        case "replace" if place:
            place[draw(st.sampled_from(sorted(place)))] = draw(JSON)
        case "remove" if place:
            del place[draw(st.sampled_from(sorted(place)))]
        case "add":
            place[draw(st.text(max_size=8))] = draw(JSON)
        case _:
            return draw(JSON)
    return payload


def whole(name: str) -> Schema:
    """The schema of the package with its definitions in their places."""
    schema = read_schema(name)
    return dict(reduced(inlined(schema, schema.get("definitions", {}))))


SCHEMAS = {name: whole(name) for name in wanted_schemas()}
PACKAGE_CHECKS = {name: Draft4Validator(schema) for name, schema in SCHEMAS.items()}


def verdict(name: str, payload: Any) -> str | None:
    """The rule the generated check finds broken, None where it finds none."""
    try:
        check_of(PACKAGE, name)(payload)
    except Mismatch as mismatch:
        return mismatch.rule
    return None


def test_the_generated_checks_are_up_to_date() -> None:
    assert stale(outputs()) == []


@given(st.sampled_from(sorted(SCHEMAS)).flatmap(lambda name: st.tuples(st.just(name), fitting(SCHEMAS[name]))))
def test_a_payload_that_fits_is_accepted(named: tuple[str, Any]) -> None:
    name, payload = named

    assert verdict(name, payload) is None


@given(st.sampled_from(sorted(SCHEMAS)).flatmap(lambda name: st.tuples(st.just(name), broken(SCHEMAS[name]))))
def test_both_agree_on_a_payload_that_may_not_fit(named: tuple[str, Any]) -> None:
    name, payload = named
    objections = {str(error.validator) for error in PACKAGE_CHECKS[name].iter_errors(payload)}

    found = verdict(name, payload)

    assert (found is None) == (objections == set())
    assert found is None or found in objections


@given(st.sampled_from(sorted(SCHEMAS)), JSON)
def test_any_json_is_accepted_or_refused_and_nothing_else_happens(name: str, payload: Any) -> None:
    verdict(name, payload)


@given(secret=st.text("abcdef0123456789", min_size=12, max_size=40))
def test_a_mismatch_never_shows_a_value(secret: str) -> None:
    with pytest.raises(Mismatch) as refused:
        check_of(PACKAGE, "ChangeConfiguration")({"key": [secret], "value": secret, secret: secret})

    assert secret not in f"{refused.value} {refused.value.args} {refused.value.path} {refused.value.detail}"


def test_a_mismatch_names_its_place() -> None:
    period = {"startPeriod": 0, "limit": "much"}
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 1}, period]}
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }

    with pytest.raises(Mismatch) as refused:
        check_of(PACKAGE, "SetChargingProfile")({"connectorId": 1, "csChargingProfiles": profile})

    place = "csChargingProfiles.chargingSchedule.chargingSchedulePeriod[1].limit"
    assert (refused.value.path, refused.value.rule) == (place, "type")


@pytest.mark.parametrize("action", sorted(KNOWN_ACTIONS))
def test_an_action_and_its_module_have_one_name(action: str) -> None:
    assert action_name(module_name(action)) == action


def test_a_rate_with_tenths_is_no_violation() -> None:
    period = {"startPeriod": 0, "limit": 16.1}
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]},
    }

    assert verdict("SetChargingProfile", {"connectorId": 0, "csChargingProfiles": profile}) is None


def test_the_running_agent_needs_no_library_for_its_checks() -> None:
    probe = (
        "import json, sys\n"
        "from agent.ocpp_client.schema import check_of\n"
        f"for name in {wanted_schemas()!r}: check_of({PACKAGE!r}, name)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )

    told = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)

    assert {"ocpp", "jsonschema", "fastjsonschema", "decimal"} & set(json.loads(told.stdout)) == set()
