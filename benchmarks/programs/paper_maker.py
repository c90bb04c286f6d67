"""Make a paper as `python -m agent.papers` does, or with "bare" only read what is given; then tell what it took."""

from __future__ import annotations

import json
import os
import sys
import time

from benchmarks.process import peak_mb


def main(words: list[str]) -> int:
    """The exit code of the paper's program."""
    code = 0
    if words == ["bare"]:
        sys.stdin.buffer.read()
    else:
        from agent.papers.__main__ import main as make

        code = make(words)
    sys.stdout.write(json.dumps({"cpu_ms": time.process_time() * 1000, "peak_mb": peak_mb(os.getpid())}))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
