"""The names on the broker, and nothing else knows them: `<prefix>/v1/<device>/…` (operations.md section 7).

Pure text. A prefix may have several levels; a device is one. Ports are numbered as connectors, from 1.
"""

from __future__ import annotations

import re

from agent.config.mqtt import NAME
from agent.values import frozen

VERSION = "v1"
"""Fields may be added inside it; no meaning changes inside it."""
SCHEMA = 1
"""Of the documents; told in the birth."""

STATE, HEALTH, EVENT, SESSION, OUTAGE, LOAD, COMMAND = "state", "health", "event", "session", "outage", "load", "cmd"
PORT_STATUS, PORT_METER, RESULT = "port_status", "port_meter", "res"
KINDS = (STATE, HEALTH, PORT_STATUS, PORT_METER, EVENT, SESSION, OUTAGE, LOAD, COMMAND, RESULT)
"""Each has a file `schemas/<kind>.schema.json`."""

DEVICE = re.compile(NAME)
"""What a device may be called."""


def device_of(serial_number: str) -> str:
    """The name of a charger on the broker: its serial number, with "-" for what a topic cannot hold.

    "" where nothing is left of it.
    """
    return re.sub(r"[^A-Za-z0-9._:-]+", "-", serial_number).strip("-")[:64]


@frozen
class Topics:
    """All topics of one charger."""

    prefix: str
    device: str

    @property
    def base(self) -> str:
        """What stands before all of them, without the last slash."""
        return f"{self.prefix}/{VERSION}/{self.device}"

    @property
    def state(self) -> str:
        return f"{self.base}/{STATE}"

    @property
    def health(self) -> str:
        return f"{self.base}/{HEALTH}"

    @property
    def event(self) -> str:
        return f"{self.base}/{EVENT}"

    @property
    def session(self) -> str:
        return f"{self.base}/{SESSION}"

    @property
    def outage(self) -> str:
        return f"{self.base}/{OUTAGE}"

    @property
    def load(self) -> str:
        return f"{self.base}/{LOAD}"

    @property
    def command(self) -> str:
        return f"{self.base}/{COMMAND}"

    def port_status(self, port: int) -> str:
        return f"{self.base}/port/{port}/status"

    def port_meter(self, port: int) -> str:
        return f"{self.base}/port/{port}/meter"

    def result(self, order: str) -> str:
        """Of the order of this id."""
        return f"{self.base}/{RESULT}/{order}"

    def blob(self, order: str, chunk: int) -> str:
        return f"{self.base}/blob/{order}/{chunk}"


@frozen
class Place:
    """A topic taken apart: whose, which kind of message ("blob" included), and the number or id in it."""

    prefix: str
    device: str
    kind: str
    port: int = 0
    order: str = ""
    chunk: int = 0


_TOPIC = re.compile(
    rf"(?P<prefix>.+)/{VERSION}/(?P<device>[^/]+)/(?:"
    rf"(?P<kind>{STATE}|{HEALTH}|{EVENT}|{SESSION}|{OUTAGE}|{LOAD}|{COMMAND})"
    r"|port/(?P<port>[1-9][0-9]{0,2})/(?P<of_port>status|meter)"
    rf"|{RESULT}/(?P<order>[^/]+)"
    r"|blob/(?P<blob>[^/]+)/(?P<chunk>[0-9]{1,6}))"
)


def place_of(topic: str) -> Place | None:
    """Where `topic` belongs; None for one that is none of ours. For whoever collects from many chargers."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        return None
    prefix, device = found["prefix"], found["device"]
    if found["port"]:
        return Place(prefix, device, f"port_{found['of_port']}", port=int(found["port"]))
    if found["order"]:
        return Place(prefix, device, RESULT, order=found["order"])
    if found["blob"]:
        return Place(prefix, device, "blob", order=found["blob"], chunk=int(found["chunk"]))
    return Place(prefix, device, found["kind"])
