"""A modem that is restarted, with mmcli as a process of its own that knows where the modem is in its way back."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.network_check.radio import ModemBack
from agent.errors import Busy
from agent.host import modem
from agent.host.modem import Waits
from tests.network_check.modems import NO_MODEM
from tests.network_check.modems import modem as said_by_mmcli
from tests.network_check.programs import Programs

QUICK = Waits(leaves_first_s=0.0, back_s=5.0, gone_s=0.6, every_s=0.05)
GONE = "gone"


def mmcli(programs: Programs, *then: str, before: str | None = None, reset: str = "") -> None:
    """`then`: what each look after the reset finds, the last one for ever; `reset`: why there is none."""
    script = [GONE if one == GONE else one for one in then]
    programs.put(
        "mmcli",
        f"""
began, script = here / "reset", {script!r}
if "--reset" in words:
    if {reset!r}:
        print({reset!r}, file=sys.stderr); sys.exit(1)
    began.write_text("0")
elif began.exists():
    at = int(began.read_text()); began.write_text(str(at + 1))
    said = script[min(at, len(script) - 1)]
    if said == {GONE!r}:
        print({NO_MODEM!r}, file=sys.stderr); sys.exit(1)
    print(said)
else:
    print({before or said_by_mmcli()!r})
""",
    )


def restarted(waits: Waits = QUICK, begun: list[str] | None = None) -> ModemBack:
    told = [] if begun is None else begun
    return asyncio.run(modem.restart(lambda: told.append("begun"), waits))


def test_a_modem_that_goes_and_comes_back_is_told_when_it_is_in_its_network(programs: Programs) -> None:
    mmcli(programs, GONE, GONE, said_by_mmcli("searching", registration="searching"), said_by_mmcli("connected"))

    begun: list[str] = []
    back = restarted(QUICK, begun)

    assert back.after_s is not None and back.modem is not None
    assert begun == ["begun"]
    assert back.modem.state == "connected"
    assert programs.asked("mmcli") == ["-m any -J", "-m any --reset", *["-m any -J"] * 4]


def test_a_modem_that_was_never_seen_to_go_counts_after_a_while(programs: Programs) -> None:
    mmcli(programs, said_by_mmcli("connected"))

    back = restarted()

    assert back.after_s is not None and back.after_s >= QUICK.gone_s


@pytest.mark.parametrize(
    ("last", "state"), [(GONE, None), (said_by_mmcli("failed", failed="sim-missing"), "failed")], ids=["gone", "failed"]
)
def test_a_modem_that_does_not_come_back_is_told_as_it_is(programs: Programs, last: str, state: str | None) -> None:
    mmcli(programs, GONE, last)

    back = restarted(Waits(leaves_first_s=0.0, back_s=1.0, gone_s=0.2, every_s=0.05))

    assert back.after_s is None
    assert (None if back.modem is None else back.modem.state) == state


def test_a_modem_that_had_no_network_before_need_only_be_there_again(programs: Programs) -> None:
    searching = said_by_mmcli("searching", registration="searching")
    mmcli(programs, GONE, searching, before=searching)

    assert restarted().after_s is not None


def test_without_a_modem_it_is_refused_and_nothing_is_reset(programs: Programs) -> None:
    with pytest.raises(Busy, match="there is no modem that could be restarted: mmcli is not installed"):
        restarted()
    programs.refuses("mmcli", NO_MODEM)
    begun: list[str] = []
    with pytest.raises(Busy, match="couldn't find modem"):
        restarted(QUICK, begun)

    assert programs.asked("mmcli") == ["-m any -J"]
    assert begun == []


def test_a_system_that_does_not_let_it_is_told_in_its_words(programs: Programs) -> None:
    mmcli(programs, reset="error: couldn't reset the modem: PolicyKit authorization failed")

    with pytest.raises(Busy, match=r"not restarted: mmcli refuses: couldn't reset the modem: PolicyKit") as refused:
        restarted()
    assert "docs/remote-maintenance.md" in str(refused.value)


def test_whoever_ordered_it_by_this_modem_is_answered_before_it_goes(programs: Programs) -> None:
    said = said_by_mmcli()
    programs.put("mmcli", f"open(here / 'times', 'a').write(f'{{time.monotonic()}} ')\nprint({said!r})")

    restarted(Waits(leaves_first_s=0.5, back_s=0.0))

    looked_s, reset_s = (float(one) for one in (programs.folder / "times").read_text().split())
    assert reset_s - looked_s >= 0.5
