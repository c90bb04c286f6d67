"""Stand-ins for programs of the system, for every test of this folder that wants them."""

from tests.network_check.programs import programs as programs
