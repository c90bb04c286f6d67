"""The controller as it is found: ST701 to ST708, ST801 and ST805 on machines that are made of files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.commissioning.model import Outcome, Quantity, Verdict
from agent.host.controller import LinuxController, Places
from agent.selftest.judging import platform
from agent.selftest.judging.summing import summed
from tests.selftest.typist import NOW, Desk, site

FILES = {
    "ST701": "st701_storage_space",
    "ST702": "st702_storage_write",
    "ST703": "st703_storage_wear",
    "ST704": "st704_rtc",
    "ST705": "st705_ntp",
    "ST706": "st706_soc_health",
    "ST708": "st708_keys",
    "ST801": "st801_net_link",
    "ST805": "st805_cell_signal",
}
NOW_S = round(NOW.timestamp())
MEMINFO = "MemTotal: 1000000 kB\nMemFree: 1 kB\nMemAvailable: {free} kB\n"
WIRELESS = "Inter-| sta-|   Quality\n face | tus | link level noise |\n wlan0: 0000   54.  {dbm}.  -256        0\n"
ROUTE = "Iface Destination Gateway\n{name} 00000000 0100A8C0 0003 0 0 100 00000000\n"
EMMC = {"life_time": "0x02 0x01", "pre_eol_info": "0x01", "type": "MMC"}


def machine(root: Path, files: Mapping[str, str]) -> Path:
    """A controller: what its kernel and its system say of it."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def with_disk(root: Path, storage: Path, **tells: str) -> Path:
    """The storage lies in the second partition of mmcblk0, which tells this of itself."""
    disk = root / "sys/devices/platform/soc/mmc0/block/mmcblk0"
    machine(disk, {"mmcblk0p2/partition": "2", **{f"device/{name}": text for name, text in tells.items()}})
    (root / "sys/dev/block").mkdir(parents=True)
    (root / "sys/dev/block/179:2").symlink_to(disk / "mmcblk0p2")
    rows = f"21 1 0:20 / / rw - tmpfs tmpfs rw\n36 21 179:2 / {storage} rw,noatime - ext4 /dev/root rw\n"
    return machine(root, {"proc/self/mountinfo": rows})


def tried(test: str, folder: Path, root: Path, **how: Any) -> Outcome:
    config = site(folder, **how.pop("place", {}))
    desk = Desk(config, {}, **how)
    places = Places(storage=how.get("storage", folder), root=root, below=how.get("below", ()))
    desk.controller = LinuxController(places, desk, how.get("secrets", dict))
    outcome: Outcome = asyncio.run(import_module(f"agent.selftest.checks.{FILES[test]}").run(desk.bench))
    return outcome


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "machine").mkdir()
    return tmp_path / "machine"


# Storage.


def test_room_is_told_in_figures(tmp_path: Path, root: Path) -> None:
    outcome = tried("ST701", tmp_path, root)

    assert [one.name for one in outcome.measured][:2] == ["free", "free part"]
    assert all(isinstance(one.value, int | float) for one in outcome.measured)


def test_a_large_storage_is_told_without_an_exponent() -> None:
    outcome = platform.space({"free_mb": 82250.4, "free_percent": 61.26})

    assert [one.value for one in outcome.measured] == [82250, 61.26]
    assert "82250 MB" in outcome.says


def test_a_storage_without_room_and_one_that_is_not_there_are_told_apart(tmp_path: Path, root: Path) -> None:
    full, gone = (tried("ST701", tmp_path, root, storage=Path(one)) for one in ("/proc", "/nowhere"))

    assert (full.verdict, full.cause) == (Verdict.FAIL, "storage.low")
    assert "free 0 MB (at least 500 MB)" in full.says
    assert gone.verdict is Verdict.ERROR
    assert "No such file" in gone.says


def test_what_is_written_comes_back_and_nothing_stays(tmp_path: Path, root: Path) -> None:
    outcome = tried("ST702", tmp_path, root)

    assert outcome.verdict is Verdict.PASS
    assert "16 MB came back as written" in outcome.says
    assert (outcome.measured[0].name, outcome.measured[0].value) == ("read back", "as written")
    assert not list(tmp_path.glob(".write*"))


def test_a_storage_that_takes_no_writing_is_told_with_the_systems_words(tmp_path: Path, root: Path) -> None:
    outcome = tried("ST702", tmp_path, root, storage=Path("/proc"))

    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "storage.readonly")


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        ({"is_same": False, "written_mb": 16}, "came back otherwise"),
        ({"is_same": True, "written_mb": 16, "write_mb_per_s": 1.2}, "writing 1.2 MB/s (at least 2 MB/s)"),
    ],
)
def test_a_storage_that_forgets_or_is_slow_fails(seen: dict[str, Quantity], says: str) -> None:
    outcome = platform.written(seen)

    assert (outcome.verdict, says in outcome.says) == (Verdict.FAIL, True)
    assert outcome.measured[0].value == ("as written" if seen["is_same"] else "otherwise")


@pytest.mark.parametrize(
    ("tells", "verdict", "says"),
    [
        (EMMC, Verdict.PASS, "mmcblk0: up to 20 % of its life is used, reserve normal"),
        (EMMC | {"life_time": "0x03 0x08"}, Verdict.FAIL, "up to 80 %"),
        (EMMC | {"life_time": "0x0b 0x01"}, Verdict.FAIL, "up to 110 %"),
        (EMMC | {"pre_eol_info": "0x03"}, Verdict.FAIL, "reserve urgent"),
        ({"type": "SD"}, Verdict.WARN, "an SD card, which tells nothing of its wear"),
        ({}, Verdict.SKIP, "mmcblk0 tells nothing of its wear"),
    ],
)
def test_wear_is_what_the_device_tells(
    tmp_path: Path, root: Path, tells: dict[str, str], verdict: Verdict, says: str
) -> None:
    outcome = tried("ST703", tmp_path, with_disk(root, tmp_path, **tells))

    assert (outcome.verdict, says in outcome.says) == (verdict, True), outcome


# Clocks.


@pytest.mark.parametrize(
    ("files", "verdict", "says"),
    [
        (
            {"since_epoch": str(NOW_S + 2), "name": "rtc-ds1307"},
            Verdict.PASS,
            "rtc-ds1307: clock beside the system's 2 s",
        ),
        ({"since_epoch": str(NOW_S + 60)}, Verdict.FAIL, "60 s (-5…5 s)"),
        ({"name": "rtc-ds1307"}, Verdict.FAIL, "does not answer"),
    ],
)
def test_the_clock_without_power_is_compared(
    tmp_path: Path, root: Path, files: dict[str, str], verdict: Verdict, says: str
) -> None:
    machine(root / "sys/class/rtc/rtc0", {"dev": "254:0", **files})

    outcome = tried("ST704", tmp_path, root)

    assert (outcome.verdict, says in outcome.says) == (verdict, True), outcome


def test_its_battery_and_its_drift_are_told_where_they_are_known(tmp_path: Path, root: Path) -> None:
    machine(root, {"sys/class/rtc/rtc0/since_epoch": str(NOW_S), "etc/adjtime": "-7.5 1 0.0\n1\nUTC\n"})
    drifting = tried("ST704", tmp_path, root)
    machine(root, {"sys/class/power_supply/rtc-battery/health": "Dead"})

    assert "drift a day -7.5 s" in drifting.says
    assert "battery" in tried("ST704", tmp_path, root).says


def test_without_such_a_clock_or_without_time_it_says_so(tmp_path: Path, root: Path) -> None:
    assert tried("ST704", tmp_path, root).verdict is Verdict.WARN
    machine(root, {"sys/class/rtc/rtc0/since_epoch": str(NOW_S)})
    assert tried("ST704", tmp_path, root, utc_ms=None).verdict is Verdict.SKIP


def test_the_time_is_what_its_keeper_says(tmp_path: Path, root: Path) -> None:
    assert tried("ST705", tmp_path, root, utc_ms=None).cause == "clock.unsynced"
    assert tried("ST705", tmp_path, root).verdict is Verdict.SKIP
    (root / "run/systemd/timesync").mkdir(parents=True)
    assert "heard of no time server" in tried("ST705", tmp_path, root).says
    machine(root, {"run/systemd/timesync/synchronized": ""})
    assert tried("ST705", tmp_path, root).verdict is Verdict.PASS


# The controller.


@pytest.mark.parametrize(
    ("files", "found", "says"),
    [
        ({}, (Verdict.PASS, ""), "controller 54.2 °C"),
        ({"sys/class/thermal/thermal_zone1/temp": "81000"}, (Verdict.FAIL, "host.overtemp"), "81 °C (at most 75 °C)"),
        ({"sys/devices/platform/soc/soc:firmware/get_throttled": "50000"}, (Verdict.FAIL, "power.rail"), "too low"),
        ({"proc/meminfo": MEMINFO.format(free=90_000)}, (Verdict.WARN, ""), "free memory 9 %"),
        ({"sys/class/watchdog/watchdog0/bootstatus": "32"}, (Verdict.WARN, ""), "the watchdog ended"),
    ],
)
def test_heat_supply_memory_and_the_last_end_are_looked_at(
    tmp_path: Path, root: Path, files: dict[str, str], found: tuple[Verdict, str], says: str
) -> None:
    machine(
        root,
        {
            "sys/class/thermal/thermal_zone0/temp": "54200",
            "sys/devices/platform/soc/soc:firmware/get_throttled": "0",
            "proc/meminfo": MEMINFO.format(free=600_000),
            "sys/class/watchdog/watchdog0/bootstatus": "0",
            **files,
        },
    )

    outcome = tried("ST706", tmp_path, root)

    assert ((outcome.verdict, outcome.cause), says in outcome.says) == (found, True), outcome


def test_a_machine_that_tells_nothing_is_not_judged(tmp_path: Path, root: Path) -> None:
    assert tried("ST706", tmp_path, root).is_not_applicable
    assert tried("ST703", tmp_path, root).is_not_applicable


# Keys.


def test_keys_that_others_may_read_and_keys_that_are_gone_are_named(tmp_path: Path, root: Path) -> None:
    own, open_one = tmp_path / "own.key", tmp_path / "kept" / "open.key"
    open_one.parent.mkdir()
    for file, mode in ((own, 0o600), (open_one, 0o644)):
        file.write_text("secret")
        file.chmod(mode)

    good = tried("ST708", tmp_path, root, secrets=lambda: {"the client key": own})
    bad = tried("ST708", tmp_path, root, below=(open_one.parent,), secrets=lambda: {"the password": tmp_path / "gone"})

    assert (good.verdict, good.says) == (Verdict.PASS, "1 files with secrets, private")
    assert (bad.verdict, bad.cause) == (Verdict.FAIL, "ocpp.auth_failed")
    assert "the key open.key" in bad.says
    assert "mode 0644" in bad.says
    assert "not there: the password" in bad.says


def test_a_password_that_everybody_can_guess_fails() -> None:
    assert platform.keys({"files": 1, "password_is_weak": True}).cause == "ocpp.auth_failed"


# Updates.


def test_an_update_needs_room_a_root_and_an_installer() -> None:
    good: dict[str, Quantity] = {"free_mb": 900.0, "objection": "", "has_root": True}

    assert platform.update(good).verdict is Verdict.PASS
    assert platform.update(good | {"free_mb": 90.0}).cause == "fw.update_failed"
    assert platform.update(good | {"root_problem": "is no certificate in PEM"}).cause == "fw.signature_invalid"
    assert platform.update(good | {"objection": "not yet"}).verdict is Verdict.WARN
    assert platform.update(good | {"has_root": False}).verdict is Verdict.WARN


# The own link.


def link(root: Path, name: str = "eth0", **files: str) -> Path:
    counters = {f"statistics/{one}": files.pop(one, "1000") for one in ("rx_packets", "tx_packets")}
    counters |= {f"statistics/{one}": files.pop(one, "0") for one in ("rx_errors", "tx_errors", "collisions")}
    machine(root / "sys/class/net" / name, {"type": "1", "carrier": "1", "speed": "100", "duplex": "full", **counters})
    return machine(root, {"proc/thread-self/net/route": ROUTE.format(name=name), **files})


class Restless(Desk):
    """A bench at which frames pass while it waits."""

    def __init__(self, *given: Any, during: Mapping[str, str], root: Path) -> None:
        super().__init__(*given)
        self._during, self._root = during, root

    async def wait(self, seconds: float) -> None:
        await super().wait(seconds)
        machine(self._root, self._during)


@pytest.mark.parametrize(
    ("during", "verdict", "says"),
    [
        ({"rx_packets": "6000"}, Verdict.PASS, "0 broken frames of 5000"),
        ({"rx_packets": "6000", "rx_errors": "50"}, Verdict.FAIL, "broken frames 1 % (at most 0.1 %): 50 of 5000"),
        ({"rx_errors": "3"}, Verdict.FAIL, "3 of 0"),
    ],
)
def test_broken_frames_are_counted_while_ten_seconds_pass(
    tmp_path: Path, root: Path, during: dict[str, str], verdict: Verdict, says: str
) -> None:
    moves = {f"sys/class/net/eth0/statistics/{name}": text for name, text in during.items()}
    desk = Restless(site(tmp_path), {}, during=moves, root=link(root))
    desk.controller = LinuxController(Places(storage=tmp_path, root=root), desk)

    outcome = asyncio.run(import_module("agent.selftest.checks.st801_net_link").run(desk.bench))

    assert (outcome.verdict, says in outcome.says) == (verdict, True), outcome
    assert desk.waited_s == 10.0


def test_half_duplex_and_no_carrier_are_told(tmp_path: Path, root: Path) -> None:
    link(root)
    machine(root / "sys/class/net/eth0", {"duplex": "half"})
    assert "half duplex" in tried("ST801", tmp_path, root).says
    machine(root / "sys/class/net/eth0", {"carrier": "0"})
    assert tried("ST801", tmp_path, root).cause == "net.no_link"


@pytest.mark.parametrize(("dbm", "verdict"), [("-56", Verdict.PASS), ("-82", Verdict.FAIL)])
def test_a_wifi_is_judged_by_its_level(tmp_path: Path, root: Path, dbm: str, verdict: Verdict) -> None:
    link(root, "wlan0", **{"proc/thread-self/net/wireless": WIRELESS.format(dbm=dbm)})

    outcome = tried("ST805", tmp_path, root)

    assert (outcome.verdict, outcome.measured[0].value) == (verdict, float(dbm))


def test_a_cable_has_no_level(tmp_path: Path, root: Path) -> None:
    assert tried("ST805", tmp_path, link(root)).is_not_applicable


# Whatever is read.

LOOKS = ("wear", "rtc", "time", "soc", "link", "address", "names")
READ = (
    *("proc/self/mountinfo", "proc/meminfo", "proc/uptime", "etc/adjtime", "etc/resolv.conf"),
    *("proc/thread-self/net/wireless", "proc/thread-self/net/if_inet6", "sys/class/net/eth0/type"),
    *("sys/class/thermal/thermal_zone0/temp", "sys/class/rtc/rtc0/since_epoch"),
    "sys/devices/platform/soc/soc:firmware/get_throttled",
)


@settings(max_examples=25)
@given(files=st.dictionaries(st.sampled_from(READ), st.text(alphabet="0x1f9: .-\nwlan0etTM", max_size=60)))
def test_no_file_of_a_kernel_breaks_a_look(tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]) -> None:
    root = machine(tmp_path_factory.mktemp("odd"), files)
    desk = Desk(None, {})  # type: ignore[arg-type]
    controller = LinuxController(Places(storage=root, root=root), desk)

    async def look() -> None:
        for topic in LOOKS:
            found = await controller.measures(topic)
            assert None not in found.values()

    asyncio.run(look())


VERDICTS = st.sampled_from([Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.SKIP, Verdict.ERROR])


@given(parts=st.lists(st.tuples(VERDICTS, st.booleans()), min_size=1, max_size=6))
def test_a_sum_is_never_better_than_its_worst_part(parts: list[tuple[Verdict, bool]]) -> None:
    outcomes = [Outcome(verdict=verdict, says=str(i), is_not_applicable=n) for i, (verdict, n) in enumerate(parts)]

    whole = summed(outcomes)

    verdicts = {verdict for verdict, _ in parts}
    assert (whole.verdict is Verdict.FAIL) == (Verdict.FAIL in verdicts)
    assert (whole.verdict is Verdict.PASS) <= (verdicts <= {Verdict.PASS, Verdict.SKIP})
    assert whole.is_not_applicable == all(is_missing for _, is_missing in parts)


def test_looks_of_tests_side_by_side_wait_for_one_another(root: Path) -> None:
    desk = Desk(site(root), {})
    controller = LinuxController(Places(storage=root, root=root), desk)

    async def both() -> list[Mapping[str, Quantity]]:
        return list(await asyncio.gather(*(controller.measures(topic) for topic in ("write", "storage"))))

    written, room = asyncio.run(both())

    assert written["is_same"] is True
    assert "problem" not in room and room["free_mb"]
