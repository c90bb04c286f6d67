from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.connection_string import Connection, understood
from agent.errors import BadRequest

PASSWORD = "correcthorse4711batt"
URL = "wss://csms.example/ocpp/CP-1"


def taken(text: str) -> tuple[str, str, int | None, tuple[str, ...], str, str]:
    found = understood(text)
    secret = "" if found.secret is None else found.secret.reveal()
    return found.scheme, found.host, found.port, found.path, found.identity, secret


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (URL, ("wss", "csms.example", None, ("ocpp",), "CP-1", "")),
        (f"{URL}/", ("wss", "csms.example", None, ("ocpp",), "CP-1", "")),
        ("wss://CP-1:pass@csms.example:8443/ocpp", ("wss", "csms.example", 8443, ("ocpp",), "CP-1", "pass")),
        ("wss://CP-1:a%40b@csms.example/ocpp/CP-1", ("wss", "csms.example", None, ("ocpp",), "CP-1", "a@b")),
        ("OCPP:wss://csms.example/ocpp/CP-1", ("wss", "csms.example", None, ("ocpp",), "CP-1", "")),
        ("ocpp1.6j wss://csms.example/CP-1", ("wss", "csms.example", None, (), "CP-1", "")),
        ("ocpps://csms.example/CP-1", ("wss", "csms.example", None, (), "CP-1", "")),
        ("ocpp://csms.example/CP-1", ("ws", "csms.example", None, (), "CP-1", "")),
        ("OCPP:U:wss://csms.example/ws;I:CP-1;P:s3cret;;", ("wss", "csms.example", None, ("ws",), "CP-1", "s3cret")),
        ("https://csms.example/steve/websocket/CentralSystemService",
         ("wss", "csms.example", None, ("steve", "websocket", "CentralSystemService"), "", "")),
        ("URL: wss://csms.example/ocpp ID: CP-1 Password: my pass phrase",
         ("wss", "csms.example", None, ("ocpp",), "CP-1", "my pass phrase")),
        ("Charge Point ID = CP-1\nCentral System = csms.example:9000/ocpp\nAuthorizationKey = k3y",
         ("", "csms.example", 9000, ("ocpp",), "CP-1", "k3y")),
        ("url=wss://csms.example/ocpp;id=CP-1;password=p;w", ("wss", "csms.example", None, ("ocpp",), "CP-1", "p;w")),
        ("host=csms.example, port=8443, path=/ocpp, identity=CP-1",
         ("", "csms.example", 8443, ("ocpp",), "CP-1", "")),
        ("Connect to wss://csms.example/ocpp/CP-1, thanks", ("wss", "csms.example", None, ("ocpp",), "CP-1", "")),
        ("csms.example/ocpp/CP-1", ("", "csms.example", None, ("ocpp",), "CP-1", "")),
        ("wss://[2001:db8::1]:8443/CP-1", ("wss", "2001:db8::1", 8443, (), "CP-1", "")),
        ("wss://csms.example/{identity}/ocpp", ("wss", "csms.example", None, ("ocpp",), "", "")),
    ],
)  # fmt: skip
def test_what_operators_hand_out_is_understood(text: str, expected: tuple[object, ...]) -> None:
    assert taken(text) == expected


@pytest.mark.parametrize(
    ("path", "place"), [("{identity}", 0), ("{identity}/ocpp", 0), ("a/{identity}/b", 1), ("ocpp/{identity}", 1)]
)
@pytest.mark.parametrize("name", ["", " ID: CP-1"])
def test_where_the_name_belongs_is_kept_whether_or_not_it_is_said(path: str, place: int, name: str) -> None:
    found = understood(f"URL: wss://csms.example/{path}{name}")

    assert (found.place, "{identity}" in found.path) == (place, False)


@pytest.mark.parametrize(
    "table",
    [
        {"url": "wss://csms.example/ocpp", "identity": "CP-1", "password": PASSWORD},
        {"ocpp": {"Server URL": "wss://csms.example/ocpp", "chargePointId": "CP-1", "AuthorizationKey": PASSWORD}},
        {"endpoint": "wss://csms.example/ocpp/CP-1", "charge_box_id": "CP-1", "auth_key": PASSWORD},
    ],
)
def test_json_is_read_by_its_keys_however_they_are_spelled(table: dict[str, object]) -> None:
    assert taken(json.dumps(table)) == ("wss", "csms.example", None, ("ocpp",), "CP-1", PASSWORD)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no address"),
        ("ID: CP-1 Password: secret-one", "there is no address"),
        ('{"url": "wss://csms.example/CP-1", "password": "secret-one"', "begins like JSON"),
        ('{"url": 5, "id": "CP-1"}', "there is no address"),
        ("ftp://csms.example/CP-1:secret-one", "no way to a central system|no address"),
        ("url=ftp://csms.example/CP-1 password=secret-one", "ftp:// is no way"),
        ("wss://csms.example:99999/CP-1", "host or port"),
        ("wss:///CP-1", "names no host"),
        ("wss://csms.example/CP-1?token=secret-one", "more than host, port and path"),
        ("host=csms.example port=twelve password=secret-one", "is no port"),
        ("x" * 3000, "longer than"),
    ],
)
def test_what_is_no_connection_is_refused_in_a_sentence_without_the_secret(text: str, says: str) -> None:
    with pytest.raises(BadRequest, match=says) as refused:
        understood(text)

    assert "secret-one" not in f"{refused.value} {refused.value.__cause__} "


def test_a_name_that_was_guessed_is_told_and_a_scheme_that_was_read_otherwise_too() -> None:
    assert understood(URL).notes == ("the end of the path is taken for the charger's name: CP-1",)
    assert understood("https://csms.example/ocpp").notes == ("https:// is read as wss://",)
    assert understood(f"{URL} ID: CP-1").notes == ()


def test_more_behind_a_name_is_told_and_not_repeated() -> None:
    found = understood("URL: wss://csms.example/ocpp ID: CP N2 Password: secret-one")
    (note,) = found.notes
    (other,) = understood("URL: wss://csms.example/ocpp ID: CP-1 Kennwort: secret-one").notes

    assert found.identity == "CP" and note.startswith('behind the name "CP" stands more')
    assert "secret-one" not in note + other
    assert understood("URL: wss://csms.example/ocpp ID: ' '").identity == ""
    assert understood("URL: wss://csms.example/ocpp ID: CP-1; Password: one two").notes == ()


@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused_and_nothing_else(text: str) -> None:
    try:
        assert isinstance(understood(text), Connection)
    except BadRequest as refused:
        assert str(refused)


NAMES = st.from_regex(r"[A-Z]{2}[A-Z0-9]{2,8}", fullmatch=True).filter(
    lambda name: name.lower() not in ("ws", "v16", "csms", "ocpp", "steve", "api", "wss", "ocppj", "ocpp16", "station")
)
PASSWORDS = st.from_regex(r"[A-Za-z0-9_.!-]{16,40}", fullmatch=True)


@given(NAMES, PASSWORDS, st.sampled_from(["url", "list", "json", "qr"]))
def test_the_same_connection_is_understood_in_every_form_and_never_shows_its_secret(
    name: str, password: str, form: str
) -> None:
    base = "wss://csms.example:8443/ocpp"
    text = {
        "url": f"wss://{name}:{password}@csms.example:8443/ocpp/{name}",
        "list": f"URL: {base}\nID: {name}\nPassword: {password}",
        "json": json.dumps({"csmsUrl": base, "stationId": name, "password": password}),
        "qr": f"OCPP:U:{base};I:{name};P:{password};;",
    }[form]

    found = understood(text)

    assert (found.host, found.port, found.path, found.identity) == ("csms.example", 8443, ("ocpp",), name)
    assert found.secret is not None
    assert found.secret.reveal() == password
    assert password not in repr(found)
