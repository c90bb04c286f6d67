"""What a verb is: one file in `verbs/` that holds arguments, needed role, handler and rendering.

Everything here is a value, so that the running agent, the parser of `evsectl` and shell completion read the same table.
A verb's handler runs in the agent, its `show` in `evsectl`; each imports what only it needs inside the function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from agent.control.roles import Role
from agent.control.wire import Argument, Body, Done
from agent.core.leaving import Masked as Masked  # noqa: PLC0414 - verbs take it from here
from agent.core.orders.effects import Effect as Effect  # noqa: PLC0414
from agent.values import frozen

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

ANSWER_TIMEOUT_S = 10.0
REMOTE_WITHIN_S = 60.0
REMOTE_MOST_BYTES = 256 << 10


class Kind(Enum):
    """What an argument holds."""

    TEXT = "text"
    WHOLE = "whole"
    CONNECTOR = "connector"
    FLAG = "flag"
    FILE = "file"


@frozen(kw_only=True)
class Parameter:
    """One argument of an action. `purpose` explains it in `--help`; `low` and `high` bound a whole number.

    A positional one is required unless it has a default; an option without a default may be absent. `is_token` marks
    what a log may only see masked, `is_personal` what it may not see at all: it outlives a factory reset. `is_words`: a
    person types a sentence or a name there, which stands in the log and does not leave the charger.
    """

    name: str
    purpose: str
    kind: Kind = Kind.TEXT
    positional: bool = False
    required: bool = False
    default: Argument | None = None
    choices: tuple[str, ...] = ()
    low: int = 1
    high: int = 1_000_000
    is_token: bool = False
    is_personal: bool = False
    is_words: bool = False


class Conversation(Protocol):
    """The caller's end while a verb runs. Both raise ConnectionError once the caller is gone or does not read."""

    async def say(self, body: Body) -> None:
        """One item of a streaming answer."""
        ...

    async def ask(self, question: str, *, instead: str = "", within_s: float | None = None) -> str:
        """What the person types; `instead` is what a script writes. Raises TimeoutError when nothing comes.

        `within_s`: how long they may take; None: some minutes.
        """
        ...


Arguments = Mapping[str, Argument]
"""Checked against the parameters, defaults filled in; what may be absent and is, is absent."""

Answer = Callable[["StationPort", Arguments, Conversation], Awaitable[Done]]
Show = Callable[[Body, "Page"], None]
Local = Callable[[Arguments], Done]
Supply = Callable[[Arguments, str], str]
Supplier = Callable[[Arguments], Callable[[str], str]]
GoesOn = Callable[[Body], bool]
Look = Callable[[Arguments], object]
Keep = Callable[[Arguments, Body], Body]


@frozen(kw_only=True)
class Action:
    """One thing that can be asked for. `name` is "" where the verb is all there is to say.

    `answer` runs in the agent and raises ControlError; `local` runs in `evsectl` without an agent, instead of `answer`
    or, where both are given, when the parameter named `local_when` is present or `is_local` holds of the arguments, and
    with `falls_back` also where no agent is there to ask. `changes` is put on record before the answer leaves.
    `follows`: parts are shown one by one as they come, else they are joined. `timeout_s`: the longest
    silence; None waits for ever.

    `look` runs before anybody is asked, and says what is wrong with a file that an argument names. `without_agent` is
    what to write where no agent answers.
    `supply` answers the agent's questions in place of a person, out of a file that an argument names; `supplier` makes
    such a one for each call, where it has to remember what it answered. `keep` makes of the whole answer what is shown,
    and may write a file. All run in `evsectl`, with the rights of its user, and raise BadRequest.
    `remote`: it may be asked for from afar, and this is the worst that can come of it; None: only at the charger. Its
    body holds no secret; what it says of people and tokens is taken out by the door, and `masked` declares which of it
    there is. `remote_within_s` and
    `remote_most_bytes` bound the whole answer there, but for its file. `answer_remote`, where it is given, is done in
    place of `answer` for somebody who is not there.
    `left` is what to say where somebody leaves in the middle; `goes_on`: after this end the agent starts anew, and the
    same is asked of it again.
    """

    purpose: str
    show: Show
    name: str = ""
    role: Role = Role.VIEWER
    parameters: tuple[Parameter, ...] = ()
    answer: Answer | None = None
    local: Local | None = None
    local_when: str = ""
    is_local: Callable[[Arguments], bool] | None = None
    falls_back: bool = False
    without_agent: str = ""
    look: Look | None = None
    supply: Supply | None = None
    supplier: Supplier | None = None
    keep: Keep | None = None
    left: str = ""
    goes_on: GoesOn | None = None
    changes: bool = False
    follows: bool = False
    remote: Effect | None = None
    masked: tuple[Masked, ...] = ()
    answer_remote: Answer | None = None
    remote_within_s: float = REMOTE_WITHIN_S
    remote_most_bytes: int = REMOTE_MOST_BYTES
    timeout_s: float | None = ANSWER_TIMEOUT_S

    @property
    def only_reads(self) -> bool:
        """Asked for from afar, it leaves everything as it was: to do it later, or once more, does no harm."""
        return self.remote is Effect.READ and not self.changes


@frozen(kw_only=True)
class Verb:
    """A word of `evsectl`; the module's file name, with dashes, is its name."""

    purpose: str
    actions: tuple[Action, ...]
