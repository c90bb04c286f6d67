"""Who board and charger are, what software they run, whether the configuration is complete (ST101 to ST103). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agent.config.layers import Entry
from agent.config.model import StationConfig
from agent.core.commissioning.model import Measured, Outcome, Quantity, failed, not_applicable, passed, warned
from agent.drivers.board_service import BoardDescription
from agent.selftest.judging.summing import summed
from agent.values import frozen

MISMATCH = "mcu.config_mismatch"
FIRMWARE = "mcu.firmware_mismatch"
SIGNATURE = "fw.signature_invalid"
INVALID = "config.invalid"
REPLACE = "fit the board that was ordered, or correct the board file if this one is right"


@frozen(kw_only=True)
class Ratings:
    """What the board file says of the hardware."""

    rated_current_a: float
    phases: int


def silent(why: str) -> Outcome:
    """Which board it is stays open; that none answers is a fault of its own, and explains most of what fails then."""
    then = "look at its cable and supply, then repeat the test"
    return failed(f"the board did not say who it is: {why}", then, cause="mcu.comm")


def name_plate(read: str | None, configured: str) -> Outcome:
    """The serial number on the label, and in the site file."""
    if not read:
        return passed("")
    one = Measured(name="serial number on the label", value=read, source="name plate, as entered")
    if not configured:
        then = "write serial_number under [station] of the site file"
        return warned("the site file has no serial number", then, one)
    if read.strip().casefold() != configured.casefold():
        then = "look whether this is the charger that was planned for this place, then correct serial_number"
        return failed(f"the label says {read.strip()}, the site file {configured}", then, one, cause=INVALID)
    return passed(f"serial number {configured}", one)


def board(seen: BoardDescription, faults: Sequence[str]) -> Outcome:
    """The board itself, against the mark that the board file pins."""
    measured = (
        Measured(name="board", value=f"{seen.board} {seen.revision}".strip(), source="the board's own word"),
        Measured(name="configuration of the board", value=seen.mark, source=f"pinned: {seen.pinned or 'none'}"),
    )
    if MISMATCH in faults or (seen.pinned and seen.mark != seen.pinned):
        says = f"this board is {seen.mark or 'unknown'}, the board file pins {seen.pinned or 'another one'}"
        return failed(says, REPLACE, *measured, cause=MISMATCH)
    if not seen.pinned:
        says = (
            f"{seen.board} {seen.revision}, configuration {seen.mark or 'not told'}, which the board file does not pin"
        )
        return passed(says, *measured)
    return passed(f"{seen.board} {seen.revision}, configuration {seen.mark} as pinned", *measured)


def unknown_board(faults: Sequence[str]) -> Outcome:
    if MISMATCH in faults:
        return failed("the controller is another one than the board file says", REPLACE, cause=MISMATCH)
    return not_applicable("this controller does not say who it is")


def ratings(seen: BoardDescription, wanted: Ratings) -> Outcome:
    """The board knows its hardware; the board file may not promise more."""
    rated_a, phases = seen.configuration.get("rated_a"), seen.configuration.get("phases")
    if not isinstance(rated_a, int | float) or not isinstance(phases, int):
        return not_applicable("the board does not tell its ratings")
    measured = (
        Measured(
            name="rated current of the board",
            value=rated_a,
            unit="A",
            low=wanted.rated_current_a,
            source="rated_current_a of the board file",
        ),
        Measured(name="phases of the board", value=phases, low=wanted.phases, source="phases of the board file"),
    )
    if rated_a < wanted.rated_current_a or phases < wanted.phases:
        says = (
            f"the board bears {rated_a:g} A on {phases} phases, "
            f"the board file says {wanted.rated_current_a:g} A on {wanted.phases}"
        )
        return failed(says, REPLACE, *measured, cause=MISMATCH)
    return passed(f"{rated_a:g} A, {phases} phase{'' if phases == 1 else 's'}", *measured)


def versions(software: str, firmware: str | None, faults: Sequence[str], files: Mapping[str, Quantity]) -> Outcome:
    """What runs, whether it fits together, and whether it is as it was released.

    `files` as agent/host/release.py tells them. The board proves its own image by a signature when it takes it.
    """
    measured = (
        Measured(name="software", value=software, source="[station] of the site file"),
        Measured(name="firmware of the board", value=firmware, source="the board's own word"),
        *_compared(files),
    )
    if SIGNATURE in faults:
        then = "have the charger's software written anew from the manufacturer's image"
        return failed("a signature of the software is wrong", then, *measured, cause=SIGNATURE)
    if altered := files.get("altered"):
        says = f"{altered} of {files['files']} files of the software are not as released: {files.get('altered_names')}"
        then = "have the software installed anew; if it comes again, exchange the storage: it forgets (ST702, ST703)"
        return failed(says, then, *measured, cause=SIGNATURE)
    if FIRMWARE in faults:
        then = "write the firmware of this release: evsectl board flash"
        says = f"firmware {firmware or 'of the board'} does not fit software {software}"
        return failed(says, then, *measured, cause=FIRMWARE)
    if problem := files.get("problem"):
        then = "run it again; if it stays, have the software installed anew, and look at the storage: ST702, ST703"
        return warned(f"the software could not be compared with its release: {problem}", then, *measured)
    as_released = _as_released(files)
    if firmware is None:
        return passed(f"software {software}, {as_released}; the controller does not tell its version", *measured)
    return passed(f"software {software}, {as_released}, firmware {firmware}, which speak with each other", *measured)


def _compared(files: Mapping[str, Quantity]) -> Iterator[Measured]:
    source = "the hashes in the RECORD of its package"
    if why := files.get("not_compared"):
        yield Measured(name="files of the software compared", value=f"none, {why}", source=source)
    elif "files" in files:
        yield Measured(name="files of the software compared", value=files["files"], low=1, source=source)
        yield Measured(name="files that are not as released", value=files["altered"], high=0, source=source)


def _as_released(files: Mapping[str, Quantity]) -> str:
    if "files" in files:
        return f"as released ({files['files']} files)"
    return f"not compared with its release: {files.get('not_compared')}"


def configuration(config: StationConfig, entries: Sequence[Entry], mark: str) -> Outcome:
    """Nothing starts with an invalid one; here it is whether it is complete. Its mark goes on record."""
    one = Measured(name="configuration", value=mark, source="SHA-256 of every key as it is in force, secrets left out")
    changed = [entry.key for entry in entries if entry.where != "default"]
    parts = (*_gaps(config), *_notices(config))
    good = passed(f"complete; mark {mark[:12]}", one, evidence={"written": changed})
    return summed((*parts, good)) if parts else good


def _gaps(config: StationConfig) -> Iterator[Outcome]:
    if config.circuit is None:
        then = "write [circuit] into the site file: evsectl plan new shows how"
        yield failed("nobody wrote down the circuit: breaker, curve, cable, earthing", then, cause=INVALID)
    if config.ocpp is None:
        yield warned("no central system is configured", "write [ocpp] where there is to be one")
    for connector in config.board.connectors:
        if "meter" not in connector.drivers:
            then = "write the meter into the board file; no charge is paid without one"
            yield failed(f"connector {connector.id} has no meter", then, cause=INVALID)
    if not config.station.serial_number:
        then = "write serial_number under [station], as it stands on the label"
        yield warned("the site file has no serial number", then)


def _notices(config: StationConfig) -> Iterator[Outcome]:
    for notice in config.notices:
        if notice.startswith("commissioning = "):
            continue  # which is what this job is about
        yield warned(notice.rstrip("."), "mend it in the site file, or leave it knowingly")
