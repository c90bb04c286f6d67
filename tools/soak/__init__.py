"""Hours of charges and trouble in real processes: what grows, what does not come back, and the account of every Wh."""
