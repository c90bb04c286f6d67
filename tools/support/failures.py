"""What goes wrong between support staff and a charger, each with the exit code that a script tells it by."""

from __future__ import annotations

from agent.errors import AgentError


class SupportError(AgentError):
    """Its text is written for a person; `code` is the exit code (the same as evsectl's)."""

    code = 1


class WrongUse(SupportError):
    """The configuration or the command cannot be used as it stands."""

    code = 2


class NotReachable(SupportError):
    """No broker, or no charger, to talk to."""

    code = 3


class OrderRefused(SupportError):
    """Broker or charger understood, and said no."""

    code = 4


class NonceRefused(OrderRefused):
    """The charger's clock is in doubt, and the nonce that it had told was old; it tells a new one. Nothing was done.

    `clocks`: how far it is from this computer's, in a sentence; "" where it is not.
    """

    def __init__(self, text: str, clocks: str = "") -> None:
        super().__init__(text)
        self.clocks = clocks


class NoAnswer(SupportError):
    """Asked, and nothing came in time; the text says what is known."""

    code = 5
