"""Places in `messages.RESULTS`, by name."""

from messages import RESULTS

DONE, REFUSED, NOT_NOW, UNKNOWN, BAD_SIGNATURE, BAD_CHECKSUM, TOO_LARGE, FAILED, BUSY = range(len(RESULTS))
