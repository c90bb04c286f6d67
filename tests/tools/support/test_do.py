"""Every verb that may be asked from afar can be typed, and the help names it with what it needs."""

from __future__ import annotations

import pytest

from agent.control.registry import load, verb_names
from agent.control.verb import Action, Kind, Parameter
from tools.support.__main__ import main, names
from tools.support.ordering import needed_role, wish

REMOTE = [
    (f"{name} {action.name}".strip(), action)
    for name in verb_names()
    for action in load(name).actions
    if action.remote is not None
]


def example(parameter: Parameter) -> str | int | bool:
    if parameter.choices:
        return parameter.choices[0]
    return {Kind.WHOLE: parameter.low, Kind.CONNECTOR: 1, Kind.FLAG: True}.get(parameter.kind, "2026-01-01")


@pytest.mark.parametrize(("words", "action"), REMOTE, ids=[words for words, _ in REMOTE])
def test_every_remote_verb_makes_an_order(words: str, action: Action) -> None:
    needed = {one.name: example(one) for one in action.parameters if one.required or one.positional}

    asked = wish("QE-1", words, needed)

    assert (asked.words, asked.effect) == (words, action.remote)


def test_the_list_names_each_with_its_effect_and_role(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["do"]) == 0
    told = capsys.readouterr().out
    for words, action in REMOTE:
        assert action.remote is not None
        line = next(line for line in told.splitlines() if line.strip().startswith(f"{words} "))
        assert action.remote.value in line
        assert needed_role(action, action.remote).word in line


@pytest.mark.parametrize("name", names())
def test_each_verb_of_the_tool_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])

    assert ended.value.code == 0
    assert f"usage: evse-support {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("faults",), "usage: evse-support do QE-1 faults WORD"),
        (("restart", "board"), "write: evse-support do QE-1 restart board --reason"),
        (("reboot",), 'did you mean "restart"?'),
        (("unlock", "--reason", "x"), '"unlock" has no --reason; known here: '),
        (("config", "show"), '"config show" is done at the charger only: evsectl config show'),
        (("ocpp", "trace", "much"), "see: evse-support do QE-1 ocpp trace --help"),
    ],
)
def test_a_word_that_is_wrong_is_answered_with_what_works_here(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["do", "QE-1", *words])
    except SystemExit as ended:
        code = int(str(ended.code))
    told = capsys.readouterr()

    assert code == 2
    assert says in told.err
    assert "evsectl" not in told.err.replace("at the charger only: evsectl", "")


def test_help_offers_only_what_may_be_asked_from_afar(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["do", "QE-1", "config", "--help"])
    offered = {line.split()[1] for line in capsys.readouterr().out.splitlines() if line.startswith("  config ")}

    assert offered == {action.name for action in load("config").actions if action.remote is not None}


def test_a_verb_that_is_mistyped_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", "x.toml", "expalin", "QE-1"]) == 2
    assert capsys.readouterr().err == 'evse-support: there is no "expalin"; did you mean "explain"?\n'
