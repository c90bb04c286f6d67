"""What the simulated world can break, played: `explain` has to name it, and what it says would start it has to.

The ways to break that no case is made of stand in `of_ways.WAYS_LEFT_OUT`, each with its reason.

python -m tools.explain_cases --board sim-socket
"""
