"""What leaves the charger, as tables: each field with its type, its unit and what it says.

The one source of `agent/telemetry/schemas/`, which `python -m tools.generate_schemas` writes. A table is a TypedDict, a
field's text stands below it, a field in `Maybe[…]` may be absent, and one that is `… | None` may be null. Words are the
enums of the code, counters are its lists: what has a type there is not written down again. The running agent loads
nothing of this.
"""
