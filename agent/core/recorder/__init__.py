"""The flight recorder's pure half: values of the session core as plain lists, rows of a recording, and the replay."""
