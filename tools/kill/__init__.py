"""Power cuts at random instants of charges, and the account of every Wh afterwards."""
