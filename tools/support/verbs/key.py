"""`evse-support key new|show`: the key that signs orders, and its public part for the chargers."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from agent.config.support import KEY_ID
from tools.support.failures import WrongUse
from tools.support.keys import loaded, made, public_part
from tools.support.settings import ROLES, load

PURPOSE = "make the key that signs orders; print its public part for the chargers"


def arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", required=True, metavar="new|show")
    new = words.add_parser("new", help="draw a key pair")
    new.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the private part goes, mode 600")
    new.add_argument("--id", default="", metavar="ID", help="how chargers know it; the file's name without it")
    new.add_argument("--role", choices=ROLES, default="viewer", help="what the chargers shall allow it (viewer)")
    words.add_parser("show", help="the public part of the key that the configuration names")


def run(typed: argparse.Namespace) -> int:
    """Raises WrongUse, ConfigError and OSError."""
    if typed.word == "new":
        id = typed.id or typed.out.stem
        if not re.fullmatch(KEY_ID.pattern, id):
            raise WrongUse(f'--id: "{id[:70]}" is no id of a key; {KEY_ID.words}')
        public = made(typed.out)
        print(f"{typed.out}: the private part; keep it, it is nowhere else and signs every order\n")
        print("for the keys file of each charger ([support] keys_file):\n")
        _print_public(id, public, typed.role)
        print("for your own configuration:\n")
        print(f'[key]\nid = "{id}"\nprivate_key_file = "{typed.out.expanduser().absolute()}"\nrole = "{typed.role}"')
        return 0
    table = load(typed.config).key
    if table is None:
        raise WrongUse("the configuration has no [key]; make one: evse-support key new --out FILE")
    _print_public(table.id, public_part(loaded(table)), table.role)
    return 0


def _print_public(id: str, public: str, role: str) -> None:
    print(f'[[key]]\nid = "{id}"\npublic_key = "{public}"\nrole = "{role}"\n')
