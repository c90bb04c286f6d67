"""What a fleet told, kept: one schema, in SQLite or PostgreSQL."""
