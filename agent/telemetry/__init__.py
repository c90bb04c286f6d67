"""The health channel: what the charger is and does, over MQTT 5, and orders from afar. Only where it is configured."""
