"""What stands for the Python package gpiod has its names, its numbers and its errors, as far as it goes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from enum import Enum
from typing import Any

import gpiod
import pytest

from firmware_sim import gpiod_stand_in as stand_in
from tests.drivers.gpio.bench import RELAY, ChipBench, moment, on_a_chip, wired

OF_A_CHIP = ("__init__", "close", "get_info", "get_line_info", "line_offset_from_id", "request_lines")
OF_A_REQUEST = (
    *("release", "fileno", "get_value", "get_values", "set_value", "set_values"),
    *("wait_edge_events", "read_edge_events"),
)
CALLS: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
    (stand_in.request_lines, gpiod.request_lines),
    (stand_in.is_gpiochip_device, gpiod.is_gpiochip_device),
    *((getattr(stand_in.Chip, name), getattr(gpiod.Chip, name)) for name in OF_A_CHIP),
    *((getattr(stand_in.LineRequest, name), getattr(gpiod.LineRequest, name)) for name in OF_A_REQUEST),
]


@pytest.mark.parametrize("kind", ["Value", "Direction", "Edge", "Bias", "Drive", "Clock"])
def test_its_words_and_numbers_are_those_of_the_package(kind: str) -> None:
    ours: type[Enum] = getattr(stand_in.line, kind)
    theirs: type[Enum] = getattr(gpiod.line, kind)

    assert {one.name: one.value for one in ours} == {one.name: one.value for one in theirs}


def test_its_kinds_of_edges_are_those_of_the_package() -> None:
    theirs = {one.name: one.value for one in gpiod.EdgeEvent.Type}

    assert {one.name: one.value for one in stand_in.EdgeEvent.Type} == theirs


@pytest.mark.parametrize(("ours", "theirs"), CALLS, ids=lambda call: call.__qualname__)
def test_its_calls_take_the_arguments_of_the_package(ours: Callable[..., Any], theirs: Callable[..., Any]) -> None:
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)


@pytest.mark.parametrize("name", ["LineSettings", "ChipInfo", "EdgeEvent"])
def test_its_values_have_the_fields_of_the_package(name: str) -> None:
    names = [[field.name for field in fields(getattr(library, name))] for library in (stand_in, gpiod)]

    assert names[0] == names[1]


def test_its_lines_tell_a_part_of_what_the_package_tells() -> None:
    told = {field.name for field in fields(stand_in.LineInfo)}

    assert told <= {field.name for field in fields(gpiod.LineInfo)}


def test_a_chip_that_is_not_there_is_the_same_error() -> None:
    for library in (stand_in, gpiod):
        with pytest.raises(FileNotFoundError):
            library.Chip("/dev/no_such_chip")


def test_a_line_is_given_out_once_and_free_after_its_release() -> None:
    async def hold(bench: ChipBench) -> None:
        wired(bench)
        path = str(bench.chip.path)
        first = stand_in.request_lines(path, {RELAY: None}, consumer="first")
        with pytest.raises(OSError, match="busy"):
            stand_in.request_lines(path, {RELAY: None}, consumer="second")
        with stand_in.Chip(path) as chip:
            assert (chip.get_line_info(RELAY).used, chip.get_line_info(RELAY).consumer) == (True, "first")
        first.release()
        with pytest.raises(stand_in.RequestReleasedError):
            first.get_values()
        stand_in.request_lines(path, {RELAY: None}).release()

    on_a_chip(hold)


def test_what_would_wait_in_the_kernel_is_an_error() -> None:
    async def wait(bench: ChipBench) -> None:
        settings = stand_in.LineSettings(edge_detection=stand_in.line.Edge.BOTH)
        with stand_in.Chip(str(bench.chip.path)) as chip:
            request = chip.request_lines({"GPIO5": settings})
        for call in (lambda: request.wait_edge_events(1.0), lambda: request.read_edge_events()):
            with pytest.raises(BlockingIOError):
                call()
        request.release()

    on_a_chip(wait)


def test_of_too_many_edges_the_oldest_are_dropped_as_the_kernel_does() -> None:
    async def flood(bench: ChipBench) -> None:
        settings = stand_in.LineSettings(edge_detection=stand_in.line.Edge.BOTH)
        bench.chip.wire("GPIO5", False)
        with stand_in.Chip(str(bench.chip.path)) as chip:
            request = chip.request_lines({"GPIO5": settings}, event_buffer_size=4)
        await moment()
        for n in range(10):
            bench.chip.wire("GPIO5", n % 2 == 0)

        assert request.wait_edge_events(0)
        assert [event.line_seqno for event in request.read_edge_events()] == [7, 8, 9, 10]
        request.release()

    on_a_chip(flood)
