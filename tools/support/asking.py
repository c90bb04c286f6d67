"""One verb asked of one charger from the command line: known, shown, confirmed, sent, on record, told."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.control.arguments import checked
from agent.control.parser import parse
from agent.control.verb import Effect
from agent.control.wire import Argument
from agent.core.orders.checking import CASE
from agent.core.orders.envelope import Order
from agent.errors import AgentError
from tools.support.blobs import BadChunk
from tools.support.door import door_of
from tools.support.failures import NonceRefused, OrderRefused, SupportError, WrongUse
from tools.support.here import Here
from tools.support.history.cases import action_begun, action_ended, case_of, open_case_of
from tools.support.history.sink import History, open_history
from tools.support.kept_files import kept, parted
from tools.support.link import open_link
from tools.support.ordering import (
    Desk,
    Outcome,
    Progress,
    Wish,
    carried_out,
    known,
    refuse_hopeless,
    shown,
    wish,
    written,
)
from tools.support.picture import Device
from tools.support.settings import KeyTable, Settings, load
from tools.support.telling import beside, confirmed, note, page, printed, printed_json

OURS = {"--yes": "yes", "--anyway": "anyway"}
"""May stand behind the charger's words, too."""


def order_arguments(parser: argparse.ArgumentParser) -> None:
    """What every order takes."""
    parser.add_argument("--yes", action="store_true", help="send it without asking; what it does is shown all the same")
    parser.add_argument("--anyway", action="store_true", help="send it to a charger that is not there, too")
    parser.add_argument("--case", default="", metavar="ID", help="the support case; without it the one that is open")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def typed_wish(device: str, words: Sequence[str]) -> Wish:
    """What was typed as for evsectl, taken apart by the same table. Raises BadRequest, WrongUse."""
    line = parse(list(words), door_of(device))
    return wish(device, line.words, line.arguments)


def split(words: Sequence[str], typed: argparse.Namespace) -> list[str]:
    """Without our own options, which are set instead; they may not be mistaken for a value of the verb's.

    Raises WrongUse.
    """
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            return [*rest, word, *left]
        if word in OURS:
            setattr(typed, OURS[word], True)
        elif word == "--json":
            typed.json = True
        elif word == "--case":
            typed.case = next(left, "")
            if not typed.case:
                raise WrongUse("--case: which? see: evse-support case list")
        else:
            rest.append(word)
    return rest


def answered(typed: argparse.Namespace, asked: Wish) -> int:
    """Asked and shown as evsectl would; the exit code."""
    asked, places = parted(asked)
    try:
        outcome = outcome_of(typed, asked, progress=lambda body: _progress(typed, asked, body))
    except BadChunk as error:
        raise SupportError(
            f"the file of {asked.device} is not whole: {error}. Nothing was written; ask again"
        ) from error
    if outcome.file is not None:
        file = kept(outcome, Path(str(places["to"])) if "to" in places else None, asked.device)
        note(f"{len(outcome.file)} bytes in {file}, as the charger sent them (SHA-256 checked)")
        outcome = replace(outcome, body={**outcome.body, "file": str(file)})
    tell(typed, asked, _made_here(asked, places, outcome))
    return 0 if outcome.passed else 1


def _made_here(asked: Wish, places: Mapping[str, Argument], outcome: Outcome) -> Outcome:
    """With what `evsectl` makes of an answer on its own side, files among it. Raises BadRequest."""
    if asked.action.keep is None or asked.action.answer_remote is not None:
        return outcome
    try:
        body = asked.action.keep(checked(asked.action, {**asked.arguments, **places}), outcome.body)
    except (KeyError, TypeError, ValueError):
        return outcome  # Of another release; it is told as it came.
    return replace(outcome, body=body)


def outcome_of(typed: argparse.Namespace, asked: Wish, *, progress: Progress | None = None) -> Outcome:
    """Parts of a long answer joined, unless somebody takes them as they come. Raises AgentError."""
    settings = load(typed.config)
    key = key_of(settings)
    gathered: dict[str, Any] = {}

    def take(body: Mapping[str, Any]) -> None:
        if asked.action.follows and progress is not None:
            progress(body)
        else:
            join(gathered, body)

    with open_link(settings.broker, here=typed.here) as link:
        desk = Desk(link=link, prefix=settings.broker.prefix, key=key)
        outcome = ordered(desk, settings, asked, typed, take)
    join(gathered, outcome.body)
    for doubt in filter(None, (outcome.doubt, outcome.clocks)):
        note(doubt)
    return replace(outcome, body=gathered)


def ordered(desk: Desk, settings: Settings, asked: Wish, typed: argparse.Namespace, take: Progress) -> Outcome:
    """On a link that is there. Raises AgentError; what it came to is on record either way."""
    here = desk.link.here
    device = known(desk.link, desk.prefix, asked.device)
    refuse_hopeless(device, here.now_ms(), anyway=typed.anyway)
    with _recorder(settings) as history:
        case = typed.case or _open_case(history, asked.device)
        if case and not CASE.fullmatch(case):
            raise WrongUse(f'--case: "{case[:70]}" is no case id; 1 to 64 letters, digits or . _ : / # -')
        if typed.case and history is not None:
            _look_at_case(history, typed.case, asked.device)
        order = written(asked, device, desk.key, case, here)
        _confirm(asked, shown(asked, order, desk.key), typed, device)
        try:
            return _sent(desk, history, asked, order, take)
        except NonceRefused as refused:
            # It was not done, and by now the charger has told the nonce that it wants.
            _confirm_anew(asked, refused.clocks, typed)
            device = known(desk.link, desk.prefix, asked.device)
            outcome = _sent(desk, history, asked, written(asked, device, desk.key, case, here), take)
            return replace(outcome, clocks="")


def _confirm_anew(asked: Wish, clocks: str, typed: argparse.Namespace) -> None:
    """By a nonce of now the order cannot be one of yesterday; who changes something is told all the same. Raises."""
    if not clocks:
        note(f"{asked.device} doubts its clock, and what it had told to order by was old; ordered anew by the new")
        return
    by_nonce = "the charger refused the order for its time; it tells a fresh nonce, by which it takes one of now"
    if asked.effect is Effect.READ or typed.yes:
        note(f"{clocks}. {by_nonce[0].upper()}{by_nonce[1:]}; ordered anew")
    elif not confirmed([clocks, by_nonce], "Send it anew?"):
        raise OrderRefused("nothing was done")


def _look_at_case(history: History, case: str, device: str) -> None:
    """An order under a case that is not here, or is of another charger, would be in no case's list. Raises WrongUse."""
    found = case_of(history, case)
    if found.case_id != case or found.device != device:
        raise WrongUse(
            f"--case: {found.case_id} is a case of {found.device}, and this order is for {device}; "
            f"open one: evse-support case open {device}"
        )


def _sent(desk: Desk, history: History | None, asked: Wish, order: Order, take: Progress) -> Outcome:
    here = desk.link.here
    record = {
        "order_id": order.id,
        "case_id": order.case,
        "device": order.device,
        "verb": order.verb,
        "asked_ms": here.now_ms(),
        "key_id": order.key_id,
    }
    with _on_record(history, record, here):
        return carried_out(desk, asked, order, progress=take, tell=note)


def key_of(settings: Settings) -> KeyTable:
    """Raises WrongUse."""
    if settings.key is None:
        raise WrongUse(
            "an order needs a key, and the configuration has no [key]; make one: evse-support key new --out FILE. "
            "Without one: fleet, show, load --now, history, uptime, metrics"
        )
    return settings.key


def tell(typed: argparse.Namespace, asked: Wish, outcome: Outcome) -> None:
    """As evsectl shows it."""
    if typed.json:
        printed_json(outcome.body)
    elif not asked.action.follows:
        show_body(asked, outcome.body)


def show_body(asked: Wish, body: Mapping[str, Any]) -> None:
    """By the verb's own rendering; a charger of another release may answer in another form."""
    shown_page, door = page(), door_of(asked.device)
    try:
        asked.action.show(body, shown_page)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        note("this charger answers in another form than this program knows (another release?); as it came:")
        printed_json(body)
        return
    shown_page.lines = [door.told(line) for line in shown_page.lines]
    printed(shown_page)


def join(gathered: dict[str, Any], body: Mapping[str, Any]) -> None:
    """A long list comes in parts; lists of one name are one list."""
    for name, value in body.items():
        gathered[name] = [*gathered.get(name, []), *value] if isinstance(value, list) else value


def _progress(typed: argparse.Namespace, asked: Wish, body: Mapping[str, Any]) -> None:
    if typed.json:
        if body:
            printed_json(body)
    else:
        show_body(asked, body)
    sys.stdout.flush()


def _confirm(asked: Wish, lines: list[str], typed: argparse.Namespace, device: Device) -> None:
    needs_a_word = asked.effect is not Effect.READ and not typed.yes
    if not needs_a_word:
        # The same asked again while somebody looks at a page is not told into that page.
        beside(f"  {line}" for line in lines if not getattr(typed, "is_shown", False))
        return
    ports = "; ".join(f"port {number}: {port.headline or port.state}" for number, port in sorted(device.ports.items()))
    if not confirmed([*lines, *([f"now      {ports}"] if ports else [])], "Send it?"):
        raise OrderRefused("nothing was sent")


@contextlib.contextmanager
def _recorder(settings: Settings) -> Iterator[History | None]:
    """None where the history is away: a charger is helped all the same, and the gap is told."""
    try:
        history = open_history(settings.history)
    except AgentError as error:
        note(f"{error}; this order goes out without being put on record here (the charger records it)")
        yield None
        return
    try:
        yield history
    finally:
        history.close()


def _open_case(history: History | None, device: str) -> str:
    if history is None:
        return ""
    case = open_case_of(history, device)
    return "" if case is None else case.case_id


@contextlib.contextmanager
def _on_record(history: History | None, record: Mapping[str, Any], here: Here) -> Iterator[None]:
    if history is None:
        yield
        return
    action_begun(history, record)
    outcome = "interrupted"
    try:
        yield
        outcome = "done"
    except AgentError as error:
        outcome = str(error)
        raise
    finally:
        with contextlib.suppress(AgentError):
            action_ended(history, str(record["order_id"]), outcome, here.now_ms())
