"""Thirty failures of the field, told as tickets are told, each with the cause that a support engineer has to find."""

from __future__ import annotations

from tools.cases.model import CARD, CHARGES, PLUGS_IN, SWIPES, Case, breaks, here, office, world

OFFLINE = ("network.offline", "network.closed")
SECOND_CARD = "CAFE0002"

SCRIPTED: tuple[Case, ...] = (
    Case(
        name="half_open_tcp",
        story="The portal shows the charger offline since noon; its lights are green.",
        keys=OFFLINE,
        words=("not answered",),
        acts=(*CHARGES, office("silent", 900.0)),
    ),
    Case(
        name="captive_portal",
        story="Installed in a hotel garage, it never came online.",
        keys=OFFLINE,
        words=("login.hotel.example",),
        network="portal",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="expired_certificate",
        story="Forty chargers went offline in the same night.",
        keys=OFFLINE,
        words=("has expired",),
        network="expired",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="unknown_root",
        story="Offline since the operator moved to another data centre.",
        keys=OFFLINE,
        words=("vouched for by nobody",),
        network="unknown_root",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="name_server",
        story="A new router was installed; the charger is gone.",
        keys=OFFLINE,
        words=("no such name",),
        network="name_unknown",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="swallowed",
        story="The building's network was made safer; the charger is gone.",
        keys=OFFLINE,
        words=("says nothing",),
        network="port_silent",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="wrong_password",
        story="A charger that was exchanged does not come online under the old name.",
        keys=OFFLINE,
        words=("HTTP 401",),
        network="unauthorized",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="not_registered",
        story="The charger is new; nobody has entered it in the back office.",
        keys=("network.not_accepted",),
        words=("Rejected", "Pending"),
        network="rejected",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="welded_contactor",
        story="The driver says that the cable was still live after the charge.",
        keys=("fault.contactor.welded", "fault.output.live"),
        acts=(*CHARGES, breaks("weld", connector=1), world("swipe", 30.0, token=CARD)),
    ),
    Case(
        name="contactor_does_not_close",
        story="It clicks, and nothing comes.",
        keys=("fault.contactor.no_close",),
        acts=(breaks("no_close", connector=1), *CHARGES),
    ),
    Case(
        name="meter_silent",
        story="Charges break off after some seconds since the electrician was there.",
        keys=("fault.meter.comm", "meter.silent"),
        acts=(*CHARGES, breaks("meter_silent", 60.0, connector=1)),
    ),
    Case(
        name="meter_exchanged_for_another_make",
        story="The meter was exchanged, and nothing charges any more.",
        keys=("fault.meter.*", "meter.silent"),
        acts=(breaks("meter_other", 60.0, connector=1, model="abb-b2x"), *CHARGES),
    ),
    Case(
        name="wrong_clock",
        story="Bills bear times at which nobody was there.",
        keys=("clock.*", "fault.clock.unsynced"),
        acts=(here("turn_clock", 400.0, by_s=7200.0), *CHARGES),
    ),
    Case(
        name="full_disk",
        story="The charger refuses every card since Tuesday.",
        keys=("store.failed", "store.fails", "fault.storage.low", "storage.low"),
        small_disk=True,
        acts=(here("fill_disk", 30.0), *CHARGES),
    ),
    Case(
        name="crash_loop",
        story="The lights go off and on again all the time.",
        keys=("crash_loop", "fault.host.crash_loop"),
        acts=tuple(here("kill_and_start", 40.0) for _ in range(5)),
    ),
    Case(
        name="flapping_car",
        story="One driver complains that the charger clicks every few seconds and then gives up.",
        keys=("fault.cp.unstable",),
        acts=(*CHARGES, breaks("car_flaps", 120.0, connector=1, every_s=2.0)),
    ),
    Case(
        name="limit_of_the_operator",
        story="Plugged in, authorised, and no power.",
        keys=("limit.network", "limit.charge_point_max"),
        acts=(office("limit", 2.0, amps=5, connector=1, profile=1), *CHARGES),
    ),
    Case(
        name="residual_current",
        story="It stops after a minute with one car, and with no other.",
        keys=("fault.rcd.dc_trip",),
        acts=(*CHARGES, breaks("rcd_dc", 20.0, connector=1, ma=20.0)),
    ),
    Case(
        name="emergency_stop",
        story="All outlets are dead since the weekend.",
        keys=("fault.safety.emergency_stop", "fault.chain.mismatch"),
        acts=(breaks("estop", 20.0), *CHARGES),
    ),
    Case(
        name="earth_lost",
        story="No car charges since the street was dug up.",
        keys=("fault.pe.lost",),
        acts=(breaks("pe_lost", 20.0), *CHARGES),
    ),
    Case(
        name="phase_lost",
        story="Charging is slow, and then stops.",
        keys=("fault.mains.phase_loss",),
        acts=(*CHARGES, breaks("mains_phase_loss", 60.0, phase=2)),
    ),
    Case(
        name="low_voltage",
        story="In the evening it stops every time.",
        keys=("fault.mains.undervoltage",),
        acts=(*CHARGES, breaks("mains_undervoltage", 60.0, volts=188.0)),
    ),
    Case(
        name="lock_jammed",
        story="The plug goes in, and then it says error.",
        keys=("fault.lock.lock_failed",),
        board="sim-socket",
        acts=(breaks("lock_jam", connector=1), *CHARGES),
    ),
    Case(
        name="cable_of_the_board",
        story="A mouse was in the cabinet.",
        keys=("board.silent", "fault.mcu.comm"),
        acts=(*CHARGES, breaks("link_cut", 40.0, connector=1)),
    ),
    Case(
        name="short_in_the_connector",
        story="The connector fell into a puddle.",
        keys=("fault.cp.short",),
        acts=(breaks("cp_short", 10.0, connector=1), PLUGS_IN, SWIPES),
    ),
    Case(
        name="hot_terminal",
        story="It smells burnt, says the caretaker, and charges with little power.",
        keys=("fault.temp.terminal_derate", "fault.temp.terminal_stop"),
        acts=(*CHARGES, breaks("overtemp", 120.0, connector=1, sensor="terminal", celsius=92.0)),
    ),
    Case(
        name="out_of_service",
        story="Cars plug in, and the card is refused at this one.",
        keys=("out_of_service",),
        acts=(office("change_availability", 5.0, connector=1, operative=False), *CHARGES),
    ),
    Case(
        name="unknown_card",
        story="My card works everywhere but here.",
        keys=("refused",),
        acts=(
            office("refuse_token", 1.0, token=SECOND_CARD, status="Invalid"),
            PLUGS_IN,
            world("swipe", 20.0, token=SECOND_CARD),
        ),
    ),
    Case(
        name="car_asks_for_nothing",
        story="Plugged in at six, empty at eight.",
        keys=("car.not_asking",),
        acts=(*CHARGES, world("suspend", 120.0, connector=1)),
    ),
    Case(
        name="never_commissioned",
        story="It hangs on the wall since yesterday and gives nothing.",
        keys=("fault.comm.not_commissioned",),
        commissioning="required",
        acts=CHARGES,
    ),
)
