"""`make demo-commission`: a faulty site and a good one, in real processes, by an installer who is a program."""
