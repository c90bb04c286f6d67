"""Who puts new firmware in place, behind one interface: simulated for the bench, the real ones as far as they are."""
