"""Exclusive use of one connector's devices, for whoever tests them. Whether it is lent is for the core (lending.py)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.connector.runner import Connector
from agent.core.session.events import LoanEnded, LoanRequested
from agent.core.session.lending import objection_to_loan
from agent.core.session.model import Loan
from agent.core.session.offer import is_sure
from agent.errors import Busy

ANSWERS_WITHIN_S = 5.0
"""A connector takes its events within milliseconds, or after the record it waits for."""


@asynccontextmanager
async def lent(connector: Connector, loan: Loan) -> AsyncIterator[None]:
    """The connector's devices are the caller's inside; `loan` is made for this one use. Raises Busy, with the reason.

    A loan can end earlier, with the program: then the session has taken its devices back (`still_lent`). Afterwards the
    session has given every order anew, unless a device does not take it, which it then goes on trying by itself.
    """
    number = connector.session.connector
    if why := objection_to_loan(connector.session):
        raise Busy(f"connector {number} cannot be tested now: {why}")
    connector.post(LoanRequested(loan))
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            await connector.until(lambda session: session.loan is loan or bool(objection_to_loan(session)))
    except TimeoutError as error:
        connector.post(LoanEnded(loan))
        raise Busy(f"connector {number} cannot be tested now: it does not react; try again") from error
    if not still_lent(connector, loan):
        raise Busy(f"connector {number} cannot be tested now: {objection_to_loan(connector.session)}")
    try:
        yield
    finally:
        connector.post(LoanEnded(loan))
        await _taken_back(connector, loan)


def still_lent(connector: Connector, loan: Loan) -> bool:
    """Whether the devices are still the borrower's to move."""
    return connector.session.loan is loan


async def _taken_back(connector: Connector, loan: Loan) -> None:
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            await connector.until(lambda session: session.loan is not loan and is_sure(session))
    except TimeoutError:
        return  # a board or a lock that does not take its orders is told of, and tried again, by the session
