"""GetConfiguration: the keys asked for, or all; those nobody knows are listed apart."""

from __future__ import annotations

from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message
from agent.ocpp_client.v16.settings import MOST_KEYS_ASKED, Configuration, Key


async def handle(asked: Payload, charger: Charger) -> Answered:
    """A key asked for twice is answered once; of more than GetConfigurationMaxKeys the first are answered."""
    configuration = Configuration(charger.station, charger.settings, security=charger.security)
    names = list({name.casefold(): name for name in reversed(asked.get("key") or [])}.values())[::-1]
    if not names:
        return Answered({"configurationKey": [_entry(key.name, key, configuration) for key in configuration.all()]})
    known, unknown = [], []
    for name in names[:MOST_KEYS_ASKED]:
        key = configuration.find(name)
        if key is None:
            unknown.append(name)
        else:
            # As it was asked for: some central systems compare the text.
            known.append(_entry(name, key, configuration))
    fields = {"configurationKey": known, "unknownKey": unknown}
    return Answered({field: entries for field, entries in fields.items() if entries})


def _entry(name: str, key: Key, configuration: Configuration) -> Payload:
    value = configuration.value(key)
    return {"key": name, "readonly": configuration.is_read_only(key)} | ({} if value is None else {"value": value})


MESSAGE = Message(handle)
