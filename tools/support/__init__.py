"""`evse-support`: for support staff, off the charger."""
