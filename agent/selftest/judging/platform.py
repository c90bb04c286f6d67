"""The controller as it was found, held against the self-test catalogue (ST701 to ST708). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.commissioning.model import (
    Measured,
    Outcome,
    Quantity,
    broken,
    failed,
    not_applicable,
    passed,
    skipped,
    warned,
)
from agent.selftest.judging.limits import CATALOGUE, all_told, fits, outside, told
from agent.selftest.judging.summing import summed

Seen = Mapping[str, Quantity]

FREE_PERCENT, FREE_MB = 20.0, 500.0
LEAST_MB_PER_S = 2.0
WHOLE_FROM = 1000.0
"""No figure that a person reads has a part behind the point from here on."""
MOST_WORN_PERCENT = 79.0
"""Below 80: an eMMC tells its life in tenths."""
RTC_S, RTC_DRIFT_S_PER_DAY = 5.0, 5.0
CLOCK_WARNS_S, CLOCK_FAILS_S = 1.0, 10.0
HOTTEST_C, FREE_MEMORY_PERCENT = 75.0, 20.0


def space(seen: Seen) -> Outcome:
    """Room for records and logs (ST701)."""
    if problem := seen.get("problem"):
        return broken(f"the storage cannot be looked at: {problem}", "look whether storage.path is there and mounted")
    measured = (
        _at_least("free", seen, "free_mb", "MB", FREE_MB),
        _at_least("free part", seen, "free_percent", "%", FREE_PERCENT),
        *(
            [_at_least("free file entries", seen, "free_inodes_percent", "%", FREE_PERCENT)]
            if _has_inodes(seen)
            else []
        ),
    )
    if wrong := outside(measured):
        then = "take files away that are not the charger's, or use a larger storage"
        return failed(all_told(wrong), then, *measured, cause="storage.low")
    return passed(all_told(measured), *measured)


def _has_inodes(seen: Seen) -> bool:
    return seen.get("free_inodes_percent") is not None


def written(seen: Seen) -> Outcome:
    """Whether what is written comes back (ST702)."""
    same = Measured(
        name="read back", value="as written" if seen.get("is_same") is True else "otherwise", source=CATALOGUE
    )
    if problem := seen.get("problem"):
        then = "look whether the file system is mounted to be written, then exchange the storage"
        return failed(f"the storage takes no writing: {problem}", then, same, cause="storage.readonly")
    rate = Measured(name="writing", value=seen.get("write_mb_per_s"), unit="MB/s", low=LEAST_MB_PER_S, source=CATALOGUE)
    if seen.get("is_same") is not True:
        says = f"{seen.get('written_mb')} MB were written and came back otherwise"
        return failed(says, "exchange the storage; nothing on it can be relied on", same, cause="storage.readonly")
    if rate.value is None:
        return passed(f"{seen.get('written_mb')} MB came back as written; no clock could see how fast", same)
    if not fits(rate):
        then = "exchange the storage for one made for control units; this one is worn out or a slow kind"
        return failed(told(rate), then, same, rate, cause="storage.readonly")
    return passed(f"{seen.get('written_mb')} MB came back as written, {told(rate)}", same, rate)


def worn(seen: Seen) -> Outcome:
    """Life left of the storage, as far as it tells (ST703)."""
    device, kind = seen.get("device"), seen.get("kind")
    used, eol = seen.get("life_used_percent"), seen.get("pre_eol")
    if used is None and eol is None:
        if kind == "SD":
            then = "use a card for industrial use, and plan its exchange every few years"
            return warned(f"{device} is an SD card, which tells nothing of its wear", then)
        return not_applicable(f"{device or 'the storage'} tells nothing of its wear")
    measured = (
        Measured(name="life used", value=used, unit="%", high=MOST_WORN_PERCENT, source="JESD84-B51, DEVICE_LIFE_TIME"),
        Measured(name="reserve", value=eol, source="JESD84-B51, PRE_EOL_INFO"),
    )
    is_worn = used is not None and not fits(measured[0])
    if is_worn or eol not in (None, "normal"):
        says = f"{device}: up to {used} % of its life is used, reserve {eol or 'not told'}"
        return failed(says, "exchange the storage before this charger earns money", *measured, cause="storage.wear")
    return passed(f"{device}: up to {used} % of its life is used, reserve {eol or 'not told'}", *measured)


def rtc(seen: Seen) -> Outcome:
    """The clock that runs without power (ST704)."""
    if seen.get("problem"):
        return broken(f"the clock cannot be looked at: {seen['problem']}", "repeat the test")
    if not seen.get("is_fitted"):
        then = "make sure that a time server or the central system tells the time after a power cut"
        return warned("no clock of this controller runs without power", then, cause="rtc.fault")
    name = seen.get("name", "the clock")
    if seen.get("battery_low") is True:
        return failed(f"the battery of {name} is empty", "exchange the cell", cause="rtc.fault")
    if seen.get("reads") is False:
        then = "exchange the cell; where that does not help, the controller"
        return failed(f"{name} is fitted and does not answer", then, cause="rtc.fault")
    if seen.get("offset_s") is None:
        return skipped("the system's own time is not known, so the clock cannot be compared", "set the time (ST705)")
    offset = Measured(
        name="clock beside the system's", value=seen["offset_s"], unit="s", low=-RTC_S, high=RTC_S, source=CATALOGUE
    )
    drift = seen.get("drift_s_per_day")
    daily = Measured(
        name="drift a day", value=drift, unit="s", low=-RTC_DRIFT_S_PER_DAY, high=RTC_DRIFT_S_PER_DAY, source=CATALOGUE
    )
    measured = (offset,) if drift is None else (offset, daily)
    if wrong := outside(measured):
        then = "let a time server set the time, wait a day and repeat; where it is off again, exchange the cell"
        return failed(f"{name}: {all_told(wrong)}", then, *measured, cause="rtc.fault")
    return passed(f"{name}: {all_told(measured)}", *measured)


def time(seen: Seen, offset_s: float | None, *, asked: str) -> Outcome:
    """The time of day, beside the central system's (ST705). `asked` is whose word `offset_s` is."""
    if not seen.get("is_known"):
        then = "set the time (timedatectl), and look whether a time server can be reached"
        return failed("the time of day is not known", then, cause="clock.unsynced")
    keeper = seen.get("kept_by")
    offset = Measured(
        name=f"clock beside {asked}",
        value=None if offset_s is None else round(abs(offset_s), 1),
        unit="s",
        high=CLOCK_FAILS_S,
        source=CATALOGUE,
    )
    if offset_s is not None and not fits(offset):
        then = "let a time server set the time: timedatectl set-ntp true, and port 123 open for outgoing packets"
        return failed(told(offset), then, offset, cause="clock.unsynced")
    if seen.get("synchronized") is False:
        then = "open port 123 (NTP) for outgoing packets, or name a time server of the site in timesyncd.conf"
        return warned(f"{keeper} has heard of no time server", then, offset, cause="clock.unsynced")
    if offset_s is None:
        if seen.get("synchronized"):
            return passed(f"{keeper} keeps the time; nobody was there to compare it with")
        return skipped("nobody was there to compare the time with", "repeat once the central system is connected")
    if abs(offset_s) > CLOCK_WARNS_S:
        return warned(told(offset), "look whether a time server can be reached", offset, cause="clock.unsynced")
    return passed(told(offset), offset)


def soc(seen: Seen) -> Outcome:
    """Heat, supply and memory of the controller (ST706)."""
    if seen.get("problem"):
        return broken(f"the controller cannot be looked at: {seen['problem']}", "repeat the test")
    return summed((_heat(seen), _supply(seen), _memory(seen), _reset(seen)))


def _heat(seen: Seen) -> Outcome:
    if seen.get("temperature_c") is None:
        return not_applicable("its temperature is not told")
    one = Measured(name="controller", value=seen["temperature_c"], unit="°C", high=HOTTEST_C, source=CATALOGUE)
    if fits(one):
        return passed(told(one), one)
    then = "let air to the controller, or shade the enclosure; it must stay below that on the hottest day"
    return failed(told(one), then, one, cause="host.overtemp")


def _supply(seen: Seen) -> Outcome:
    if seen.get("low_supply") is None:
        return not_applicable("no sensor of its supply")
    one = Measured(name="low supply seen", value=seen["low_supply"], source=CATALOGUE)
    if not seen["low_supply"]:
        return passed("its supply was never low", one)
    then = "look at the 5 V supply and its cable: it must hold under load, 4.63 V at the controller are the least"
    return failed("the controller saw its supply too low since its start", then, one, cause="power.rail")


def _memory(seen: Seen) -> Outcome:
    if seen.get("free_memory_percent") is None:
        return not_applicable("its memory is not told")
    one = Measured(
        name="free memory", value=seen["free_memory_percent"], unit="%", low=FREE_MEMORY_PERCENT, source=CATALOGUE
    )
    if fits(one):
        return passed(told(one), one)
    return warned(told(one), "look what else runs on this controller (top), and end it", one)


def _reset(seen: Seen) -> Outcome:
    if seen.get("watchdog_reset") is None:
        return not_applicable("nobody tells what began its present life")
    one = Measured(name="started by the watchdog", value=seen["watchdog_reset"], source=CATALOGUE)
    if not seen["watchdog_reset"]:
        return passed("no watchdog started it", one)
    then = "fetch the log of the time before (evsectl support bundle), and repeat after a start by hand"
    return warned("the watchdog ended the life before this one", then, one)


def update(seen: Seen) -> Outcome:
    """Whether a new version could come (ST707)."""
    room = _at_least("room for an image", seen, "free_mb", "MB", FREE_MB)
    if problem := seen.get("root_problem"):
        then = "write the manufacturer's certificate to tls.manufacturer_root_file again"
        return failed(
            f"the certificate that signs updates cannot be used: it {problem}", then, room, cause="fw.signature_invalid"
        )
    if not fits(room):
        return failed(told(room), "make room as ST701 says", room, cause="fw.update_failed")
    parts = [passed(told(room), room)]
    if objection := seen.get("objection"):
        parts.append(warned(str(objection), "tell the operator that this charger takes no updates from afar yet"))
    if not seen.get("has_root"):
        then = "write the manufacturer's certificate to tls.manufacturer_root_file"
        parts.append(warned("no certificate is there by which an update could be judged", then))
    return summed((*parts, not_applicable("a download of 1 MB with a break in it, as nobody names a server for it")))


def keys(seen: Seen) -> Outcome:
    """Whether secrets are there and private (ST708)."""
    if problem := seen.get("problem"):
        return broken(f"the keys cannot be looked at: {problem}", "mend what is named, then repeat the test")
    count = Measured(name="files with secrets", value=seen.get("files"), source=CATALOGUE)
    parts: list[Outcome] = []
    if missing := seen.get("missing"):
        parts.append(
            failed(f"not there: {missing}", "write the file, or take its name out", count, cause="ocpp.auth_failed")
        )
    if exposed := seen.get("open_to_others"):
        then = "chmod 600 for each of these files, owned by evse-agent; then have the secrets changed"
        parts.append(failed(f"others may read {exposed}", then, count, cause="ocpp.auth_failed"))
    if seen.get("password_is_weak"):
        then = "have the operator give this charger a password of its own, of 16 characters and more"
        says = "the password is one that everybody can guess: a factory word, the identity or the serial number"
        parts.append(failed(says, then, count, cause="ocpp.auth_failed"))
    return summed(parts) if parts else passed(f"{seen.get('files')} files with secrets, private", count)


def _at_least(name: str, seen: Seen, key: str, unit: str, low: float) -> Measured:
    value = seen.get(key)
    if isinstance(value, float) and value >= WHOLE_FROM:
        value = int(value)
    return Measured(name=name, value=value, unit=unit, low=low, source=CATALOGUE)
