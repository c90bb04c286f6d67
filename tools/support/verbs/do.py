"""`evse-support do DEVICE VERB …`: anything that a charger may be asked from afar, typed as for evsectl."""

from __future__ import annotations

import argparse
import sys

from agent.control.registry import load as load_verb
from agent.control.registry import verb_names
from tools.support.asking import answered, order_arguments, split, typed_wish
from tools.support.ordering import needed_role

PURPOSE = "any remote verb of a charger, with the words of evsectl"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "without DEVICE: lists what can be asked from afar, with its effect and the role it needs"
    order_arguments(parser)
    parser.add_argument("device", nargs="?", default="", metavar="DEVICE")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="VERB …", help='as for evsectl: "faults list"')


def run(typed: argparse.Namespace) -> int:
    """Raises AgentError."""
    words = split(typed.words, typed)
    if not typed.device or not words:
        _print_table()
        return 0 if not typed.device else 2
    return answered(typed, typed_wish(typed.device, words))


def _print_table() -> None:
    rows = []
    for name in verb_names():
        for action in load_verb(name).actions:
            if action.remote is not None:
                words = f"{name} {action.name}".strip()
                rows.append((words, action.remote.value, needed_role(action, action.remote).word, action.purpose))
    for words, effect, role, purpose in rows:
        sys.stdout.write(f"  {words:<18} {effect:<16} {role:<9} {purpose}\n")
    sys.stdout.write(
        "\nthe site file of a charger says which of these it takes: [support] allow; write: do DEVICE VERB …\n"
    )
