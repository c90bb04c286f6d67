"""A controller that falls silent while no car is in: what is plugged in then is seen by nobody."""

from __future__ import annotations

from tools.explain_cases.case import PLUG_IN, SINGLE, SOCKET, Act, Case, broken, network, waits

CAR_AND_CARD = ("plug_in", "present_card")


def _silent(
    name: str, *before: Act, board: str = SINGLE, changes: tuple[str, ...] = CAR_AND_CARD, rounds: int = 1
) -> Case:
    """`changes`: what is to be done after the controller is back."""
    return Case(
        name=name,
        names="board.silent",
        link="hardware",
        before=before,
        board=board,
        changes=("board_answers", *changes),
        rounds=rounds,
    )


def _switch_silent(name: str, *before: Act, board: str) -> Case:
    """What is silent here is known by the fault alone."""
    return Case(name=name, names="fault.mcu.comm", link="hardware", before=before, board=board)


OF_SILENCE = (
    _silent("board_silent_at_rest", broken("link_cut")),
    _silent("board_gone_at_rest", broken("link_gone")),
    _silent("board_hangs_at_rest", broken("mcu_hang")),
    _silent("socket_silent_at_rest", broken("link_cut"), board=SOCKET),
    _silent("board_silent_and_plugged_in", broken("link_cut"), waits(3), PLUG_IN, waits(3), rounds=2),
    _silent(
        "board_silent_and_out_of_service",
        network("change_availability", connector=1, operative=False),
        broken("link_cut"),
        changes=("put_in_service", *CAR_AND_CARD),
    ),
    _silent(
        "board_silent_behind_a_stop",
        broken("estop"),
        waits(3),
        broken("link_cut"),
        changes=("clear_fault", *CAR_AND_CARD),
    ),
    _silent("openevse_mute_at_rest", broken("rapi_mute"), board="sim-openevse"),
    _silent("bender_silent_at_rest", broken("evse_silent"), board="sim-bender"),
    _silent("simple_silent_at_rest", broken("evse_silent"), board="sim-simple-evse"),
    _switch_silent("relay_silent_at_rest", broken("relay_silent"), board="sim-modbus-relay"),
    _switch_silent("chip_gone_at_rest", broken("chip_gone"), board="sim-gpio"),
)
