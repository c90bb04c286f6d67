"""What a newcomer meets first: make, the lock files, the licence, and pages whose paths are really there."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent import VERSION
from tools.code_shape import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
FITS, HAS_VENV = "version_info", "ensurepip"
"""By these words a stand-in for Python knows which of the script's two questions it is asked."""


def normal(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> dict[str, list[str]]:
    """Every requirement `name==version ; marker` of a lock file, with its hashes."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / lock).read_text().replace("\\\n", " ").splitlines():
        if line and not line.lstrip().startswith("#"):
            requirement, *hashes = line.split(" --hash=")
            found[requirement.strip()] = [each.strip() for each in hashes]
    return found


def pins(lock: str) -> set[tuple[str, str]]:
    """Names and versions, whatever the marker."""
    return {(normal(name), rest.split(" ")[0]) for name, _, rest in (each.partition("==") for each in locked(lock))}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_file_has_a_hash_and_none_an_address(lock: str) -> None:
    requirements = locked(lock)

    assert requirements
    assert [name for name in requirements if not re.match(r"[\w.-]+==[\w.]+( ; .+)?$", name)] == []
    assert [name for name, hashes in requirements.items() if not hashes] == []
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for hashes in requirements.values() for each in hashes)
    assert not re.search(r"://|index-url|find-links|trusted-host", (ROOT / lock).read_text())


def test_the_lock_files_agree() -> None:
    run, dev = (pins(lock) for lock in LOCKS)

    assert run < dev


def test_everything_the_project_asks_for_is_locked() -> None:
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    wanted = {"requirements.lock": project["dependencies"] + extras["bench"], "requirements-dev.lock": extras["dev"]}
    missing = [
        f"{lock}: {name}"
        for lock, requirements in wanted.items()
        for requirement in requirements
        if (name := normal(re.split(r"[<>=; \[]", requirement)[0])) not in {each for each, _ in pins(lock)}
    ]

    assert missing == []


def test_the_running_agent_needs_few_libraries() -> None:
    names = {re.split(r"[<>=; ]", requirement)[0] for requirement in PROJECT["project"]["dependencies"]}

    assert names == {"websockets", "pymodbus", "pyserial", "cbor2", "cryptography", "paho-mqtt"}


@pytest.mark.parametrize(("program", "entry"), PROJECT["project"]["scripts"].items())
def test_a_program_begins_in_a_module_that_is_there(program: str, entry: str) -> None:
    module, _, function = entry.partition(":")

    assert importlib.util.find_spec(module), program
    assert function == "main"


def test_the_licence_is_the_whole_text() -> None:
    text = (ROOT / "LICENSE").read_text()

    assert "Apache License\n" in text and "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_the_changelog_knows_this_version() -> None:
    assert re.search(rf"^## \[{re.escape(VERSION)}\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "packaging/README.md"])
def test_every_path_a_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text()
    tops = "|".join(re.escape(path.name) for path in ROOT.iterdir() if not path.name.startswith("."))
    named = re.findall(rf"[` ]((?:{tops})/[\w./<>-]*\w|[A-Z]+\.md|requirements[\w-]*\.lock)", text)
    # Of a path with a blank to fill in, the folder that the file goes to.
    fixed = {name.partition("<")[0].rpartition("/")[0] if "<" in name else name for name in named}

    assert fixed
    assert [name for name in sorted(fixed) if not (ROOT / name).exists()] == []


@pytest.fixture(scope="module")
def make() -> str:
    found = shutil.which("make")
    if found is None:
        pytest.skip("make is not installed")
    return found


def test_make_alone_lists_what_there_is(make: str) -> None:
    listed = subprocess.run([make, "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    targets = set(re.findall(r"^ +make ([a-z]+) ", listed, re.MULTILINE))
    assert {"demo", "test", "bench", "kill", "simulate", "generate", "clean", "help"} <= targets


def test_what_make_runs_is_there() -> None:
    modules = re.findall(r"python -m ((?:tools|benchmarks)[\w.]*\w)", (ROOT / "Makefile").read_text())

    assert "tools.demo" in modules
    assert [name for name in modules if not importlib.util.find_spec(name)] == []


def test_the_build_server_runs_what_everybody_runs() -> None:
    script = ROOT / ".ci/run"

    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text()
    assert script.read_text().rstrip().endswith("exec make test")


class Pythons:
    """A machine with nothing but the Pythons that a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, *, fits: bool, has_venv: bool = True) -> Path:
        path = self.folder / name
        answers = {FITS: fits, HAS_VENV: has_venv}
        cases = "".join(f"*{word}*) exit {int(not good)};;\n" for word, good in answers.items())
        path.write_text(f'#!/bin/sh\ncase "$2" in\n{cases}esac\n')
        path.chmod(0o755)
        return path

    def look(self, **environment: str) -> subprocess.CompletedProcess[str]:
        shell = shutil.which("sh")
        assert shell
        return subprocess.run(
            [shell, str(ROOT / "tools/find_python.sh")],
            env={"PATH": str(self.folder), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def pythons(tmp_path: Path) -> Pythons:
    return Pythons(tmp_path)


def test_the_systems_python_is_taken_where_it_fits(pythons: Pythons) -> None:
    system = pythons.add("python3", fits=True)
    pythons.add("python3.12", fits=True)

    assert pythons.look().stdout.strip() == str(system)


def test_a_newer_python_beside_an_old_one_is_found(pythons: Pythons) -> None:
    pythons.add("python3", fits=False)
    newer = pythons.add("python3.12", fits=True)

    assert pythons.look().stdout.strip() == str(newer)


def test_a_named_python_is_the_only_one_looked_at(pythons: Pythons) -> None:
    pythons.add("python3", fits=True)
    pythons.add("mine", fits=False)

    found = pythons.look(EVSE_PYTHON="mine")

    assert (found.returncode, found.stdout) == (1, "")
    assert "looked at mine" in found.stderr


def test_a_missing_python_is_explained_with_what_to_install(pythons: Pythons) -> None:
    found = pythons.look()

    assert found.returncode == 1
    assert "No Python 3.11, 3.12 or 3.13 was found." in found.stderr
    assert "apt install python3 python3-venv" in found.stderr


def test_a_missing_venv_module_is_explained_with_what_to_install(pythons: Pythons) -> None:
    pythons.add("python3", fits=True, has_venv=False)

    found = pythons.look()

    assert found.returncode == 1
    assert "Found python3, but without" in found.stderr
    assert "apt install python3-venv" in found.stderr
