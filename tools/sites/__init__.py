"""Faulty sites, drawn by seed: one thing is wrong, and commissioning has to name it first.

python -m tools.sites --seeds 200 --healthy 40
"""
