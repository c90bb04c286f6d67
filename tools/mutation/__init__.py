"""Small deliberate mistakes in the board's rules, one at a time: does a test of the firmware notice each?

Own code instead of a library, for three reasons. The bands and times of the pilot are constants of a module, which
mutmut 3 leaves alone because it changes functions only. cosmic-ray changes the files in the working tree and starts the
test program anew for each change. And the firmware's modules import each other flatly, as they lie on the board.
"""
