"""The long measures: `python -m benchmarks`. Each figure stands beside its floor, taken in the same run."""
