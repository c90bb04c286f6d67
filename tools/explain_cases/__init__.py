"""Everything the simulated world can break, played: `explain` has to name it, and what it says would start it has to.

python -m tools.explain_cases --board sim-socket
"""
