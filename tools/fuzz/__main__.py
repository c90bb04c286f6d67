"""`python -m tools.fuzz [TARGET …] --seconds N`: coverage-guided octets against what board and network send.

Starts from the corpus in the tree and keeps what it finds in the folder of `--dir`. What broke a promise lies there
too, as `crash-…`; `--play FILE` plays it again. `--merge` takes into the corpus what takes new branches.
Exit codes: 0 nothing found, 1 a promise broken, 3 no atheris for this Python and machine.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.at_least_one import at_least_one
from tools.fuzz.merge import merge
from tools.fuzz.network import words
from tools.fuzz.targets import OF_THE_NETWORK, TARGETS

CORPUS = Path(__file__).resolve().parents[2] / "tests" / "corpus"
LONGEST = 600
LONGEST_OF_THE_NETWORK = 2_000
SLOWEST_S = 5
MEMORY_MB = 1024


def main() -> None:
    given = _arguments()
    if given.play is not None:
        for name in given.targets:
            TARGETS[name](given.play.read_bytes())
        print(f"{given.play} keeps every promise")
        return
    if given.merge:
        for name in given.targets:
            print(f"{name}: {merge(CORPUS / name, finds(given.dir / name), TARGETS[name])} taken into the corpus")
        return
    if importlib.util.find_spec("atheris") is None:
        print("no atheris: its wheels are for Linux on x86-64 and CPython 3.11 to 3.13", file=sys.stderr)
        sys.exit(3)
    failed = [name for name in given.targets if not fuzz(name, given)]
    print(f"fuzzed: {', '.join(given.targets)}; promises broken: {', '.join(failed) or 'none'}")
    sys.exit(1 if failed else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.fuzz", description="Coverage-guided fuzzing of the links.")
    parser.add_argument("targets", nargs="*", default=list(TARGETS), help=f"of {', '.join(TARGETS)} (all)")
    parser.add_argument("--seconds", type=at_least_one, default=60, help="for each target (60)")
    parser.add_argument("--dir", type=Path, default=Path(".fuzz"), help="where finds are kept (.fuzz)")
    parser.add_argument("--merge", action="store_true", help="take new coverage into the corpus of the tree")
    parser.add_argument("--play", type=Path, metavar="FILE", help="give one file to the targets and stop")
    given = parser.parse_args()
    unknown = [name for name in given.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    if given.play is not None and not given.play.is_file():
        parser.error(f"no file {given.play}; what broke a promise lies in {given.dir}/TARGET/crash-…")
    if given.merge and (missing := [name for name in given.targets if not (given.dir / name).is_dir()]):
        parser.error(f"nothing was fuzzed into {given.dir} for {', '.join(missing)}; first: python -m tools.fuzz")
    return given


def fuzz(name: str, given: argparse.Namespace) -> bool:
    """Whether the target held for its time. libFuzzer ends its process, so each target has one of its own."""
    folder, corpus = given.dir.resolve() / name, CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    limits = (f"-timeout={SLOWEST_S}", f"-rss_limit_mb={MEMORY_MB}")
    command = [sys.executable, "-m", "tools.fuzz.one", name, f"-artifact_prefix={folder}/", *limits]
    command += _language(given.dir.resolve() / "words.dict") if is_of_the_network(name) else [f"-max_len={LONGEST}"]
    folders = (str(folder), str(corpus))
    return subprocess.run([*command, f"-max_total_time={given.seconds}", *folders], check=False).returncode == 0


def is_of_the_network(name: str) -> bool:
    return TARGETS[name] in OF_THE_NETWORK


def _language(file: Path) -> list[str]:
    """Options for what is JSON: longer, and made of words that no mutation would ever find."""
    file.write_text("".join(f'"\\"{word}\\""\n' for word in words()))
    return [f"-max_len={LONGEST_OF_THE_NETWORK}", f"-dict={file}"]


def finds(folder: Path) -> Iterator[Path]:
    """What the fuzzer kept there, without what broke a promise."""
    return (file for file in folder.iterdir() if not file.name.startswith(("crash-", "timeout-", "oom-", "slow-")))


if __name__ == "__main__":
    main()
