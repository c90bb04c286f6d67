"""What measured values of a self-test mean: limits, verdicts, and the words for them. Pure; the checks do the rest."""
