"""Plays seeds: the agent inside its simulated world, on one virtual clock. Only here and in tests are both imported."""
