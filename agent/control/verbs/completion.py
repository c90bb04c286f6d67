"""`evsectl completion bash|zsh`: a script for the shell, made from the verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.verb import Action, Arguments, Kind, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.control.render import Page

EVERYWHERE = ("--json", "--socket", "--help")

BASH = """\
_evsectl() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words="" said=""
    case "$before" in {files}) COMPREPLY=($(compgen -f -- "$word")); return;; esac
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "${{COMP_WORDS[i]}}" in
            --socket|--config) ((i++));;
            -*) ;;
            *) said="$said${{said:+ }}${{COMP_WORDS[i]}}";;
        esac
    done
    case "$said" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -F _evsectl evsectl
"""


def script(arguments: Arguments) -> Done:
    bash = BASH.format(files="|".join(("--socket", "--config")), cases=_cases())
    # zsh reads a completion of bash through its own adapter.
    zsh = f"#compdef evsectl\nautoload -U +X bashcompinit && bashcompinit\n{bash}"
    return Done({"shell": arguments["shell"], "script": zsh if arguments["shell"] == "zsh" else bash})


def _cases() -> str:
    from agent.control.registry import load, verb_names

    lines = [_case('""', (*verb_names(), *EVERYWHERE))]
    for name in verb_names():
        others = tuple(action.name for action in load(name).actions if action.name)
        # The bare verb's pattern matches all that begins like it, so it comes last.
        for action in sorted(load(name).actions, key=lambda one: not one.name):
            words = tuple(option for parameter in action.parameters for option in _words(parameter))
            words = words if action.name else (*others, *words)
            said = f"{name} {action.name}".strip()
            lines.append(_case(f'"{said}"|"{said} "*', (*words, *EVERYWHERE)))
        if others:
            lines.append(_case(f'"{name}"', (*others, *EVERYWHERE)))
    return "\n".join(lines)


def _words(parameter: Parameter) -> tuple[str, ...]:
    return parameter.choices if parameter.positional else (option(parameter.name),)


def option(name: str) -> str:
    """How an argument is written on the command line."""
    return f"--{name.replace('_', '-')}"


def _case(said: str, words: tuple[str, ...]) -> str:
    return f'        {said}) words="{" ".join(words)}";;'


def show(body: Body, page: Page) -> None:
    for line in body["script"].splitlines():
        page.line(line)


VERB = Verb(
    purpose="completion for bash or zsh: source <(evsectl completion bash)",
    actions=(
        Action(
            purpose="completion for bash or zsh: source <(evsectl completion bash)",
            parameters=(
                Parameter(
                    name="shell",
                    kind=Kind.TEXT,
                    positional=True,
                    default="bash",
                    choices=("bash", "zsh"),
                    purpose="for which shell",
                ),
            ),
            local=script,
            show=show,
        ),
    ),
)
