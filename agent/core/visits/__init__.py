"""Whether people could charge: each plug-in to unplug judged, and the figures of it. Pure; docs/uptime.md."""
