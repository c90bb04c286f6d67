"""Images of the pilot board's firmware: built from the source, signed with a key that never meets a charger, shown."""
