"""The link to an OpenEVSE in every kind of trouble: the sentence a person gets, and that it heals by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers.watching import becomes_unavailable, until
from agent.errors import DriverRejected
from tests.drivers.openevse.bench import NOTICES_WITHIN_S, OpenEvseBench, on_an_openevse

NOTICED_S = 2.1
"""Silence is told after 2 s."""


async def loses(bench: OpenEvseBench) -> str:
    """The sentence a person gets, told within the time that silence takes."""
    began = asyncio.get_running_loop().time()
    why = await becomes_unavailable(bench.pilot.states())
    assert asyncio.get_running_loop().time() - began <= NOTICED_S
    return why


def mutes(bench: OpenEvseBench) -> None:
    bench.controller.line.mute = True


def goes_deaf(bench: OpenEvseBench) -> None:
    bench.controller.line.deaf = True


def talks_nonsense(bench: OpenEvseBench) -> None:
    bench.controller.line.garbage = True


def spoils_checks(bench: OpenEvseBench) -> None:
    bench.controller.line.bad_checks = True


def answers_late(bench: OpenEvseBench) -> None:
    bench.controller.line.late_s = 0.6


def is_cut(bench: OpenEvseBench) -> None:
    bench.controller.wire.is_cut = True


def hangs(bench: OpenEvseBench) -> None:
    bench.controller.hang()


SILENCES = (mutes, goes_deaf, talks_nonsense, spoils_checks, answers_late, is_cut, hangs)


def mend(bench: OpenEvseBench) -> None:
    line = bench.controller.line
    line.mute = line.deaf = line.garbage = line.bad_checks = bench.controller.wire.is_cut = False
    line.late_s = 0.0
    if not bench.controller.is_running:
        bench.controller.reset("power")


@pytest.mark.parametrize("breaks", SILENCES)
def test_a_controller_that_gives_no_answer_is_told_and_is_back_by_itself(
    breaks: Callable[[OpenEvseBench], None],
) -> None:
    async def lose(bench: OpenEvseBench) -> None:
        breaks(bench)

        assert await loses(bench) == f"no answer from the OpenEVSE on {bench.port} for 2 s; check its power and cable"

        await asyncio.sleep(30)
        mend(bench)
        await asyncio.sleep(NOTICES_WITHIN_S)
        assert bench.state().pilot.state is PilotState.A

    on_an_openevse(lose)


@pytest.mark.parametrize(
    ("breaks", "sentence"),
    [
        (talks_nonsense, "what arrives on {} is not RAPI; check that the port is the OpenEVSE's, and its baud rate"),
        (spoils_checks, "what arrives on {} is not RAPI; check that the port is the OpenEVSE's, and its baud rate"),
        (mutes, "no answer from the OpenEVSE on {} for 2 s; check its power and cable"),
    ],
)
def test_a_controller_that_never_answered_is_told_by_what_came_instead(
    breaks: Callable[[OpenEvseBench], None], sentence: str
) -> None:
    async def begin(bench: OpenEvseBench) -> None:
        await bench.vanish()
        await asyncio.sleep(3)
        breaks(bench)
        await bench.appear()

        assert bench.why_absent() == sentence.format(bench.port)

    on_an_openevse(begin)


def test_a_line_that_only_gives_back_what_is_sent_is_told_as_that() -> None:
    async def loop_back(bench: OpenEvseBench) -> None:
        await bench.vanish()
        await asyncio.sleep(3)
        bench.controller.line.echo = bench.controller.line.deaf = True
        await bench.appear()

        assert bench.why_absent() == (
            f"{bench.port} gives back what is sent and nothing else; check that RX and TX are not joined"
        )

    on_an_openevse(loop_back)


def test_a_controller_that_talks_and_does_not_hear_is_told_as_that() -> None:
    async def turn_deaf(bench: OpenEvseBench) -> None:
        await bench.vanish()
        await asyncio.sleep(3)
        bench.controller.line.deaf = True
        await bench.appear()
        bench.controller.enable()
        bench.plug_in()
        await asyncio.sleep(1)

        assert bench.why_absent() == (
            f"the OpenEVSE on {bench.port} talks and does not hear the agent; check the wire towards it"
        )

    on_an_openevse(turn_deaf)


def test_a_controller_that_echoes_commands_is_understood_all_the_same() -> None:
    async def echo(bench: OpenEvseBench) -> None:
        bench.controller.line.echo = True
        await bench.charges()

        assert bench.counted("echoes") > 0
        assert bench.counted("silences") == 0

    on_an_openevse(echo)


def test_a_port_that_is_pulled_out_is_told_at_once_and_comes_back() -> None:
    async def pull(bench: OpenEvseBench) -> None:
        await bench.vanish()

        assert await loses(bench) == f"{bench.port} is not there; check that the adapter is plugged in"

        await bench.appear()
        assert bench.state().pilot.state is PilotState.A

    on_an_openevse(pull)


@pytest.mark.parametrize(
    ("lacks", "sentence"),
    [
        (
            "sequence",
            "the firmware of this OpenEVSE answers without sequence ids, so a late answer could be taken for another "
            "one's; flash one with RAPI 3.0.0 or later, then check again",
        ),
        (
            "heartbeat",
            "the firmware of this OpenEVSE has no heartbeat supervision ($SY), so a dead agent would not lower the "
            "current; flash one that was built with HEARTBEAT_SUPERVISION, then check again",
        ),
    ],
)
def test_a_firmware_that_cannot_be_relied_on_is_refused_until_another_one_is_flashed(lacks: str, sentence: str) -> None:
    async def refuse(bench: OpenEvseBench) -> None:
        await bench.vanish()
        await asyncio.sleep(3)
        bench.controller.line.lacks = frozenset({lacks})
        await bench.appear()

        assert bench.why_absent() == sentence
        with pytest.raises(DriverRejected):
            await bench.contactor.permit(True)
        told = await until(bench.pilot.faults(), lambda faults: bool(faults))
        assert [fault.id for fault in told] == ["mcu.firmware_mismatch"]

        bench.controller.line.lacks = frozenset()
        await asyncio.sleep(6)
        assert bench.state().faults == ()

    on_an_openevse(refuse)


# --- answers that come late


def test_a_late_answer_is_never_taken_for_the_next_commands() -> None:
    async def be_late(bench: OpenEvseBench) -> None:
        await bench.charges()
        bench.controller.line.late_s = 0.51

        # Each answer meets the command after its own; most of them are of another kind, some of the very same.
        late = bench.counted("late_answers")
        await asyncio.sleep(0.8)
        assert bench.counted("late_answers") > late
        assert bench.state().pilot.offered_a == 16

        bench.controller.line.late_s = 0.0
        await asyncio.sleep(5)
        assert bench.state().contactor is ContactorState.CLOSED
        assert bench.counted("silences") == 0

    on_an_openevse(be_late)


def test_the_self_test_before_each_closing_holds_answers_up_and_is_no_silence() -> None:
    async def close(bench: OpenEvseBench) -> None:
        await bench.charges()

        assert bench.counted("late_answers") > 0
        assert bench.counted("silences") == 0

    on_an_openevse(close)


def test_noise_on_the_line_costs_time_and_never_truth() -> None:
    async def disturb(bench: OpenEvseBench) -> None:
        await bench.charges()
        bench.controller.wire.flip_rate = 0.01
        await asyncio.sleep(120)
        bench.controller.wire.flip_rate = 0.0
        await asyncio.sleep(NOTICES_WITHIN_S)

        assert bench.counted("damaged_lines") > 10
        assert bench.state().pilot.state is not PilotState.UNKNOWN

    on_an_openevse(disturb)
