"""What is kept of an idle connector can be played again exactly, and is little."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.control_pilot import PilotState
from agent.core.session.events import MeterSampled, Tick
from agent.recorder.checks import print_of
from tests.recorder.recorded import Connector, differing, played

HAPPENINGS = st.one_of(
    st.tuples(st.just("tick")),
    st.tuples(
        st.just("sample"),
        st.sampled_from([None, 500, 500, 500, 501, 499, 9_000_000]),
        st.sampled_from([None, 0.0, 0.0, 3.5, 1 / 3, 1e12]),
        st.sampled_from([230.0, 230.1, 231.25]),
    ),
    st.tuples(st.just("pilot"), st.sampled_from([PilotState.A, PilotState.A, PilotState.B, PilotState.UNKNOWN])),
    st.tuples(st.just("fault"), st.sampled_from(["cp.diode", "temp.board_stop"]), st.booleans()),
    st.tuples(st.just("cut")),
)
MOMENTS = st.sampled_from([0.0, 0.001, 2.5, 5.0, 7.123456789, 400.0])


@settings(max_examples=60)
@given(st.lists(st.tuples(MOMENTS, HAPPENINGS), max_size=60))
def test_whatever_is_kept_plays_as_it_was(happenings: list[tuple[float, tuple[object, ...]]]) -> None:
    with TemporaryDirectory() as folder:
        connector = Connector(Path(folder))
        for seconds, (what, *given_) in happenings:
            connector.passes(seconds)
            match what:
                case "tick":
                    connector.feed(Tick())
                case "sample":
                    connector.sample(*given_)  # type: ignore[arg-type]
                case "pilot":
                    connector.plug(*given_)  # type: ignore[arg-type]
                case "fault":
                    connector.fault(str(given_[0]), present=bool(given_[1]))
                case "cut":
                    connector.tape.write(connector.tape.cut(), surely=False)
        connector.passes(1.0)
        connector.plug(PilotState.C)
        steps = played(connector.written())

    assert differing(steps) == []
    assert {one.breaks for one in steps} == {""}
    last = steps[-1].decided
    assert last is not None
    digest = print_of(connector.tape.codec)
    assert digest(last.session) == digest(connector.session)


def test_an_idle_hour_is_a_few_hundred_bytes_and_less_than_a_block(tmp_path: Path) -> None:
    connector = Connector(tmp_path)
    connector.idles(600)
    connector.written()
    before = sum(file.stat().st_size for file in tmp_path.glob("steps-*"))

    connector.idles(3600)
    steps = played(connector.written())

    assert sum(file.stat().st_size for file in tmp_path.glob("steps-*")) - before < 1500
    assert differing(steps) == []
    assert len(steps) < connector.fed / 10


def test_ten_seconds_before_a_fault_and_five_after_it_every_step_is_kept(tmp_path: Path) -> None:
    connector = Connector(tmp_path)
    connector.idles(100)
    at_s = connector.now.monotonic_s
    connector.fault("temp.board_stop", present=True)
    for _ in range(6):
        connector.passes(1.0)
        connector.sample()
    connector.idles(100)

    kept = [one.recorded for one in played(connector.written())]
    samples = [one.now.monotonic_s - at_s for one in kept if isinstance(one.event, MeterSampled)]
    assert [round(at, 1) for at in samples if -10 <= at <= 5] == [-7.5, -2.5, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert len([at for at in samples if at > 5]) < 8


def test_a_block_that_begins_with_what_was_nearly_forgotten_follows_the_one_before(tmp_path: Path) -> None:
    connector = Connector(tmp_path)
    connector.idles(60)
    connector.written()
    connector.idles(60)
    connector.plug(PilotState.B)

    steps = played(connector.written())

    assert {one.breaks for one in steps} == {""}
    assert differing(steps) == []


def test_during_a_charge_nothing_is_left_out(tmp_path: Path) -> None:
    connector = Connector(tmp_path)
    connector.plug(PilotState.B)
    for _ in range(50):
        connector.passes(1.0)
        connector.sample()

    assert len(played(connector.written())) == connector.fed
