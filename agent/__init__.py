"""evse-agent: the software on an AC charger's Linux controller."""

VERSION = "0.1.0"
