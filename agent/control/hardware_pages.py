"""What `evsectl hardware` shows: each thing that was found with the lines to write, each device with its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.control.render import Page, Tone, energy, quantity
from agent.control.wire import Body

TONES = {"ok": Tone.GOOD, "warn": Tone.WARN, "FAIL": Tone.BAD, "-": Tone.DIM}
HIDDEN = ("is_answering",)


def show_scan(body: Body, page: Page) -> None:
    """Port by port, then what has none."""
    if not body["ports"]:
        page.line("no serial port is there; check that the adapter is plugged in: ls /dev/serial/by-id", Tone.WARN)
    for port in body["ports"]:
        _show_port(port, page)
    for unit in body["units"]:
        page.line(f"on the agent's bus {unit['bus']}", Tone.STRONG)
        _show_found(unit, page)
    for chip in body["chips"]:
        _show_chip(chip, page)
    for other in body["others"]:
        page.line(other["where"], Tone.STRONG)
        _show_found(other, page)


def _show_port(port: Mapping[str, Any], page: Page) -> None:
    is_link = port["port"] != port["device"]
    page.line(f"{port['port']}{'  = ' + port['device'] if is_link else ''}  {port['adapter']}", Tone.STRONG)
    if port["holder"]:
        page.line(f"    held by {port['holder']}", Tone.WARN)
        return
    if not port["findings"]:
        page.line("    nobody answers: no pilot board, OpenEVSE, PN532 or Modbus device; a card reader only speaks "
                  "when a card is shown", Tone.DIM)  # fmt: skip
    for finding in port["findings"]:
        _show_found(finding, page)


def _show_found(finding: Mapping[str, Any], page: Page) -> None:
    page.line(f"    {finding['what']}", Tone.GOOD if not finding["check"] else Tone.WARN)
    if finding["check"]:
        page.line(f"    {finding['check']}")
    for line in finding["write"]:
        page.line(f"        {line}")


def _show_chip(chip: Mapping[str, Any], page: Page) -> None:
    page.line(f"{chip['path']}  GPIO chip {chip['label']}", Tone.STRONG)
    if chip["check"]:
        page.line(f"    {chip['check']}", Tone.WARN)
    rows = [[str(line["offset"]), line["name"] or "-", line["consumer"] or "free"] for line in chip["lines"]]
    if rows:
        page.table(["line", "name", "held by"], rows)
    for line in chip["write"]:
        page.line(f"        {line}")


def show_test(body: Body, page: Page) -> None:
    """The verdict first, then what was read, then what to look at."""
    width = max(len(device["name"]) for device in body["devices"])
    for device in body["devices"]:
        page.line(f" {device['verdict']:<4}  {device['name']:<{width}}  {device['driver']}", TONES[device["verdict"]])
        for line in _lines(device["readings"]):
            page.line(f"       {line}")
        if device["says"]:
            page.line(f"       {device['says']}", TONES[device["verdict"]])
        if device["check"]:
            page.line(f"       {device['check']}")
    failed = sum(device["verdict"] == "FAIL" for device in body["devices"])
    page.line()
    page.line(f"{failed} of {len(body['devices'])} failed." if failed else "Nothing failed.")


def _lines(readings: Mapping[str, Any]) -> list[str]:
    """Plain readings in one line; those of several devices one line each."""
    plain = {name: value for name, value in readings.items() if not isinstance(value, Mapping)}
    lines = [", ".join(_reading(name, value) for name, value in plain.items())] if plain else []
    nested = {name: value for name, value in readings.items() if isinstance(value, Mapping)}
    return lines + [f"{name}: {_counters(value)}" for name, value in nested.items()]


def _counters(counters: Mapping[str, Any]) -> str:
    return ", ".join(_reading(name, value) for name, value in counters.items() if name not in HIDDEN)


def _reading(name: str, value: object) -> str:
    words, _, unit = name.rpartition("_")
    if value is None:
        return f"{(words or name).replace('_', ' ')} not told"
    if isinstance(value, list):
        shown = " ".join("-" if one is None else f"{one:g}" if isinstance(one, float | int) else one for one in value)
        of_unit = f" {unit.upper()}" if unit in ("v", "a") else ""
        return f"{(words or name).replace('_', ' ')} {shown or 'none'}{of_unit}"
    if unit == "wh" and isinstance(value, int):
        return f"{words} {energy(value)}"
    if unit == "s" and isinstance(value, float) and value < 1:
        return f"{words.replace('_', ' ')} {1000 * value:.0f} ms"
    return quantity(name, value)
