"""Which lines of the kernel tell of this charger's hardware: a table of words, by what they are about. Pure.

Everything else stays where it is: firewalls, file names and other people's programs are none of support's business.
"""

from __future__ import annotations

from collections.abc import Mapping

TOPICS: Mapping[str, tuple[str, ...]] = {
    "supply": ("undervoltage", "under-voltage", "voltage normali", "over-current", "overcurrent", "brown-out"),
    "memory": ("out of memory", "oom-kill", "oom_kill", "oom_reaper", "page allocation failure"),
    "storage": (
        *("mmc0", "mmc1", "mmcblk", "nvme", "ext4-fs", "jbd2", "f2fs-fs", "btrfs"),
        *("i/o error", "filesystem read-only", "orphan cleanup"),
    ),
    "usb": ("usb ", "usb1", "usb2", "ttyusb", "ttyacm", "cdc_acm", "xhci", "dwc2", "dwc_otg"),
    "heat": ("thermal", "throttl", "temperature above", "temperature exceeds"),
    "network": (
        "link is ",
        "link becomes ready",
        "netdev watchdog",
        "wlan0",
        "wlan1",
        "qmi_wwan",
        "cdc_ether",
        "wwan0",
    ),
    "serial": ("ttyama", "ttys0", "ttys1", "input overrun", "uart-pl011"),
    "kernel": (
        *("bug:", "oops", "kernel panic", "blocked for more than", "stall", "lockup", "segfault", "watchdog"),
        *("linux version", "call trace"),
    ),
}
"""In small letters. The first that fits says what a line is about (words of the kernels of Raspberry Pi OS and Debian
12, recalled)."""


def topic_of(text: str) -> str:
    """What a line of the kernel is about; "" for one that tells nothing of the hardware."""
    small = text.lower()
    return next((topic for topic, words in TOPICS.items() if any(word in small for word in words)), "")
