"""A charger with one thing wrong, for support staff to find from afar: `python -m tools.training.support`."""
