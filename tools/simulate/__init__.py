"""Agent and world in one process on the virtual clock: the one place beside the tests that imports both."""
