"""A line of a log that leaves: nothing in it can be a card, a key or a password, and what it is read for stays."""

from __future__ import annotations

import json
import logging
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.core.free_text import LONGEST, fit_to_leave
from agent.core.identity import IdToken
from agent.core.kernel_lines import TOPICS, topic_of
from agent.core.leaving import OUR_OWN, PERSONAL
from agent.logs import LineFormatter
from tests.simulation import planted

AROUND = ("", " ", '"', "'", "(", "=", ": ", "/", "\t", "[", ",", "id ", "b'", "-> ")
HEXADECIMAL = re.compile("[0-9A-Fa-f :-]+")
NAMES = (
    *("idTag", "id_token", "password", "AuthorizationKey", "parentIdTag", "client_secret", "rfid-card", "groupId"),
    *(
        "ssid",
        "ESSID",
        "psk",
        "pass",
        "passwd",
        "passphrase",
        "key",
        "wep_key0",
        "secret",
        "api_key",
        "apiKey",
        "token",
    ),
)


@given(planted.PLANTED, st.sampled_from(AROUND), st.sampled_from((*AROUND, ".", "; ", " was refused")))
def test_no_spelling_of_a_card_a_password_or_a_key_is_left_wherever_it_stands(
    secrets: planted.Planted, before: str, behind: str
) -> None:
    card, texts = planted.spellings_of_card(secrets.card), set[str]()
    long = planted.spellings_of_text(secrets.site_password) | planted.spellings_of_text(secrets.key)
    for one in card | long | planted.spellings_of_octets(secrets.local_key):
        text = one.decode("latin-1")
        # Eight letters of a card in base 64 nobody knows for a secret, and of a long text not those without a digit.
        is_known = HEXADECIMAL.fullmatch(text) if one in card else any(letter.isdigit() for letter in text)
        texts |= {text} if is_known and text.isascii() and text.isprintable() else set()
    assert len(texts) > 20

    left = [one for one in texts if one in fit_to_leave(f"reader told{before}{one}{behind} at connector 1")]

    assert left == []


@given(
    st.sampled_from(NAMES),
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\,;]}…"), min_size=3),
)
def test_a_field_that_names_a_secret_loses_its_value_however_short_it_is(name: str, value: str) -> None:
    shapes = (
        f"{name}={value}",
        f'{name}="{value} {value}"',
        f"{name}: {value}",
        json.dumps({name: value}),
        json.dumps({name: f"{value} {value}"}),
        json.dumps({"payload": json.dumps({name: value})}),
        f"{{'{name}': '{value}'}}",
        f"wlan0: {name}={value}",
        f'cause="refused: {name}={value}" detail=x',
    )

    shown = [fit_to_leave(f"it said {shape} here") for shape in shapes]

    for shape, line in zip(shapes, shown, strict=True):
        assert value not in line.replace(name, "").replace("it said", "").replace("here", "").replace("payload", ""), (
            shape,
            line,
        )
        assert line.startswith("it said ") and line.endswith(" here")


def logged(**fields: object) -> str:
    """A line as this program writes it; `event` is its message."""
    record = logging.makeLogRecord({"msg": fields.pop("event"), "levelno": logging.INFO, **fields})
    return LineFormatter(for_journal=True).format(record).partition(">")[2]


TYPED = sorted((event, field) for event, field in PERSONAL if "." in event)


@given(
    st.sampled_from(TYPED),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x17F), min_size=1).filter(lambda text: text not in OUR_OWN),
    st.sampled_from(("", "12:00:01 INFO agent.station: ")),
)
def test_of_an_event_what_a_person_typed_goes_however_it_is_quoted(
    one: tuple[str, str], typed: str, before: str
) -> None:
    event, field = one

    shown = fit_to_leave(before + logged(event=event, what="modem", **{field: typed}, after_s=12))

    assume(typed != "none")
    assert shown == f"{before}{event} what=modem {field}=… after_s=12"


@pytest.mark.parametrize("ours", sorted(OUR_OWN - {""}))
def test_a_role_of_the_charger_stays_in_that_field_and_its_own_words_in_other_events(ours: str) -> None:
    assert fit_to_leave(f"outage.ended excluded_by={ours}") == f"outage.ended excluded_by={ours}"
    assert (
        fit_to_leave("restart.failed reason=asked excluded_by=rule") == "restart.failed reason=asked excluded_by=rule"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('joined "Miller family": ok', 'joined "…": ok'),
        ('joined "home"', 'joined "…"'),
        ('joined: "Miller family"', 'joined: "…"'),
        ('cause="no way to \\"Miller\\" today" x=1', 'cause="no way to \\"…\\" today" x=1'),
        ('{"status": "Miller", "port": 1}', '{"status": "…", "port": 1}'),
        ('left open "Miller fam', 'left open "…"'),
        ('wlan0: ESSID:"Home" Mode:Managed', 'wlan0: ESSID:"…" Mode:Managed'),
        ("wlan0: ssid=Home psk: topsecret", "wlan0: ssid=… psk: …"),
    ],
)
def test_what_stands_in_double_quotes_goes_where_it_is_no_value_of_a_field(text: str, shown: str) -> None:
    assert fit_to_leave(text) == shown


@pytest.mark.parametrize("scheme", ["Basic", "bearer"])
def test_of_a_head_of_http_scheme_and_secret_go(scheme: str) -> None:
    for shape in (f"> Authorization: {scheme} abcd", f'"proxy-authorization": "{scheme} abcd"'):
        assert "abcd" not in fit_to_leave(f"{shape} sent") and fit_to_leave(f"{shape} sent").endswith(" sent")


@given(st.text(min_size=1, max_size=36))
def test_the_mark_of_a_token_in_our_own_lines_goes_too(token: str) -> None:
    assert fit_to_leave(f"card was refused token={IdToken(token).masked}") == "card was refused token=…"


@given(st.text(max_size=4 * LONGEST))
def test_any_text_is_one_line_of_bounded_length_and_what_is_fit_stays_so(text: str) -> None:
    once = fit_to_leave(text)

    assert len(once) <= LONGEST and len(once.splitlines()) <= 1
    assert fit_to_leave(once) == once


KEPT = (
    "meter answered late connector=2 waited_ms=740 limit_ms=500 repeated=12",
    "agent started version=0.1.0 board=sim-dual",
    "link lost cause=\"connection refused: [Errno 111] Connect call failed ('…', 443)\" reconnects=3",
    "evse-agent.service: Main process exited, code=killed, status=9/KILL",
    "Under-voltage detected! (…)",
    "mmc0: error -110 whilst initialising SD card",
    "mmcblk0: error -110 transferring data, sector 1234, nr 8",
    "EXT4-fs error (device mmcblk0p2): ext4_lookup:1855: inode #1234: comm python3: iget: checksum invalid",
    "usb 1-1.2: USB disconnect, device number 5",
    "cp210x ttyUSB0: cp210x converter now disconnected from ttyUSB0",
    "Out of memory: Killed process 612 (evse-agent) total-vm:91234kB, anon-rss:45012kB",
    "AttributeError: 'NoneType' object has no attribute 'register_wh'",
    'Traceback (most recent call last): File "/usr/lib/evse-agent/agent/app.py", line 12, in run',
    "bypass switched on, 3 keyboards, the limit has passed",
    "started at 2026-12-01 09:28:01, ended 09:28:44",
)


@pytest.mark.parametrize("text", KEPT)
def test_what_a_line_is_read_for_stays(text: str) -> None:
    assert fit_to_leave(text) == text


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("hwmon hwmon1: Undervoltage detected!", "supply"),
        ("Under-voltage detected! (0x00050005)", "supply"),
        ("usb usb1-port2: over-current change #3", "supply"),
        ("Out of memory: Killed process 612 (evse-agent)", "memory"),
        ("mmc0: Timeout waiting for hardware interrupt.", "storage"),
        ("EXT4-fs (mmcblk0p2): Remounting filesystem read-only", "storage"),
        ("I/O error, dev mmcblk0, sector 1998848 op 0x1:(WRITE)", "storage"),
        ("usb 1-1.3: device descriptor read/64, error -71", "usb"),
        ("cp210x ttyUSB0: cp210x converter now disconnected from ttyUSB0", "usb"),
        ("CPU: thermal: temperature exceeds 85000", "heat"),
        ("smsc95xx 1-1.1:1.0 eth0: Link is Down", "network"),
        ("uart-pl011 3f201000.serial: no DMA platform data", "serial"),
        ("watchdog: BUG: soft lockup - CPU#0 stuck for 22s!", "kernel"),
        ("[UFW BLOCK] IN=eth0 OUT= SRC=10.0.0.7", ""),
        ("audit: type=1400 audit(1700.1:2): apparmor=STATUS", ""),
        ("[UFW BLOCK] IN=wlan0 OUT= MAC= SRC=10.0.0.7 DST=10.0.0.8", ""),
        ("dropped: IN=wlan0 OUT= MAC= SRC=10.0.0.7 DST=10.0.0.8", ""),
        ("audit: type=1701 audit(1700.1:2): exe=/usr/bin/x sig=11 segfault", ""),
        ("cfg80211: the table was installed", ""),
        ("iwlwifi: debug: asked for one", ""),
        ("bond0: wlan01 is another", ""),
        ("wlan0: deauthenticated, reason 3", "network"),
        ("BUG: kernel NULL pointer dereference", "kernel"),
        ("rcu: INFO: rcu_preempt self-detected stall on CPU", "kernel"),
        ("mmcblk0p2: p1 p2", "storage"),
        ("hub 1-1:1.0: USB hub found", "usb"),
        ("Linux version 6.6.31+rpt-rpi-v8", "kernel"),
    ],
)
def test_a_line_of_the_kernel_is_told_by_what_it_is_about(text: str, topic: str) -> None:
    assert topic_of(text) == topic
    assert topic in ("", *TOPICS)
