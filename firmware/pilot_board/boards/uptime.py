"""Milliseconds since start from a counter that wraps."""

import time


class Uptime:
    """Must be asked at least once in six days: MicroPython's counter wraps after twice that."""

    def __init__(self) -> None:
        self._elapsed_ms = 0
        self._counter = time.ticks_ms()
        self._elapsed_us = 0
        self._counter_us = time.ticks_us()

    def milliseconds(self) -> int:
        """Since this object was made; does not wrap."""
        counter = time.ticks_ms()
        self._elapsed_ms += time.ticks_diff(counter, self._counter)
        self._counter = counter
        return self._elapsed_ms

    def microseconds(self) -> int:
        """Since this object was made; does not wrap. Its counter does, after 18 minutes: ask at least that often."""
        counter = time.ticks_us()
        self._elapsed_us += time.ticks_diff(counter, self._counter_us)
        self._counter_us = counter
        return self._elapsed_us
