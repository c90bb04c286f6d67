"""What a scan reads of the machine itself: ports and who holds them, GPIO chips, sensors, what types digits."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from agent.drivers.scan import elsewhere
from agent.drivers.scan.serial_ports import Holder, PortEntry, holders, named_port, serial_ports
from agent.drivers.scan.survey import survey
from firmware_sim.gpio_chip import GpioChip
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run

STAND_IN = "firmware_sim.gpiod_stand_in"


class Machine:
    """The files of a computer, as far as a scan reads them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def file(self, path: str, text: str = "") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def link(self, path: str, to: str | Path) -> None:
        link = self.root / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(to)

    def usb_port(self, name: str, product: str, serial: str) -> None:
        usb = f"sys/devices/usb1/1-1-{serial}"
        self.file(f"{usb}/idVendor", "0403")
        self.file(f"{usb}/product", f"{product}\n")
        self.file(f"{usb}/serial", f"{serial}\n")
        self.file(f"{usb}/interface/tty/{name}/dev")
        self.link(f"sys/class/tty/{name}", self.root / f"{usb}/interface/tty/{name}")
        self.link(f"{usb}/interface/tty/{name}/device", self.root / f"{usb}/interface")
        self.file(f"dev/{name}")
        self.link(f"dev/serial/by-id/usb-{serial}", f"../../{name}")

    def uart(self, name: str, kind: str) -> None:
        self.file(f"sys/devices/soc/{name}/type", kind)
        self.file(f"sys/devices/soc/{name}/device/driver")
        self.link(f"sys/class/tty/{name}", self.root / f"sys/devices/soc/{name}")
        self.file(f"dev/{name}")

    def process(self, pid: int, program: str, *files: str) -> None:
        self.file(f"proc/{pid}/comm", f"{program}\n")
        (self.root / f"proc/{pid}/fd").mkdir(parents=True)
        for number, file in enumerate(files):
            self.link(f"proc/{pid}/fd/{number}", file)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_port_has_its_lasting_name_and_its_adapter(machine: Machine) -> None:
    machine.usb_port("ttyUSB0", "FT232R USB UART", "A50285BI")

    (port,) = serial_ports(machine.root)

    assert port == PortEntry(
        device="/dev/ttyUSB0", stable="/dev/serial/by-id/usb-A50285BI", adapter="FT232R USB UART A50285BI"
    )


def test_ports_without_hardware_and_terminals_are_none(machine: Machine) -> None:
    machine.uart("ttyS0", "4")
    machine.uart("ttyS1", "0")
    machine.file("sys/class/tty/tty0/dev")

    assert [port.device for port in serial_ports(machine.root)] == ["/dev/ttyS0"]


def test_the_console_is_known(machine: Machine) -> None:
    machine.uart("ttyAMA0", "32")
    machine.uart("ttyAMA1", "32")
    machine.file("sys/class/tty/console/active", "tty0 ttyAMA0\n")

    assert [port.is_console for port in serial_ports(machine.root)] == [True, False]


def test_whoever_holds_a_port_is_named(machine: Machine) -> None:
    machine.process(4711, "minicom", "/dev/null", "/dev/ttyUSB0")
    machine.process(4712, "cat", "/dev/ttyUSB1")
    machine.process(os.getpid(), "ourselves", "/dev/ttyUSB0")
    machine.file("proc/4713/comm", "somebody else's: its fd cannot be read")

    assert holders("/dev/ttyUSB0", machine.root) == (Holder(4711, "minicom"),)
    assert holders("/dev/ttyUSB2", machine.root) == ()


def test_a_port_that_the_kernel_does_not_list_can_be_named(tmp_path: Path, machine: Machine) -> None:
    (tmp_path / "wire").write_text("")

    assert named_port(str(tmp_path / "wire"), machine.root).stable == str(tmp_path / "wire")


@pytest.mark.parametrize(
    ("port", "owned", "quick", "holder"),
    [
        (PortEntry(device="/dev/ttyX", stable="/dev/ttyX"), {"/dev/ttyX": "the agent, as rs485"}, False, "the agent"),
        (PortEntry(device="/dev/ttyX", stable="/dev/ttyX", is_console=True), {}, False, "the kernel's console"),
        (PortEntry(device="/dev/ttyX", stable="/dev/ttyX"), {}, True, ""),
    ],
)  # fmt: skip
def test_what_is_held_or_only_to_be_looked_at_is_not_opened(
    port: PortEntry, owned: dict[str, str], quick: bool, holder: str
) -> None:
    async def look() -> None:
        said: list[str] = []
        (report,) = [one async for one in survey([port], owned, most_address=3, quick=quick, tell=said.append)]

        assert report.holder.startswith(holder)
        assert (report.findings, said) == ((), [])

    run(look())


def test_a_port_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    async def look() -> None:
        port = PortEntry(device="/dev/ttyGone", stable=str(tmp_path / "gone"))
        (report,) = [one async for one in survey([port], {}, most_address=3, quick=False, tell=lambda _: None)]
        (finding,) = report.findings

        assert finding.check == f"{tmp_path / 'gone'} is not there; check that the adapter is plugged in"

    run(look())


def test_the_lines_of_a_chip_are_listed_with_who_holds_them(tmp_path: Path) -> None:
    async def look() -> None:
        chip = GpioChip(Timeline(asyncio.get_running_loop()), tmp_path / "gpiochip0", "pinctrl-sim")
        chip.appear()
        try:
            (found,) = elsewhere.gpio_chips(tmp_path, STAND_IN)
        finally:
            chip.close()

        assert (found.label, found.check) == ("pinctrl-sim", "")
        assert found.write == ("[bus.gpio]", 'kind = "gpio"', 'chip = "pinctrl-sim"')
        assert [line.offset for line in found.lines] == list(range(len(found.lines)))
        assert found.lines

    run(look())


def test_chips_that_cannot_be_read_say_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "gpiochip0").write_text("")

    (chip,) = elsewhere.gpio_chips(tmp_path, "no_such_package")

    assert chip.path == str(tmp_path / "gpiochip0")
    assert "evse-agent[gpio]" in chip.check
    assert chip.write == ()


def test_a_machine_without_chips_has_none_and_needs_no_library(tmp_path: Path) -> None:
    assert elsewhere.gpio_chips(tmp_path, "no_such_package") == ()


def test_thermometers_are_listed_by_their_rom_with_what_they_read(machine: Machine) -> None:
    machine.file("sys/bus/w1/devices/28-000005e2fdc3/temperature", "21312\n")
    machine.file("sys/bus/w1/devices/28-000005e2fdc4/name")
    machine.file("sys/bus/w1/devices/w1_bus_master1/name")

    well, broken = elsewhere.thermometers(machine.root)

    assert well.what == "thermometer, 21.3 °C"
    assert 'rom = "28-000005e2fdc3"' in well.write
    assert broken.what.startswith("thermometer that cannot be read now; check ")


def test_what_types_digits_is_listed_and_a_power_button_is_not(machine: Machine) -> None:
    machine.file("sys/class/input/event0/device/name", "RFID Reader\n")
    machine.file("sys/class/input/event0/device/capabilities/key", "e080ffdf01cfffff fffffffffffffffe\n")
    machine.file("sys/class/input/event1/device/name", "Power Button\n")
    machine.file("sys/class/input/event1/device/capabilities/key", "10000000000000 0\n")
    machine.file("dev/input/event0")
    machine.link("dev/input/by-id/usb-RFID-event-kbd", "../event0")

    (reader,) = elsewhere.keyboards(machine.root)

    assert reader.where == "/dev/input/by-id/usb-RFID-event-kbd"
    assert "RFID Reader" in reader.what
    assert reader.write[1:] == ('driver = "keyboard"', 'device = "/dev/input/by-id/usb-RFID-event-kbd"')
