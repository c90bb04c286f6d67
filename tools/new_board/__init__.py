"""A board file from questions: `python -m tools.new_board`."""
