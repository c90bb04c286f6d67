"""A whole number on a command line, a count mostly: none would let a check pass that looked at nothing."""

from __future__ import annotations

from argparse import ArgumentTypeError


def at_least_one(text: str) -> int:
    """The `type=` of an option; argparse tells the reason."""
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no whole number above 0; write 1 or more")
    return int(text)
