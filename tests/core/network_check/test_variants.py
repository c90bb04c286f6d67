from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.core.network_check.variants import HERE, Said, Tried, Variant, Verdict, conclusion, variants


def said(**more: object) -> Said:
    usual = {"host": "csms.example", "scheme": "wss", "port": None, "path": ("ocpp",), "place": None}
    return Said(**{**usual, "has_slash": False, "may_be_plain": False, **more})  # type: ignore[arg-type]


def urls(**more: object) -> list[str]:
    return [one.url for one in variants(said(**more))]


def test_what_was_handed_out_comes_first_and_then_slash_and_place_of_the_name() -> None:
    assert urls(port=8443, place=1) == [
        "wss://csms.example:8443/ocpp/{identity}",
        "wss://csms.example:8443/ocpp/{identity}/",
        "wss://csms.example:8443/{identity}",
    ]
    assert urls(port=443, place=1, has_slash=True)[:2] == [
        "wss://csms.example/ocpp/{identity}/",
        "wss://csms.example/ocpp/{identity}",
    ]
    assert urls(port=443, place=0) == [
        "wss://csms.example/{identity}/ocpp",
        "wss://csms.example/{identity}/ocpp/",
        "wss://csms.example/ocpp/{identity}",
        "wss://csms.example/{identity}",
    ]
    assert urls(port=443, path=())[2:] == ["wss://csms.example/ocpp/{identity}", "wss://csms.example/ws/{identity}"]


def test_a_port_that_nobody_said_is_that_of_the_scheme_and_then_the_usual_other_one() -> None:
    assert [url for url in urls() if url.endswith("/ocpp/{identity}")] == [
        "wss://csms.example/ocpp/{identity}",
        "wss://csms.example:8443/ocpp/{identity}",
    ]


def test_plain_text_is_tried_last_and_only_where_it_was_said_and_is_allowed() -> None:
    schemes = [url.partition(":")[0] for url in urls(scheme="ws", port=9000, may_be_plain=True)]

    assert schemes == ["wss"] * 3 + ["ws"] * 3
    assert not any(url.startswith("ws:") for url in urls(scheme="ws", port=9000))


_SAID = st.builds(
    Said,
    host=st.sampled_from(("csms.example", "192.0.2.1", "2001:db8::1")),
    scheme=st.sampled_from(("", "ws", "wss")),
    port=st.sampled_from((None, 80, 443, 8443, 9000)),
    path=st.lists(st.sampled_from(("ocpp", "ws", "a")), max_size=3).map(tuple),
    place=st.sampled_from((None, 0, 1, 2, 3)),
    has_slash=st.booleans(),
    may_be_plain=st.booleans(),
).filter(lambda one: one.place is None or one.place <= len(one.path))


@given(_SAID)
def test_no_form_is_less_protected_than_what_was_said_and_each_names_the_charger_once(one: Said) -> None:
    forms = variants(one)

    assert 0 < len(forms) <= 8
    assert len({form.url for form in forms}) == len(forms)
    assert all(form.url.count(HERE) == 1 and form.how for form in forms)
    plain = [form for form in forms if not form.is_encrypted]
    assert not plain or (one.scheme == "ws" and one.may_be_plain)
    assert list(forms) == [form for form in forms if form.is_encrypted] + plain
    assert all(not form.endpoint("CP-1").count("{") for form in forms)


def test_the_first_that_answers_is_the_conclusion_and_else_a_next_step_is() -> None:
    forms = variants(said())
    no = Tried(variant=forms[0], verdict=Verdict.REFUSES, says="HTTP 404")
    yes = Tried(variant=forms[1], verdict=Verdict.ANSWERS, says="answers")
    login = Tried(variant=forms[1], verdict=Verdict.REFUSES, says="HTTP 401", is_about_login=True)

    assert conclusion([no, yes]) == (forms[1], "")
    assert "password" in conclusion([no, login])[1]
    assert "evsectl network check" in conclusion([no])[1]
    assert conclusion([])[0] is None


def test_a_place_is_scheme_host_and_port() -> None:
    assert Variant(url="wss://[2001:db8::1]:8443/a/{identity}", how="").place == "wss://[2001:db8::1]:8443"
