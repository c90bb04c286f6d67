"""Programs the measures start as child processes: the floors, and the agent with a stopwatch in its loop."""
