"""`make demo`: one charge in real processes, told as it happens."""
