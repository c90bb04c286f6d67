"""The pins of the RP2040 board: pilot generator, converter by DMA, coil, mirror, chain, serial line.

Pins and numbers are those of the pilot board's hardware reference, sections 1 to 3. That board is a proposal: nothing
in this file has met hardware. Numbers of registers are the RP2040 data sheet's. One contactor (K1); the lines of the
later protective functions are held in their safe levels and otherwise left alone.
"""

import os
from array import array
from binascii import hexlify

import machine
from boards.sampling import RING, Stillness, level_mv, millivolts, phases, picked
from boards.uptime import Uptime
from hal import COIL_HOLD, COIL_OFF, X1, X2, Hal
from kind import Kind
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
RCD_TEST = 6
CHAIN_FB = 7
K1_DRV, K2_DRV = 8, 9
ALIVE = 10
K1_MIR = 11
LOCK_A, LOCK_B = 20, 21
LED = 22
CP_ADC = 26

CLOCK_HZ = 125_000_000
BAUD = 460_800
WATCHDOG_MS = 500
LEDS = 8

# Pilot generator: 125 MHz / 2 / 62 500 = 1 kHz sharp, 625 steps to a sample.
PWM1_DIV, PWM1_CTR, PWM1_CC, PWM1_TOP = 0x4005_0018, 0x4005_001C, 0x4005_0020, 0x4005_0024
PERIOD_STEPS = 62_500
STEPS_PER_SAMPLE = 625

COIL_HZ = 20_000
FULL = 65_535
HOLD = FULL * 35 // 100

# Converter: 48 MHz / 480 = 100 kS/s, free running into its FIFO.
ADC_CS, ADC_FCS, ADC_FIFO, ADC_DIV = 0x4004_C000, 0x4004_C008, 0x4004_C00C, 0x4004_C010
ADC_FREE_RUNNING = 1 << 3 | 1
ADC_FIFO_TO_DMA = 1 << 24 | 1 << 11 | 1 << 10 | 1 << 3 | 1
ADC_PERIOD = (480 - 1) << 8

# DMA channel 11, the last one: MicroPython itself claims them from 0. Half words, ring of 1024 bytes on the writing
# side, paced by the converter (request 36), chained to nothing, no interrupt.
DMA_READ, DMA_WRITE, DMA_COUNT, DMA_CONTROL = 0x5000_02C0, 0x5000_02C4, 0x5000_02C8, 0x5000_02CC
DMA_SETUP = 1 << 21 | 36 << 15 | 11 << 11 | 1 << 10 | 10 << 6 | 1 << 5 | 1 << 2 | 1
DMA_BUSY = 1 << 24
DMA_MOST = 0xFFFF_FFFF
RING_BYTES = RING * 2

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


class Rp2040(Hal):
    """Made once at start. The external pull-ups and pull-downs hold the same levels before and after."""

    def __init__(self) -> None:
        for pin in (K1_DRV, K2_DRV, ALIVE, RCD_TEST, LOCK_A, LOCK_B, CP_DISC_N):
            Pin(pin, Pin.OUT, value=0)
        machine.freq(CLOCK_HZ)
        self.kind = Kind()
        self._uptime = Uptime()
        self._boot_id = hexlify(os.urandom(4)).decode()
        self._alive = Pin(ALIVE, Pin.OUT, value=0)
        self._disconnect = Pin(CP_DISC_N, Pin.OUT, value=0)
        self._chain = Pin(CHAIN_FB, Pin.IN, Pin.PULL_DOWN)
        self._mirror = Pin(K1_MIR, Pin.IN, Pin.PULL_DOWN)
        self._coil = PWM(Pin(K1_DRV), freq=COIL_HZ, duty_u16=0)
        self._pilot = PWM(Pin(CP_PWM), freq=1_000, duty_u16=FULL)
        mem32[PWM1_DIV] = 2 << 4
        mem32[PWM1_TOP] = PERIOD_STEPS - 1
        self._leds = NeoPixel(Pin(LED), LEDS)
        self._uart = UART(0, BAUD, tx=Pin(HOST_TX), rx=Pin(HOST_RX), rxbuf=1024, txbuf=2048, timeout=0)
        # Twice the ring, so that a piece of it lies at a multiple of its size, which the DMA's wrapping needs.
        self._memory = array("H", bytes(2 * RING_BYTES))
        self._ring_at = -(-addressof(self._memory) // RING_BYTES) * RING_BYTES
        first = (self._ring_at - addressof(self._memory)) // 2
        self._ring = memoryview(self._memory)[first : first + RING]
        self._stillness = Stillness()
        self._mode = X1
        self._duty = 10_000
        self._driven_at = 0
        self._transfers_left = -1
        self._window: tuple[int, int | None, int, bool] = (0, None, 0, False)
        self.cp_drive(X1, self._duty)
        self._start_sampling()
        self._watchdog = WDT(timeout=WATCHDOG_MS)

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
        return True

    def _cp_window(self) -> "tuple[int, int | None, int, bool]":
        now = self.ticks_ms()
        if now - self._driven_at < WINDOW_MS:
            return self._window
        newest, position = self._where()
        # The index comes round every 5.12 ms and may well be the same; the count never is.
        transfers_left = mem32[DMA_COUNT]
        stopped = transfers_left == self._transfers_left
        self._transfers_left = transfers_left
        if not mem32[DMA_CONTROL] & DMA_BUSY:
            # The longest transfer there is ends after twelve hours.
            self._start_sampling()
            return 0, None, 0, False
        high_from, high_to, low_from, low_to = phases(self._duty)
        high = picked(self._ring, newest, position, (high_from, high_to))
        low = picked(self._ring, newest, position, (low_from, low_to))
        spread_mv = max(millivolts(codes[-1]) - millivolts(codes[0]) for codes in (high, low) if codes)
        frozen = self._stillness.observe(spread_mv, now) or stopped
        low_mv = level_mv(low) if low else None
        high_mv = level_mv(high) if high else low_mv or 0
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
        machine.ADC(CP_ADC)
        mem32[ADC_CS] = 1
        mem32[ADC_DIV] = ADC_PERIOD
        mem32[ADC_FCS] = ADC_FIFO_TO_DMA
        mem32[DMA_READ] = ADC_FIFO
        mem32[DMA_WRITE] = self._ring_at
        mem32[DMA_COUNT] = DMA_MOST
        mem32[DMA_CONTROL] = DMA_SETUP
        mem32[ADC_CS] = ADC_FREE_RUNNING
        self._transfers_left = -1
        self._driven_at = self.ticks_ms()

    def _where(self) -> "tuple[int, int]":
        """Index of the latest sample in the ring and its place in the pilot's period, both of one moment."""
        state = machine.disable_irq()
        step = mem32[PWM1_CTR]
        write_at = mem32[DMA_WRITE]
        machine.enable_irq(state)
        newest = ((write_at - self._ring_at) // 2 - 1) % RING
        return newest, step // STEPS_PER_SAMPLE
