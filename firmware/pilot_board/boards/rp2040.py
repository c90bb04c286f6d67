"""The pins of the RP2040 board: pilot generator, converter by DMA, coil, mirror, chain, serial line.

Pins and numbers are those of the pilot board's hardware reference, sections 1 to 3. That board is a proposal: nothing
in this file has met hardware. Numbers of registers are the RP2040 data sheet's. One contactor (K1). The metering chip
is not chosen yet: `METERING` is missing from what the board has, and with it all that needs voltages and currents. The
waveform is not kept long enough for a capture, the store that releases the lock is not measured, and what feeds the
board is only seen behind the converter of its rails.
"""

import os
import time
from array import array
from binascii import hexlify
from errno import ENOENT

import calibration
import machine
from boards.described import kind_of
from boards.edges import Edges
from boards.exchange import slots_in
from boards.generator_count import COUNT_EDGES, COUNT_LEVEL, GeneratorCount
from boards.sampling import RING, Stillness, level_mv, millivolts, phases, picked
from boards.slow_channels import SlowChannels, adc_mv
from boards.uptime import Uptime
from hal import COIL_HOLD, COIL_OFF, X1, X2, Hal
from inputs import RESIDUAL_DC
from kind import (
    CHAIN_FEEDBACK,
    EARTH_SENSE,
    LOAD_SENSE,
    RAILS,
    RESIDUAL_CURRENT,
    SOCKET,
    STORAGE,
    TEMPERATURES,
    UPDATE,
    Kind,
)
from machine import PWM, UART, WDT, Pin, mem32
from messages import SIGNALS
from neopixel import NeoPixel
from uctypes import addressof

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs

HOST_TX, HOST_RX = 0, 1
CP_PWM = 2
CP_DISC_N = 3
RCD_TRIP_N = 4
CP_CAP = 5
RCD_TEST = 6
CHAIN_FB = 7
K1_DRV = 8
RCD_RESET = 9
"""The reference has the second contactor's driver here and no line to the latch of the residual current module, which
the board must reset. This board has one contactor."""
ALIVE = 10
K1_MIR = 11
VL_LOAD = (13, 14, 15)
LOCK_A, LOCK_B = 20, 21
LED = 22
PE_SENSE = 23
MUX_S0, MUX_S1 = 24, 25
ADC_PINS = (26, 27, 28, 29)
CP, PP, MUX_X, MUX_Y = range(4)
"""Channels of the converter."""

CLOCK_HZ = 125_000_000
BAUD = 460_800
WATCHDOG_MS = 500
LEDS = 8

# Pilot generator: 125 MHz / 2 / 62 500 = 1 kHz sharp, 625 steps to a sample.
PWM1_DIV, PWM1_CTR, PWM1_CC, PWM1_TOP = 0x4005_0018, 0x4005_001C, 0x4005_0020, 0x4005_0024
PERIOD_STEPS = 62_500
STEPS_PER_SAMPLE = 625

COIL_HZ = 20_000
RESET_PULSE_US = 100
FULL = 65_535
HOLD = FULL * 35 // 100

# Converter: 48 MHz / 120 = 400 kS/s, free running round its four channels into its FIFO: 100 kS/s of each.
ADC_CS, ADC_FCS, ADC_FIFO, ADC_DIV = 0x4004_C000, 0x4004_C008, 0x4004_C00C, 0x4004_C010
ADC_FREE_RUNNING = 0b1111 << 16 | 1 << 3 | 1
ADC_READY = 1 << 8
"""In ADC_CS; a conversion takes two microseconds."""
ADC_EMPTY = 1 << 8
ADC_OVERRUN = 1 << 11
"""In ADC_FCS: a sample was lost, and with it the order of the channels. Written to be cleared."""
ADC_FIFO_TO_DMA = 1 << 24 | 1 << 11 | 1 << 10 | 1 << 3 | 1
ADC_PERIOD = (120 - 1) << 8

# DMA channel 11, the last one: MicroPython itself claims them from 0. Half words, ring of 4096 bytes on the writing
# side, paced by the converter (request 36), chained to nothing, no interrupt.
DMA_READ, DMA_WRITE, DMA_COUNT, DMA_CONTROL = 0x5000_02C0, 0x5000_02C4, 0x5000_02C8, 0x5000_02CC
DMA_SETUP = 1 << 21 | 36 << 15 | 11 << 11 | 1 << 10 | 12 << 6 | 1 << 5 | 1 << 2 | 1
DMA_BUSY = 1 << 24
DMA_CHANNEL = 11
DMA_ABORT = 0x5000_0444
DMA_MOST = 0xFFFF_FFFF
CHANNELS = 4
SAMPLES = RING * CHANNELS
RING_BYTES = SAMPLES * 2
AVERAGED = 8
"""Samples of a slow channel that make one reading."""

# Slice 2 of the PWM block counts at the generator's output: edges, or time at the high level.
PWM2_CSR, PWM2_DIV, PWM2_CTR, PWM2_TOP = 0x4005_0028, 0x4005_002C, 0x4005_0030, 0x4005_0038
COUNTING = {COUNT_EDGES: (2 << 4 | 1, 1 << 4), COUNT_LEVEL: (1 << 4 | 1, 250 << 4)}
"""Mode with enable, and divider with its four fractional bits."""

FITTED = SOCKET | RESIDUAL_CURRENT | LOAD_SENSE | EARTH_SENSE | TEMPERATURES | RAILS | CHAIN_FEEDBACK | STORAGE

WINDOW_MS = 6
"""After a change of the drive the ring holds samples of both for this long."""

WATCHDOG_REASON = 0x4005_8008
BY_TIMER, BY_FORCE = 1, 2

COLOURS = {
    "available": (0, 40, 0),
    "preparing": (40, 30, 0),
    "accepted": (0, 60, 0),
    "refused": (60, 0, 0),
    "charging": (0, 0, 60),
    "paused": (20, 0, 40),
    "finishing": (0, 30, 30),
    "unavailable": (15, 15, 15),
    "fault": (80, 0, 0),
    "offline": (40, 10, 0),
    "update": (30, 30, 30),
}


def counting(pin: int, window_ms: int) -> Edges:
    """Edges of this pin, counted by an interrupt."""
    edges = Edges(window_ms)
    Pin(pin, Pin.IN, Pin.PULL_UP).irq(edges.edge, Pin.IRQ_RISING | Pin.IRQ_FALLING, hard=True)
    return edges


class Rp2040(Hal):
    """Made once at start. The external pull-ups and pull-downs hold the same levels before and after."""

    def __init__(self) -> None:
        for pin in (K1_DRV, RCD_RESET, ALIVE, RCD_TEST, LOCK_A, LOCK_B, CP_DISC_N):
            Pin(pin, Pin.OUT, value=0)
        machine.freq(CLOCK_HZ)
        self.slots = slots_in("")
        self.kind = self._kind()
        self._calibration = calibration.parsed(self.recall(calibration.NAME))
        self._uptime = Uptime()
        self._boot_id = hexlify(os.urandom(4)).decode()
        self._alive = Pin(ALIVE, Pin.OUT, value=0)
        self._disconnect = Pin(CP_DISC_N, Pin.OUT, value=0)
        self._chain = Pin(CHAIN_FB, Pin.IN, Pin.PULL_DOWN)
        self._mirror = Pin(K1_MIR, Pin.IN, Pin.PULL_DOWN)
        self._tripped = Pin(RCD_TRIP_N, Pin.IN, Pin.PULL_UP)
        self._residual_test = Pin(RCD_TEST, Pin.OUT, value=0)
        self._residual_reset = Pin(RCD_RESET, Pin.OUT, value=0)
        self._lock = (Pin(LOCK_A, Pin.OUT, value=0), Pin(LOCK_B, Pin.OUT, value=0))
        self._mux = (Pin(MUX_S0, Pin.OUT, value=0), Pin(MUX_S1, Pin.OUT, value=0))
        self._load = tuple([counting(pin, 30) for pin in VL_LOAD])
        self._earth = counting(PE_SENSE, 100)
        self._slow = SlowChannels()
        self._count = GeneratorCount()
        self._coil = PWM(Pin(K1_DRV), freq=COIL_HZ, duty_u16=0)
        self._pilot = PWM(Pin(CP_PWM), freq=1_000, duty_u16=FULL)
        mem32[PWM1_DIV] = 2 << 4
        mem32[PWM1_TOP] = PERIOD_STEPS - 1
        # First the mode: of a slice that runs freely, this pin would be an output against the comparator.
        mem32[PWM2_CSR] = COUNTING[COUNT_EDGES][0] & ~1
        mem32[PWM2_TOP] = 0xFFFF
        Pin(CP_CAP, Pin.ALT, alt=Pin.ALT_PWM)
        self._leds = NeoPixel(Pin(LED), LEDS)
        self._uart = UART(0, BAUD, tx=Pin(HOST_TX), rx=Pin(HOST_RX), rxbuf=1024, txbuf=2048, timeout=0)
        # Twice the ring, so that a piece of it lies at a multiple of its size, which the DMA's wrapping needs.
        self._memory = array("H", bytes(2 * RING_BYTES))
        self._ring_at = -(-addressof(self._memory) // RING_BYTES) * RING_BYTES
        first = (self._ring_at - addressof(self._memory)) // 2
        self._ring = memoryview(self._memory)[first : first + SAMPLES]
        self._stillness = Stillness()
        self._mode = X1
        self._duty = 10_000
        self._driven_at = 0
        self._transfers_left = -1
        self._window: tuple[int, int | None, int, bool] = (0, None, 0, False)
        self.cp_drive(X1, self._duty)
        self._start_sampling()
        self._watchdog = WDT(timeout=WATCHDOG_MS)

    def _kind(self) -> Kind:
        """What this board has, and in its words how it is wired and rated: "kind" in its storage, as in `phases=1`."""
        words = ["has=" + str(FITTED)]
        words.extend(self.recall("kind").decode().split())
        kind = kind_of(tuple(words))
        kind.has = kind.has & ~UPDATE | (UPDATE if self.slots else 0)
        return kind

    def ticks_ms(self) -> int:
        return self._uptime.milliseconds()

    def boot_id(self) -> str:
        return self._boot_id

    def reset_cause(self) -> str:
        """A brown-out looks like power here: the chip does not tell them apart."""
        reason = mem32[WATCHDOG_REASON]
        if reason & BY_TIMER:
            return "watchdog"
        return "soft" if reason & BY_FORCE else "power"

    def read(self, inputs: "Inputs") -> bool:
        inputs.high_mv, inputs.low_mv, inputs.samples_high, inputs.frozen = self._cp_window()
        inputs.mirror_open = self._mirror.value() == 1
        inputs.chain_ok = self._chain.value() == 1
        inputs.residual = 0 if self._tripped.value() else RESIDUAL_DC
        now = self.ticks_ms()
        inputs.load_edges = (self._load[0].count(now), self._load[1].count(now), self._load[2].count(now))
        inputs.earth_edges = self._earth.count(now)
        self._read_slow_channels(inputs)
        self._count_generator(inputs)
        return True

    def _read_slow_channels(self, inputs: "Inputs") -> None:
        pp, x, y = [self._average(channel) for channel in (PP, MUX_X, MUX_Y)]
        inputs.pp_mv = adc_mv(pp)
        address = self._slow.turn(x, y, inputs)
        self._mux[0].value(address & 1)
        self._mux[1].value(address >> 1)

    def _average(self, channel: int) -> int:
        """The mean of the last samples of one channel."""
        newest = self._newest(channel)
        return sum([self._ring[(newest - age * CHANNELS) % SAMPLES] for age in range(AVERAGED)]) // AVERAGED

    def _newest(self, channel: int) -> int:
        """Index of the channel's latest sample: the ring begins with channel 0 and holds whole rounds."""
        written = (mem32[DMA_WRITE] - self._ring_at) // 2
        newest: int = (written - 1 - (written - 1 - channel) % CHANNELS) % SAMPLES
        return newest

    def _count_generator(self, inputs: "Inputs") -> None:
        if self._mode != X2:
            self._count.stop()
        else:
            start = self._count.turn(mem32[PWM2_CTR], self._uptime.microseconds())
            if start is not None:
                mem32[PWM2_CSR] = COUNTING[start][0] & ~1
                mem32[PWM2_DIV] = COUNTING[start][1]
                mem32[PWM2_CTR] = 0
                mem32[PWM2_CSR] = COUNTING[start][0]
        inputs.generator_mhz = self._count.frequency_mhz
        inputs.generator_duty = self._count.duty

    def _cp_window(self) -> "tuple[int, int | None, int, bool]":
        now = self.ticks_ms()
        if now - self._driven_at < WINDOW_MS:
            return self._window
        newest, position = self._where()
        # The index comes round every 5.12 ms and may well be the same; the count never is.
        transfers_left = mem32[DMA_COUNT]
        stopped = transfers_left == self._transfers_left
        self._transfers_left = transfers_left
        if not mem32[DMA_CONTROL] & DMA_BUSY or mem32[ADC_FCS] & ADC_OVERRUN:
            # The longest transfer there is ends after three hours.
            self._start_sampling()
            return 0, None, 0, False
        high_from, high_to, low_from, low_to = phases(self._duty)
        high = picked(self._ring, newest, position, (high_from, high_to), CHANNELS)
        low = picked(self._ring, newest, position, (low_from, low_to), CHANNELS)
        spread_mv = max(millivolts(codes[-1]) - millivolts(codes[0]) for codes in (high, low) if codes)
        frozen = self._stillness.observe(spread_mv, now) or stopped
        low_mv = level_mv(low, self._calibration) if low else None
        high_mv = level_mv(high, self._calibration) if high else low_mv or 0
        self._window = (high_mv, low_mv, len(high), frozen)
        return self._window

    def cp_drive(self, mode: int, duty: int) -> None:
        self._mode = mode
        self._duty = duty if mode == X2 else 10_000 if mode == X1 else 0
        mem32[PWM1_CC] = self._duty * 25 // 4
        self._driven_at = self.ticks_ms()

    def cp_disconnect(self, disconnected: bool) -> None:
        self._disconnect.value(int(disconnected))

    def coil(self, mode: int) -> None:
        self._coil.duty_u16(0 if mode == COIL_OFF else HOLD if mode == COIL_HOLD else FULL)

    def residual_test(self, on: bool) -> None:
        self._residual_test.value(int(on))

    def residual_reset(self) -> None:
        self._residual_reset.value(1)
        time.sleep_us(RESET_PULSE_US)
        self._residual_reset.value(0)

    def lock(self, drive: int) -> None:
        """Bit 0 of the drive's number is half A of the bridge, bit 1 half B: 1 locks, 2 unlocks, 3 brakes."""
        self._lock[0].value(drive & 1)
        self._lock[1].value(drive >> 1)

    def recall(self, name: str) -> bytes:
        try:
            with open("/" + name, "rb") as file:
                content: bytes = file.read()
                return content
        except OSError as error:
            # What is there and cannot be read is not absent.
            if error.errno != ENOENT:
                raise
            return b""

    def keep(self, name: str, content: bytes) -> None:
        # The file system of this port (littlefs) renames in one step.
        with open("/" + name + ".new", "wb") as file:
            file.write(content)
        os.rename("/" + name + ".new", "/" + name)

    def restart(self) -> None:
        machine.reset()

    def hang(self) -> None:
        while True:
            pass

    def alive(self) -> None:
        self._alive.toggle()

    def watchdog_feed(self) -> None:
        self._watchdog.feed()

    def led(self, signal: int) -> None:
        self._leds.fill(COLOURS[SIGNALS[signal]])
        self._leds.write()

    def uart_read(self) -> bytes:
        return self._uart.read() or b""

    def uart_write(self, data: bytes) -> None:
        self._uart.write(data)

    def _start_sampling(self) -> None:
        for pin in ADC_PINS:
            machine.ADC(pin)
        # Whatever stopped it: nothing may be left in FIFO or transfer, or the channels would be taken for each other.
        mem32[ADC_CS] = 1
        mem32[DMA_ABORT] = 1 << DMA_CHANNEL
        while mem32[DMA_ABORT] & 1 << DMA_CHANNEL or not mem32[ADC_CS] & ADC_READY:
            pass
        while not mem32[ADC_FCS] & ADC_EMPTY:
            mem32[ADC_FIFO]
        mem32[ADC_DIV] = ADC_PERIOD
        mem32[ADC_FCS] = ADC_FIFO_TO_DMA | ADC_OVERRUN
        mem32[DMA_READ] = ADC_FIFO
        mem32[DMA_WRITE] = self._ring_at
        mem32[DMA_COUNT] = DMA_MOST
        mem32[DMA_CONTROL] = DMA_SETUP
        mem32[ADC_CS] = ADC_FREE_RUNNING
        self._transfers_left = -1
        self._driven_at = self.ticks_ms()

    def _where(self) -> "tuple[int, int]":
        """Index of the pilot's latest sample in the ring and its place in the period, both of one moment."""
        state = machine.disable_irq()
        step = mem32[PWM1_CTR]
        write_at = mem32[DMA_WRITE]
        machine.enable_irq(state)
        written = (write_at - self._ring_at) // 2
        newest = (written - 1 - (written - 1) % CHANNELS) % SAMPLES
        return newest, step // STEPS_PER_SAMPLE
