"""Figures of a charger's life between the wall and the first paid energy, from records alone. Pure."""
