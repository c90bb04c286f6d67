"""Failures as support staff meet them: each played, looked at with what `evse-support` gives, and judged."""
