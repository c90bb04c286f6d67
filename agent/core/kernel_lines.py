"""Which lines of the kernel tell of this charger's hardware: a table of words, by what they are about. Pure.

Everything else stays where it is: firewalls, file names and other people's programs are none of support's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

TOPICS: Mapping[str, str] = {
    "supply": r"under-?voltage|voltage normali[sz]ed|over-?current|brown-?out",
    "memory": r"out of memory|oom[-_ ]?kill|oom_reaper|page allocation failure",
    "storage": r"\bmmc\d|mmcblk\d|EXT4-fs|JBD2|F2FS-fs|BTRFS|I/O error|read-only|orphan cleanup|\bnvme\d",
    "usb": r"\busb \d[-.\d]*:|\busb\d|ttyUSB\d|ttyACM\d|cdc_acm|xhci|dwc2|dwc_otg",
    "heat": r"thermal|throttl|temperature (?:above|exceeds)",
    "network": r"link (?:is |becomes )?(?:up|down|ready)|wlan\d.*(?:auth|assoc)|NETDEV WATCHDOG|qmi_wwan|cdc_ether",
    "serial": r"ttyAMA\d|ttyS\d|input overrun|uart-pl011",
    "kernel": r"\bBUG\b|\bOops\b|kernel panic|blocked for more than|stall|segfault|watchdog|Linux version|Call trace",
}
"""The first that fits says what a line is about (words as the kernels of Raspberry Pi OS and Debian 12 write them)."""


def topic_of(text: str) -> str:
    """What a line of the kernel is about; "" for one that tells nothing of the hardware."""
    return next((topic for topic, words in TOPICS.items() if re.search(words, text, re.IGNORECASE)), "")
