"""Thirty failures of the field, told as tickets are told, each with the cause that a support engineer has to find."""

from __future__ import annotations

from tools.cases.model import CARD, CHARGES, PLUGS_IN, SWIPES, Case, breaks, here, office, world

OFFLINE = ("network.offline", "network.closed")
SECOND_CARD = "CAFE0002"

SCRIPTED: tuple[Case, ...] = (
    Case(
        name="half_open_tcp",
        story="The portal has not heard of the charger since noon; its lights are green.",
        cause=(
            "The central system takes every message and answers none: the connection is open, and the far side hangs."
            " Whoever runs the central system restarts it, or what stands before it."
        ),
        stands_s=190.0,
        keys=OFFLINE,
        words=("not answered",),
        acts=(*CHARGES, office("silent", 900.0)),
    ),
    Case(
        name="captive_portal",
        story="Installed in a hotel garage, it never came online.",
        cause=(
            "The network of the hotel sends everybody to its login page. The operator of that network lets the "
            "charger through without a login, or the charger gets another way, such as a SIM card."
        ),
        stands_s=130.0,
        keys=OFFLINE,
        words=("login.hotel.example",),
        network="portal",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="expired_certificate",
        story="Forty chargers left the portal in the same night.",
        cause=(
            "The certificate of the central system is past its last day. The operator puts a new one there; nothing "
            "is to be done at the charger."
        ),
        stands_s=70.0,
        keys=OFFLINE,
        words=("has expired",),
        network="expired",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="unknown_root",
        story="Gone from the portal since the operator moved to another data centre.",
        cause=(
            "The new certificate of the central system comes from an issuer that the charger does not trust. The "
            "operator has one made by the issuer that chargers know, or sends them the new root."
        ),
        stands_s=130.0,
        keys=OFFLINE,
        words=("vouched for by nobody",),
        network="unknown_root",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="name_server",
        story="A new router was installed; the charger is gone.",
        cause=(
            "The name of the central system cannot be looked up. Whoever runs the router gives the charger a name "
            "server that knows it, or the address in the site file is mistyped."
        ),
        stands_s=130.0,
        keys=OFFLINE,
        words=("no such name",),
        network="name_unknown",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="swallowed",
        story="The people who look after the building's computers made it all safer; the charger is gone.",
        cause=(
            "The port takes the connection and never says a word: a firewall in between. Whoever runs the network "
            "lets the charger out to the central system."
        ),
        stands_s=130.0,
        keys=OFFLINE,
        words=("says nothing",),
        network="port_silent",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="wrong_password",
        story="A charger that was exchanged does not come up in the portal under the old name.",
        cause=(
            "The central system turns the login away: the password is another one than it has. The operator sets the "
            "same one on both sides."
        ),
        stands_s=70.0,
        keys=OFFLINE,
        words=("HTTP 401",),
        network="unauthorized",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="not_registered",
        story="The charger is new; nobody has entered it in the back office.",
        cause="The central system does not accept this charger in its BootNotification. The operator enters it there.",
        stands_s=20.0,
        keys=("network.not_accepted",),
        words=("Rejected", "Pending"),
        network="rejected",
        acts=(here("wait", 300.0),),
    ),
    Case(
        name="welded_contactor",
        story="The driver says that his tester still lit up on the cable after the charge.",
        cause=(
            "A pole of the contactor is welded, and the outlet is live with no charge. Switch off the supply at once;"
            " an electrician replaces the contactor."
        ),
        stands_s=45.0,
        keys=("fault.contactor.welded", "fault.output.live"),
        acts=(*CHARGES, breaks("weld", connector=1), world("swipe", 30.0, token=CARD)),
    ),
    Case(
        name="contactor_does_not_close",
        story="It clicks, and nothing comes.",
        cause=(
            "The contactor is told to close and does not: its coil or the wire to it. An electrician looks at the "
            "coil's plug and replaces the contactor."
        ),
        stands_s=25.0,
        keys=("fault.contactor.no_close",),
        acts=(breaks("no_close", connector=1), *CHARGES),
    ),
    Case(
        name="meter_silent",
        story="Charges break off after some seconds since the electrician was there.",
        cause="The meter answers nothing. An electrician looks at its data line, its address and its supply.",
        stands_s=75.0,
        keys=("fault.meter.comm", "meter.silent"),
        acts=(*CHARGES, breaks("meter_silent", 60.0, connector=1)),
    ),
    Case(
        name="meter_exchanged_for_another_make",
        story="Somebody worked in the cabinet yesterday, and nothing charges any more.",
        cause=(
            "A meter of another make hangs at the address of the one that the charger knows. The right meter goes "
            "back, or the board file names the new one and the charger is commissioned again."
        ),
        stands_s=30.0,
        keys=("fault.meter.*", "meter.silent"),
        acts=(breaks("meter_other", 60.0, connector=1, model="abb-b2x"), *CHARGES),
    ),
    Case(
        name="wrong_clock",
        story="Bills bear times at which nobody was there.",
        cause=(
            "The time of day of the controller is two hours ahead of the central system's. The operator looks why it "
            "has no time from the network, and sets it."
        ),
        stands_s=135.0,
        keys=("clock.*", "fault.clock.unsynced"),
        acts=(here("turn_clock", 400.0, by_s=7200.0), *CHARGES),
    ),
    Case(
        name="full_disk",
        story="The charger refuses every card since Tuesday.",
        cause=(
            "The storage of the controller is full, so that nothing can be recorded any more; without a record no "
            "charge begins. Make room on it, and look at what filled it."
        ),
        stands_s=50.0,
        keys=("store.failed", "store.fails", "fault.storage.low", "storage.low"),
        small_disk=True,
        acts=(here("fill_disk", 30.0), *CHARGES),
    ),
    Case(
        name="crash_loop",
        story="The lights go off and on again all the time.",
        cause=(
            "The program of the charger is killed and started again, time after time. Collect a bundle for the "
            "developers; go back to the release before."
        ),
        stands_s=100.0,
        keys=("crash_loop", "fault.host.crash_loop"),
        acts=tuple(here("kill_and_start", 40.0) for _ in range(5)),
    ),
    Case(
        name="flapping_car",
        story="One driver complains that the charger clicks every few seconds and then gives up.",
        cause=(
            "The car asks for current and stops asking, every two seconds. Try another car; then look at the "
            "connector and the car's settings."
        ),
        stands_s=75.0,
        keys=("fault.cp.unstable",),
        acts=(*CHARGES, breaks("car_flaps", 120.0, connector=1, every_s=2.0)),
    ),
    Case(
        name="limit_of_the_operator",
        story="Plugged in, authorised, and no power.",
        cause=(
            "The operator has set a limit of 5 A, and below 6 A no car may charge. The operator takes the charging "
            "profile back."
        ),
        stands_s=25.0,
        keys=("limit.network", "limit.charge_point_max"),
        acts=(office("limit", 2.0, amps=5, connector=1, profile=1), *CHARGES),
    ),
    Case(
        name="residual_current",
        story="It stops after a minute with one car, and with no other.",
        cause=(
            "A direct residual current of 20 mA flows, so the charger opens. Try another car; if it stays, have cable"
            " and charger measured."
        ),
        stands_s=45.0,
        keys=("fault.rcd.dc_trip",),
        acts=(*CHARGES, breaks("rcd_dc", 20.0, connector=1, ma=20.0)),
    ),
    Case(
        name="emergency_stop",
        story="All outlets are dead since the weekend.",
        cause="The emergency stop is pressed. Somebody lets it go, then unplugs the car.",
        stands_s=45.0,
        keys=("fault.safety.emergency_stop", "fault.chain.mismatch"),
        acts=(breaks("estop", 20.0), *CHARGES),
    ),
    Case(
        name="earth_lost",
        story="No car charges since the street was dug up.",
        cause=(
            "The protective earth of the supply is interrupted. An electrician mends it before anybody charges there."
        ),
        stands_s=45.0,
        keys=("fault.pe.lost",),
        acts=(breaks("pe_lost", 20.0), *CHARGES),
    ),
    Case(
        name="phase_lost",
        story="Charging is slow, and then stops.",
        cause="The phase L2 of the supply is gone. Look at its fuse; then it is for an electrician or the grid.",
        stands_s=45.0,
        keys=("fault.mains.phase_loss",),
        acts=(*CHARGES, breaks("mains_phase_loss", 60.0, phase=2)),
    ),
    Case(
        name="low_voltage",
        story="In the evening it stops every time.",
        cause=(
            "The voltage of the supply falls to 188 V, below what a charge may have. An electrician looks at "
            "terminals and cables; else it is for the grid."
        ),
        stands_s=55.0,
        keys=("fault.mains.undervoltage",),
        acts=(*CHARGES, breaks("mains_undervoltage", 60.0, volts=188.0)),
    ),
    Case(
        name="lock_jammed",
        story="The plug goes in, and then it says error.",
        cause=(
            "The pin of the socket's lock is jammed and does not reach its place. Clean the socket and plug in again;"
            " else the lock is replaced."
        ),
        stands_s=30.0,
        keys=("fault.lock.lock_failed",),
        board="sim-socket",
        acts=(breaks("lock_jam", connector=1), *CHARGES),
    ),
    Case(
        name="cable_of_the_board",
        story="A mouse was in the cabinet; since then no car is served.",
        cause="The cable between controller and pilot board is cut. An electrician replaces it.",
        stands_s=45.0,
        keys=("board.silent", "fault.mcu.comm"),
        acts=(*CHARGES, breaks("link_cut", 40.0, connector=1)),
    ),
    Case(
        name="short_in_the_connector",
        story="The connector fell into a puddle.",
        cause=(
            "Control pilot and protective earth are shorted in the connector: water or damage. Unplug, dry it, "
            "inspect it; else replace the cable."
        ),
        stands_s=35.0,
        keys=("fault.cp.short",),
        acts=(breaks("cp_short", 10.0, connector=1), PLUGS_IN, SWIPES),
    ),
    Case(
        name="hot_terminal",
        story="It smells burnt, says the caretaker, and it takes longer than it used to.",
        cause=(
            "A terminal is at 92 °C, so less current is offered. Switch off; an electrician tightens it and replaces "
            "what is burnt."
        ),
        stands_s=45.0,
        keys=("fault.temp.terminal_derate", "fault.temp.terminal_stop"),
        acts=(*CHARGES, breaks("overtemp", 120.0, connector=1, sensor="terminal", celsius=92.0)),
    ),
    Case(
        name="out_of_service",
        story="Cars plug in, and the card is refused at this one.",
        cause="The operator has set the outlet to Inoperative. The operator sets it back.",
        stands_s=45.0,
        keys=("out_of_service",),
        acts=(office("change_availability", 5.0, connector=1, operative=False), *CHARGES),
    ),
    Case(
        name="unknown_card",
        story="My card works everywhere but here.",
        cause="The central system knows this card as Invalid. The operator enters it, or the driver takes another one.",
        stands_s=25.0,
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
        cause=(
            "The charger offers current, and the car does not ask for any: its timer, its own limit, or a full "
            "battery. It is for the driver to look at the car's settings."
        ),
        stands_s=45.0,
        keys=("car.not_asking",),
        acts=(*CHARGES, world("suspend", 120.0, connector=1)),
    ),
    Case(
        name="never_commissioned",
        story="It hangs on the wall since yesterday and gives nothing.",
        cause=(
            "The charger was mounted and never taken into service, so it gives no power. An installer does that on "
            "site."
        ),
        stands_s=25.0,
        keys=("fault.comm.not_commissioned",),
        commissioning="required",
        acts=CHARGES,
    ),
)
