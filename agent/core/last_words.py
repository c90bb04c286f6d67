"""What a program that dies leaves behind: a traceback without anybody's data, and its one line. Pure.

Two kinds of text: what faulthandler writes on a fatal signal, which holds places in the code alone, and ours of an
exception, whose message may quote anything. Of that only words stay that can be no token and no password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.core.leaving import WITHHELD, without_cards, without_login

SIGNALS = {
    "Segmentation fault": "SIGSEGV",
    "Aborted": "SIGABRT",
    "Bus error": "SIGBUS",
    "Floating-point exception": "SIGFPE",
    "Floating point exception": "SIGFPE",
    "Illegal instruction": "SIGILL",
}
"""As faulthandler calls them."""
HEAD = "Unhandled exception: "
FATAL = "Fatal Python error: "
KEPT_CHARACTERS = 16_384
HEADLINE_CHARACTERS = 300
MESSAGE_CHARACTERS = 200
FRAMES, NESTED = 40, 5
# Patterns are compiled where they are used: most programs never die, and every start would pay for them.
_FRAME = r'(?m)^  File "([^"]*)", line (\d+) in (.+)$'
DATA = (
    r"(?=[0-9A-Za-z]*\d)[0-9A-Za-z]{6,}|[0-9A-Fa-f]{8,}"
    r"|(?<![A-Za-z])(?!(?:[A-Z][a-z]{2,})+(?![A-Za-z]))[A-Za-z]{16,}"
)
"""Words that could be a card, a key or a serial number: six and more letters with a digit, or eight of base 16. And a
password of letters alone, of the sixteen that the shortest AuthorizationKey has: no word of ours is as long, but names
of classes, which are spelled like `ConnectionResetError`."""
_QUOTED = r"(?s)([\"'])(?:(?!\1).)*\1"
NAME = r"[a-z_][A-Za-z_.]*"


def of_exception(error: BaseException) -> str:
    """The whole text, its headline first."""
    found = _raised(error)
    headline = f"ended by an exception in {_place_of(found)}: {_words(found)}"[:HEADLINE_CHARACTERS]
    return bounded("\n".join([f"{HEAD}{headline}", *_lines(error, NESTED)]))


def headline(text: str) -> str:
    """One line for a page of health; of several deaths that of the last. "" where there is none."""
    last = max(text.rfind(FATAL), text.rfind(HEAD))
    if last < 0:
        return ""
    first, _, rest = text[last:].partition("\n")
    if first.startswith(HEAD):
        return first.removeprefix(HEAD)
    name = first.removeprefix(FATAL).strip()
    name = SIGNALS.get(name, f"a fatal error ({name})")
    _, _, current = rest.partition("Current thread")
    frames = re.findall(_FRAME, current.partition("\n\n")[0] or rest)
    ours = [frame for frame in frames if _is_ours(frame[0])] or frames
    where = f" in {_short(ours[0][0])}:{ours[0][1]} ({ours[0][2]})" if ours else ""
    return f"ended by {name}{where}"[:HEADLINE_CHARACTERS]


def name_of(line: str) -> str:
    """The exception or signal that a headline names; "" where it names none."""
    found = re.search(r"^ended by (SIG[A-Z]+)|^ended by an exception in .*?(?:\)|unknown place): (\w+)", line)
    return "" if found is None else found.group(1) or found.group(2)


def bounded(text: str) -> str:
    """Begin and end of what is too long."""
    if len(text) <= KEPT_CHARACTERS:
        return text
    half = KEPT_CHARACTERS // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters are left out …\n{text[-half:]}"


def masked(text: str) -> str:
    """A message in which nothing stands that somebody could pay, log in or be known by."""
    text = without_cards(without_login(" ".join(text.split())), WITHHELD)
    return re.sub(DATA, WITHHELD, re.sub(_QUOTED, _quoted, text))[:MESSAGE_CHARACTERS]


def _quoted(found: re.Match[str]) -> str:
    """A name of ours stays, as in "'NoneType' object has no attribute 'x'"; data do not."""
    inner = found.group(0)[1:-1]
    return found.group(0) if re.fullmatch(NAME, inner) or inner == "NoneType" else f"'{WITHHELD}'"


def _raised(error: BaseException) -> BaseException:
    """The one that tasks of a group died of."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _lines(error: BaseException, depth: int) -> Iterator[str]:
    yield _words(error)
    for path, line, name in _frames(error)[-FRAMES:]:
        yield f'  File "{_short(path)}", line {line} in {name}'
    following = [error.__cause__] if error.__cause__ is not None else []
    if error.__context__ is not None and not following and not error.__suppress_context__:
        following = [error.__context__]
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for one in (*inner, *following)[: NESTED if depth else 0]:
        yield "within it:" if one in inner else "because of:"
        yield from _lines(one, depth - 1)


def _words(error: BaseException) -> str:
    name, message = type(error).__name__, masked(str(error))
    return f"{name}: {message}" if message else name


def _frames(error: BaseException) -> list[tuple[str, int, str]]:
    """From the outermost call on."""
    found, place = [], error.__traceback__
    while place is not None:
        code = place.tb_frame.f_code
        found.append((code.co_filename, place.tb_lineno, code.co_qualname))
        place = place.tb_next
    return found


def _place_of(error: BaseException) -> str:
    frames = _frames(error)
    ours = [frame for frame in frames if _is_ours(frame[0])] or frames
    return f"{_short(ours[-1][0])}:{ours[-1][1]} ({ours[-1][2]})" if ours else "an unknown place"


def _is_ours(path: str) -> bool:
    return "/agent/" in path


def _short(path: str) -> str:
    """From the package on; of somebody else's file the last two names."""
    return f"agent/{path.rpartition('/agent/')[2]}" if _is_ours(path) else "/".join(path.split("/")[-2:])
