"""The parts and senses of the fullest board. Nothing else here: the long run counts the memory of all that it loads."""

from kind import (
    CHAIN_FEEDBACK,
    EARTH_SENSE,
    LOAD_SENSE,
    METERING,
    RAILS,
    RESIDUAL_CURRENT,
    SOCKET,
    STORAGE,
    TEMPERATURES,
)

EVERYTHING = (
    SOCKET | RESIDUAL_CURRENT | LOAD_SENSE | EARTH_SENSE | METERING | TEMPERATURES | RAILS | CHAIN_FEEDBACK | STORAGE
)
