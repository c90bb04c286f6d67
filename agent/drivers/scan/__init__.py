"""What hardware is there, for the person who writes a board file. Looks and asks; changes nothing, writes nothing."""
