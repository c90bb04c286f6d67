"""Files that the network asks for, and new firmware: carried out here, decided in core/maintenance."""
