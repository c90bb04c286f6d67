"""When a port could serve and when it could not, by whose fault, and the figures of it. Pure; docs/uptime.md."""
