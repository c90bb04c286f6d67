"""`evse-csms`: a small central system for bench, demonstration and tests.

It stands on the `ocpp` package's own ChargePoint on purpose. The charger has its own protocol engine, so a misreading
of the specification on one side meets an independent reading on the other.
"""
