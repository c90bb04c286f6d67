"""ST505 meter.identity: the meter of the order. The driver has asked it before it believed a single number.

The model is held against the map of the board file by the driver itself; the serial number against the label, where
somebody typed that into the job (`meter_serial.N`, N the connector).
"""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome, broken, failed, warned
from agent.core.commissioning.steps import LEFT_BLANK
from agent.core.signatures import Signature
from agent.drivers.interfaces import IdentifiedMeter, SigningMeter
from agent.errors import DriverError, DriverImplausible, DriverRejected
from agent.selftest.bench import Bench
from agent.selftest.judging import metering
from agent.selftest.standing_faults import barring, of_fault

VERSION = 1


async def run(bench: Bench) -> Outcome:
    try:
        sample = await bench.read_meter()
    except (DriverImplausible, DriverRejected) as error:
        if (fault := barring(bench)).startswith("mains."):
            return of_fault("The meter shows no mains, and neither does the board.", fault)
        return failed(
            f"The meter answers, and not as the one of the board file would: {error.what}.",
            "Compare the meter's make, supply and settings with the board file. The wire is in order.",
            cause="meter.identity",
        )
    except DriverError as error:
        return broken(
            f"The meter did not say who it is: {error.what}.", "Mend its line first: ST506 tells what is lost."
        )
    meter = bench.drivers().get("meter")
    told = meter.identity() if isinstance(meter, IdentifiedMeter) else None
    if told is None:
        return warned(
            "The meter was read, and has no way to say who it is.",
            "Compare the type and the serial number on its label with the order, and put a photograph into the papers.",
            Measured(name="register", value=sample.register_wh, unit="Wh"),
        )
    return metering.identity(
        told,
        typed if (typed := bench.answer(f"meter_serial.{bench.connector}")) != LEFT_BLANK else None,
        must_sign=bench.config.meter.signature is Signature.REQUIRED,
        signs=isinstance(meter, SigningMeter),
    )
