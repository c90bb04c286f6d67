"""Topics have one home, and whoever reads one finds out whose it is."""

from __future__ import annotations

from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from agent.config.mqtt import LEVELS, NAME
from agent.telemetry import topics
from agent.telemetry.topics import Place, Topics, device_of, place_of

NAMES = st.from_regex(NAME, fullmatch=True)


@given(st.from_regex(LEVELS, fullmatch=True), NAMES, st.integers(1, 99), NAMES, st.integers(0, 999))
def test_each_topic_is_taken_apart_into_what_it_was_made_of(
    prefix: str, device: str, port: int, order: str, chunk: int
) -> None:
    of = Topics(prefix, device)

    assert place_of(of.state) == Place(prefix, device, topics.STATE)
    assert place_of(of.command) == Place(prefix, device, topics.COMMAND)
    assert place_of(of.port_status(port)) == Place(prefix, device, topics.PORT_STATUS, port=port)
    assert place_of(of.port_meter(port)) == Place(prefix, device, topics.PORT_METER, port=port)
    assert place_of(of.result(order)) == Place(prefix, device, topics.RESULT, order=order)
    assert place_of(of.blob(order, chunk)) == Place(prefix, device, "blob", order=order, chunk=chunk)


def test_each_kind_of_message_has_a_schema_and_each_schema_a_kind() -> None:
    found = {one.name for one in (files("agent.telemetry") / "schemas").iterdir() if one.is_file()}

    assert found == {f"{kind}.schema.json" for kind in topics.KINDS}


@given(st.text())
def test_other_topics_are_nobodys(text: str) -> None:
    found = place_of(text)

    assert found is None or "/v1/" in text


@given(st.text())
def test_a_serial_number_of_any_kind_gives_one_level_without_wildcards(serial: str) -> None:
    name = device_of(serial)

    assert name == "" or topics.DEVICE.fullmatch(name)
