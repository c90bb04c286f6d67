"""One file a test: `stNNN_<name>.py` with its `VERSION` and `async def run(bench: Bench) -> Outcome`.

Duty, stage and preconditions are its row in agent/core/commissioning/catalogue.csv. Limits and their sources stand in
the file, or in the country's file where they are the country's.
"""
