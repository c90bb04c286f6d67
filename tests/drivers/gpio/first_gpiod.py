"""What is left of the first version's interface where a distribution installs it under the same name."""

from __future__ import annotations


def version_string() -> str:
    return "1.6.3"
