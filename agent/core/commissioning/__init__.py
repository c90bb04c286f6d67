"""Taking a charger into service: which tests there are, what they found, in which order, and what follows. Pure."""
