"""What the network may send, thrown at the way of a frame from the socket to its answer.

The judge is another reader of the same schemas, `jsonschema` on those of the `ocpp` package. What may be asked of the
charger is written down by the recording station of the tests and not carried out.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from agent.core.facts import QueuedFact
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import Registration
from agent.ocpp_client.rpc import dispatch, frames
from agent.ocpp_client.station.registration import Standing
from agent.ocpp_client.v16.calls import LARGEST_ID
from firmware_sim.virtual_loop import VirtualLoop
from tests.ocpp_client.v16.station import Bench
from tests.store.domain import sampled, started, stopped
from tools.generate_validators import OUR_CALLS, inlined, read_schema, reduced

STANDINGS = (Standing(status=Registration.ACCEPTED), Standing(status=Registration.PENDING), Standing())
CODES = frozenset(
    {"NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError", "FormationViolation"}
    | {"PropertyConstraintViolation", "OccurenceConstraintViolation", "TypeConstraintViolation", "GenericError"}
)
"""Of OCPP-J 1.6, table 7, with its typing error."""
FACTS = (QueuedFact(seq=1, fact=started(1)), QueuedFact(seq=2, fact=sampled(1)), QueuedFact(seq=3, fact=stopped(1)))
_LOOP = VirtualLoop()


def network_frame(octets: bytes) -> None:
    """Whatever comes is a value, and one that can be kept, logged and sent: what is read is read again the same."""
    try:
        message: str | bytes = octets.decode()
    except UnicodeDecodeError:
        message = octets
    match frames.read_frame(message):
        case frames.Call(message_id, action, payload) as call:
            assert frames.read_frame(frames.call_text(call)) == call, call
            f"{message_id}{action}".encode()
            assert payload == _plainly(message)[3]
        case frames.CallResult(message_id, payload) as result:
            assert frames.read_frame(frames.result_text(message_id, payload)) == result, result
            assert payload == _plainly(message)[2]
        case frames.CallError(message_id, code, description):
            again = frames.read_frame(frames.error_text(message_id, code, description))
            assert again == frames.CallError(message_id, code, description), again
        case frames.Garbage(what, call_id):
            assert what
            assert call_id is None or call_id == _plainly(message)[1]


def network_command(octets: bytes) -> None:
    """A CALL, the first octet saying how we stand with the network, is answered once, with the right kind of answer.

    What another reader of its schema refuses is a CALLERROR and asks nothing of the charger; an answer fits its schema,
    and so does what is told because of it.
    """
    command_reached(octets)


def command_reached(octets: bytes) -> str | None:
    """As `network_command`; the command where it was carried out, so that a CALLRESULT answered it."""
    text = octets[1:].decode(errors="ignore")
    call = frames.read_frame(text)
    if not isinstance(call, frames.Call):
        return None
    bench = Bench()
    bench.station.charge()
    standing = STANDINGS[octets[0] % len(STANDINGS)]
    reply = _LOOP.run_until_complete(dispatch.Dispatcher(bench.adapter).answer(call, standing, 0.0))
    assert reply is not None
    answer = json.loads(reply.text)
    assert answer[1] == call.message_id
    if answer[0] == frames.ERROR:
        assert answer[2] in CODES, answer
        assert len(answer) == 5, answer
        assert not reply.then, "a refused command makes us tell nothing"
        assert call.action in bench.adapter.handlers or answer[2] == "NotImplemented"
        assert call.action not in bench.adapter.handlers or fits(call.action, call.payload) or not bench.station.asked
        return None
    assert fits(call.action, call.payload), "accepted against its schema"
    assert fits(f"{call.action}Response", answer[2]), answer
    assert all(fits(told.action, told.payload) for told in reply.then), reply.then
    return call.action


def network_answer(octets: bytes) -> None:
    """The answer to a CALL of ours, its action before the first line break: judged as another reader does.

    What is read from it can be kept; what cannot be read is a PeerViolation and nothing else.
    """
    answer_reached(octets)


def answer_reached(octets: bytes) -> str | None:
    """As `network_answer`; the name of the answer where it is one by its schema."""
    action, _, rest = octets.decode(errors="ignore").partition("\n")
    answer = frames.read_frame(f'[3,"1",{rest}]')
    if action not in OUR_CALLS or not isinstance(answer, frames.CallResult):
        return None
    adapter = Bench().adapter
    objection = adapter.check_answer(action, answer.payload)
    assert (objection is None) == fits(f"{action}Response", answer.payload), objection
    for read in (adapter.read_boot, adapter.read_heartbeat, adapter.read_authorize):
        try:
            _can_be_kept(read(answer.payload))
        except PeerViolation as violation:
            violation.what.encode()
    for fact in FACTS:
        try:
            meant = adapter.read_fact(fact, answer.payload)
            assert meant.remote_id is None or abs(meant.remote_id) <= LARGEST_ID
            _can_be_kept(meant)
        except PeerViolation as violation:
            violation.what.encode()
    return f"{action}Response" if objection is None else None


def words() -> list[str]:
    """What a mutation should know of the language: the actions, the names of fields, the words of lists."""
    names = [*Bench().adapter.handlers, *(f"{action}Response" for action in OUR_CALLS)]
    return sorted({word for name in names for word in (name, *_words_of(read_schema(name)))})


def fits(name: str, payload: Any) -> bool:
    """Whether `payload` is one of the schema called `name`, as far as we hold anybody to it."""
    return bool(_schema(name).is_valid(payload))


@cache
def _schema(name: str) -> Draft4Validator:
    schema = read_schema(name)
    return Draft4Validator(reduced(inlined(schema, schema.get("definitions", {}))))


def _words_of(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_words_of, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", ())) | set(schema.get("enum", ()))
    return own.union(*map(_words_of, schema.values())) if schema else own


def _plainly(message: str | bytes) -> Any:
    """As an independent reader has it; numbers of any size."""
    return json.loads(message)


def _can_be_kept(value: object) -> None:
    """By the store and by the log, in UTF-8."""
    repr(value).encode()
