"""Events of what is asked from afar: rows of the table in `agent/events.py`."""

from __future__ import annotations

from agent.event_kinds import EventField, EventKind

_WHO = (
    EventField("via", "the door: mqtt or ocpp"),
    EventField("id", "of the order, as whoever gave it drew it", may_be_absent=True),
    EventField("key", "whose key signed it", may_be_absent=True),
    EventField("case", "the support case it is for", may_be_absent=True),
)
_VERB = EventField("verb", "what was asked for, as evsectl has it")
_OUTCOME = EventField("outcome", "result, refused or failed")

ORDER_KINDS = (
    EventKind("order.accepted", "An order from afar is being done; its id is on disk.", (_VERB, *_WHO)),
    EventKind(
        "order.refused",
        "An order from afar was not done. Those that nobody signed are told once a minute, with their number.",
        (
            EventField("why", "in a word: signature, expired, seen, role, not_allowed, retained, …"),
            EventField("verb", "what was asked for", may_be_absent=True),
            EventField("count", "so many since the last was told", may_be_absent=True),
            *_WHO,
        ),
    ),
    EventKind(
        "order.done",
        "An order from afar came to its end.",
        (_VERB, _OUTCOME, EventField("took_s", "from taking it to its answer"), *_WHO),
    ),
    EventKind(
        "support.acted",
        "Something was done from afar for a support case: what its resolution time and its actions are counted from.",
        (
            EventField("case", "its number at the help desk"),
            _VERB,
            _OUTCOME,
            EventField("took_s", "from the order to its answer; of a bundle, until it was sent"),
        ),
    ),
    EventKind(
        "restart.ordered",
        "Somebody has the program, the controller, its modem or a pilot board start anew.",
        (EventField("what", "service, system, modem or board"), EventField("reason", "in their words")),
    ),
    EventKind(
        "restart.ended",
        "What became of a pilot board that was to start anew by order.",
        (
            EventField("what", "board"),
            EventField(
                "outcome",
                "back: heard again; silent: it agreed and was not heard again in time; refused; unanswered: it was not "
                "heard when it was asked; left: nobody waited for it",
            ),
            EventField("after_s", "from the question to its first word", may_be_absent=True),
        ),
    ),
    EventKind(
        "lock.released",
        "The lock of a connector was opened by hand or from afar, without a transaction's end.",
        (EventField("by", "who asked: evsectl or an order"),),
    ),
    EventKind(
        "log.changed",
        "A part of the program tells more, or less, in its log than usual; it ends by itself.",
        (
            EventField("part", "which"),
            EventField("level", "debug, info or warning"),
            EventField("lasts_s", "how long; 0: it is as usual again"),
        ),
    ),
)
