"""Which lines of the kernel tell of this charger's hardware: a table of words, by what they are about. Pure.

Everything else stays where it is: firewalls, file names and other people's programs are none of support's business.
"""

from __future__ import annotations

from collections.abc import Mapping

TOPICS: Mapping[str, tuple[str, ...]] = {
    "supply": ("undervoltage", "under-voltage", "voltage normali*", "over-current", "overcurrent", "brown-out"),
    "memory": ("out of memory", "oom-kill", "oom_kill", "oom_reaper", "page allocation failure"),
    "storage": (
        *("mmc0", "mmc1", "mmcblk*", "nvme*", "ext4-fs", "jbd2", "f2fs-fs", "btrfs"),
        *("i/o error", "filesystem read-only", "orphan cleanup"),
    ),
    "usb": ("usb", "usb1", "usb2", "ttyusb*", "ttyacm*", "cdc_acm", "xhci", "dwc2", "dwc_otg"),
    "heat": ("thermal", "throttl*", "temperature above", "temperature exceeds"),
    "network": (
        *("link is", "link becomes ready", "netdev watchdog", "wlan0", "wlan1"),
        *("qmi_wwan", "cdc_ether", "wwan0"),
    ),
    "serial": ("ttyama*", "ttys0", "ttys1", "input overrun", "uart-pl011"),
    "kernel": (
        *("bug:", "oops", "kernel panic", "blocked for more than", "stall", "stalls", "stalled", "lockup", "lockups"),
        *("segfault", "watchdog", "linux version", "call trace"),
    ),
}
"""In small letters, as whole words; what may go on has a "*". The first that fits says what a line is about (words of
the kernels of Raspberry Pi OS and Debian 12, recalled)."""
OF_OTHERS = ("[ufw", "audit")
"""What a line begins with that tells who spoke with whom, or who did what."""
OF_A_PACKET = ("in=", "out=", "src=")
"""A firewall's line has all three, whatever it is made to begin with."""


def topic_of(text: str) -> str:
    """What a line of the kernel is about; "" for one that tells nothing of the hardware."""
    small = text.lower()
    if small.startswith(OF_OTHERS) or all(word in small for word in OF_A_PACKET):
        return ""
    return next((topic for topic, words in TOPICS.items() if any(_stands_in(word, small) for word in words)), "")


def _stands_in(word: str, text: str) -> bool:
    """From edge to edge: `stall` is not in `installed`. Most words are nowhere, so the plain search comes first."""
    stem = word.removesuffix("*")
    at = text.find(stem)
    while at >= 0:
        end = at + len(stem)
        if not text[at - 1 : at].isalnum() and (stem is not word or not text[end : end + 1].isalnum()):
            return True
        at = text.find(stem, at + 1)
    return False
