"""The pilot board asked over the agent's own control socket: a person, agent, link and firmware, no double."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.control.wire import Argument, Done, Part, RefusalKind, Refused, Reply
from tests.control.calling import Desk
from tests.simulation.stage import Charger, tell

WELDED = "contactor.welded"
WHO = {"operator": "service 12", "reason": "contactor replaced"}
KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"a service key for tests").digest())


async def asked(charger: Charger, verb: str, answer: str = "", **arguments: Argument) -> Reply:
    """The last reply, with everything that came before it joined."""
    path = charger.agent.config.control.socket
    desk = Desk(None, None, path)  # type: ignore[arg-type]  # it calls by the path alone
    return (await desk.replies(verb, arguments, answer))[-1]


async def body(charger: Charger, verb: str, **arguments: Argument) -> dict[str, Any]:
    reply = await asked(charger, verb, "", **arguments)
    assert isinstance(reply, Done | Part), reply
    return dict(reply.body)


def signature(text: str) -> str:
    return b64encode(KEY.sign(sha256(text.encode()).digest())).decode()


async def restarts(charger: Charger) -> None:
    """And lives long enough to be trusted again."""
    await charger.world("fault", name="mcu_reset", connector=1, cause="power")
    await charger.passes(65.0)


def test_a_weld_stays_over_every_restart_until_a_signature_ends_it_for_good() -> None:
    async def story(charger: Charger) -> None:
        charger.stage.rig.world.boards[1].kept["service_key"] = KEY.public_key().public_bytes_raw()
        await restarts(charger)
        await charger.charge()
        await charger.world("fault", name="weld", connector=1)
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        await charger.world("heal", name="weld", connector=1)
        await restarts(charger)
        assert WELDED in charger.session().faults.ids

        refused = await asked(charger, "faults clear", id=WELDED, reason="repaired")
        assert isinstance(refused, Refused)
        assert "evsectl board clear" in refused.text

        text = str((await body(charger, "board challenge", id=WELDED, **WHO))["text"])
        wrong = await asked(charger, "board clear", signature(text + "x"), id=WELDED, signature="x", **WHO)
        assert isinstance(wrong, Refused)
        assert (wrong.kind, WELDED in charger.session().faults.ids) == (RefusalKind.BUSY, True)
        cleared = await asked(charger, "board clear", signature(text), id=WELDED, signature="x", **WHO)
        assert isinstance(cleared, Done), cleared
        assert WELDED not in charger.session().faults.ids

        await restarts(charger)
        await charger.stage.charger.start()
        await charger.passes(10.0)
        assert charger.session().faults.ids == ()
        await charger.charge()

    tell(story)


def test_the_board_is_described_while_it_charges_and_the_charge_goes_on() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)

        info = await body(charger, "board info")
        capture = await body(charger, "board capture")

        assert info["measures"]["current_l1_a"] == pytest.approx(16, abs=0.5)
        assert info["state"]["live_phases"] == ["L1", "L2", "L3"]
        assert info["counters"]["closings_without_load"] == 1
        assert len(capture["levels_mv"]) == 10_000
        await charger.passes(3.0)
        assert charger.outlet()["contactor"] == "closed"

    tell(story)


def test_what_was_before_a_trip_can_be_read_afterwards() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)
        await charger.passes(5.0)
        await charger.world("leak", connector=1, kind="dc", ma=20)
        await charger.passes(5.0)

        evidence = await body(charger, "board evidence")

        columns = evidence["columns"]
        rows = [dict(zip(columns, row, strict=True)) for row in evidence["rows"]]
        charging = [row for row in rows if row["pilot"] == "C" and row["coil"]]
        assert charging[-1]["current_L1_a"] == pytest.approx(16, abs=0.5)
        assert charging[0]["after_fault_ms"] < 0
        assert rows[-1]["coil"] is False
        assert any("dc trip" in row["residual"] for row in rows)

    tell(story)
