"""The charger as a whole: what concerns more than one connector, and what its neighbours may ask of it."""
