"""Runs the self-tests of the catalogue, one file each in `checks/`, against the drivers of the charger."""
