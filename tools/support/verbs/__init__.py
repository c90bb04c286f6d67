"""One file for each verb: PURPOSE, `arguments(parser)`, `run(typed)`, which returns the exit code."""
