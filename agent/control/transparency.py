"""The file that the transparency software of the S.A.F.E. initiative opens: signed texts with their keys, as XML."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from agent.control.wire import Body

CONTEXTS = {"begin": "Transaction.Begin", "end": "Transaction.End"}


def xml_of(body: Body) -> str:
    """Of what `evsectl signed show` was answered. What is not signed cannot stand in it."""
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', "<values>", *_values(body), "</values>", ""))


def _values(body: Body) -> Iterator[str]:
    signed = [one for one in body["values"] if "data" in one]
    if any(one["holds_begin"] for one in signed):
        # One text proves the whole charge; the software takes another begin for a second charge.
        signed = [one for one in signed if one["holds_begin"]]
    number = body["remote_id"] if body["remote_id"] is not None else 1
    for one in signed:
        context = "" if one["holds_begin"] else f" context={quoteattr(CONTEXTS[one['edge']])}"
        yield f"  <value transactionId={quoteattr(str(number))}{context}>"
        yield f'    <signedData format={quoteattr(one["encoding"])} encoding="plain">{escape(one["data"])}</signedData>'
        yield f'    <publicKey encoding="plain">{escape(one["public_key"])}</publicKey>'
        yield "  </value>"
