"""Whatever comes in whatever order, and wherever the power goes: one final word for each order, told once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from agent.core.maintenance import updating
from agent.core.maintenance.updates import FINAL, FirmwareNotice, FirmwareState, Signed, UpdateRequest
from agent.core.maintenance.updating import Flaw, Outcome, Phase, Update, Updating
from agent.core.maintenance.uploading import MOST_INTERRUPTIONS, MOST_NOTICES, MOST_RETRIES
from agent.core.time import Instant
from agent.maintenance.written import read_updating, written

T0_MS = 1_790_000_000_000
NOW = Instant(100.0, T0_MS, "boot-1")
_F = FirmwareState


def request(**changes: object) -> UpdateRequest:
    plain = UpdateRequest(location="https://h/fw", retrieve_at_ms=T0_MS, retries=2, retry_interval_s=60)
    return replace(plain, **changes)  # type: ignore[arg-type]


SIGNED = Signed(certificate="pem", signature="c2ln")


def states(now: Updating) -> list[FirmwareState]:
    return [notice.state for notice in now.notices]


def phase_of(now: Updating) -> Phase:
    assert now.update is not None
    return now.update.phase


def ordered(**changes: object) -> Updating:
    return updating.ordered(Updating(), request(**changes), NOW, "order-1")


def ready(**changes: object) -> Updating:
    now = updating.downloaded(updating.time_passed(ordered(**changes), NOW, is_free=True))
    return updating.checked(now, None, NOW, is_free=True)


def test_an_order_goes_its_way() -> None:
    now = updating.time_passed(ready(), NOW, is_free=True)
    now = updating.installed(updating.installed(now, Outcome.NEEDS_REBOOT), Outcome.INSTALLED)

    words = [_F.DOWNLOADING, _F.DOWNLOADED, _F.INSTALLING, _F.INSTALL_REBOOTING, _F.INSTALLED]
    assert (states(now), now.update) == (words, None)


def test_a_signed_order_tells_of_its_signature_and_bears_its_number() -> None:
    now = ready(signed=SIGNED, request_id=7)

    assert states(now)[-1] is _F.SIGNATURE_VERIFIED
    assert {(notice.request_id, notice.is_signed) for notice in now.notices} == {(7, True)}


@pytest.mark.parametrize(
    ("flaw", "word"),
    [(Flaw.SIGNATURE, _F.INVALID_SIGNATURE), (Flaw.IMAGE, _F.INSTALL_VERIFICATION_FAILED)],
)
def test_a_bad_file_is_never_ready(flaw: Flaw, word: FirmwareState) -> None:
    now = updating.downloaded(updating.time_passed(ordered(signed=SIGNED), NOW, is_free=True))
    now = updating.checked(now, flaw, NOW, is_free=True)

    assert (now.update, states(now)[-1]) == (None, word)


def test_nothing_is_fetched_before_its_time_nor_while_nobody_knows_the_time() -> None:
    early = ordered(retrieve_at_ms=T0_MS + 60_000)

    assert states(early) == [_F.DOWNLOAD_SCHEDULED]
    assert updating.time_passed(early, NOW, is_free=True) == early
    assert updating.time_passed(early, Instant(1.0, None, "boot-2"), is_free=True) == early
    assert phase_of(updating.time_passed(early, NOW.plus(60), is_free=True)) is Phase.DOWNLOADING


def test_nothing_is_installed_while_a_car_charges_nor_before_its_time() -> None:
    now = ready(install_at_ms=T0_MS + 60_000)

    assert states(now)[-1] is _F.INSTALL_SCHEDULED
    assert not updating.holds_connectors(now, NOW)
    assert phase_of(updating.time_passed(now, NOW, is_free=True)) is Phase.READY
    later = NOW.plus(60)
    assert updating.holds_connectors(now, later)
    assert phase_of(updating.time_passed(now, later, is_free=False)) is Phase.READY
    assert phase_of(updating.time_passed(now, later, is_free=True)) is Phase.INSTALLING


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_a_download_is_tried_once_and_as_often_again_as_was_said(retries: int) -> None:
    now, at, tries = updating.time_passed(ordered(retries=retries), NOW, is_free=True), NOW, 0
    while now.update is not None:
        tries += 1
        now = updating.download_failed(now, at, may_retry=True)
        at = at.plus(60)

    assert tries == retries + 1
    assert states(now) == [_F.DOWNLOADING, _F.DOWNLOAD_FAILED]


def test_a_number_of_retries_that_nobody_means_is_bounded() -> None:
    [low, high] = [ordered(retries=retries, retry_interval_s=retries).update for retries in (-5, 10**9)]

    assert low is not None
    assert high is not None
    assert (low.request.retries, low.request.retry_interval_s) == (0, 0)
    assert high.request.retries == MOST_RETRIES


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Outcome.INSTALLED, _F.INSTALLED),
        (Outcome.FAILED, _F.INSTALLATION_FAILED),
        (Outcome.UNKNOWN, _F.INSTALLATION_FAILED),
    ],
)
def test_an_installation_that_was_cut_off_ends_by_the_installers_word(outcome: Outcome, word: FirmwareState) -> None:
    now = updating.time_passed(ready(), NOW, is_free=True)

    assert states(updating.resumed(now, outcome))[-1] is word


def test_a_restart_that_never_comes_is_given_up() -> None:
    now = updating.installed(updating.time_passed(ready(), NOW, is_free=True), Outcome.NEEDS_REBOOT)
    for _ in range(MOST_INTERRUPTIONS):
        now = updating.resumed(now, Outcome.UNKNOWN)
        assert phase_of(now) is Phase.REBOOTING

    assert states(updating.resumed(now, Outcome.UNKNOWN))[-1] is _F.INSTALLATION_FAILED


def test_who_asks_is_told_what_is_under_way_and_otherwise_that_nothing_is() -> None:
    idle = FirmwareNotice(state=_F.IDLE, is_signed=True)

    assert updating.present(Updating(), is_signed=True) == idle
    assert updating.present(ordered(), is_signed=True) == idle
    assert updating.present(ordered(), is_signed=False).state is _F.DOWNLOAD_SCHEDULED
    assert updating.present(ordered(signed=SIGNED, request_id=7), is_signed=True).request_id == 7


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format":2}', '{"format":1,"update":{"phase":"x"}}', "null"])
def test_a_record_that_cannot_be_read_bars_no_start(text: str) -> None:
    assert read_updating(text) == Updating()


class AnyUpdate(RuleBasedStateMachine):
    """A charger that may lose its power between any two records, and a network that is told what is at the head."""

    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.state = Updating()
        self.at = NOW
        self.numbers = 0
        self.replaced: set[int] = set()
        self.said: list[FirmwareNotice] = []
        self.truth = Outcome.UNKNOWN

    def keep(self, after: Updating) -> None:
        """On record, and read from there as a start would."""
        text = written(after)
        self.state = read_updating(text)
        assert self.state == after

    @property
    def update(self) -> Update | None:
        return self.state.update

    def is_in(self, *phases: Phase) -> bool:
        return self.update is not None and self.update.phase in phases

    @rule(
        delay_s=st.integers(-100, 1000),
        retries=st.integers(-1, 3),
        is_signed=st.booleans(),
        install_s=st.none() | st.integers(-100, 2000),
    )
    def is_ordered(self, delay_s: int, retries: int, is_signed: bool, install_s: int | None) -> None:
        if not updating.may_be_replaced(self.state):
            return
        if self.update is not None:
            assert self.update.request.request_id is not None
            self.replaced.add(self.update.request.request_id)
        self.numbers += 1
        assert self.at.utc_ms is not None
        wanted = request(
            retrieve_at_ms=self.at.utc_ms + delay_s * 1000,
            retries=retries,
            install_at_ms=None if install_s is None else self.at.utc_ms + install_s * 1000,
            request_id=self.numbers,
            signed=SIGNED if is_signed else None,
        )
        self.keep(updating.ordered(self.state, wanted, self.at, f"order-{self.numbers}"))
        self.truth = Outcome.UNKNOWN

    @rule(seconds=st.integers(1, 600), is_free=st.booleans())
    def time_passes(self, seconds: int, is_free: bool) -> None:
        self.at = self.at.plus(seconds)
        was_ready = self.is_in(Phase.READY)
        self.keep(updating.time_passed(self.state, self.at, is_free=is_free))
        if was_ready and self.is_in(Phase.INSTALLING):
            assert is_free

    @precondition(lambda self: self.is_in(Phase.DOWNLOADING))
    @rule(may_retry=st.booleans())
    def download_fails(self, may_retry: bool) -> None:
        self.keep(updating.download_failed(self.state, self.at, may_retry=may_retry))

    @precondition(lambda self: self.is_in(Phase.DOWNLOADING))
    @rule()
    def download_ends(self) -> None:
        self.keep(updating.downloaded(self.state))

    @precondition(lambda self: self.is_in(Phase.CHECKING))
    @rule(flaw=st.none() | st.sampled_from(Flaw), is_free=st.booleans())
    def is_checked(self, flaw: Flaw | None, is_free: bool) -> None:
        self.keep(updating.checked(self.state, flaw, self.at, is_free=is_free))
        assert flaw is None or self.update is None

    @precondition(lambda self: self.is_in(Phase.INSTALLING))
    @rule(outcome=st.sampled_from((Outcome.INSTALLED, Outcome.FAILED, Outcome.NEEDS_REBOOT)), is_cut=st.booleans())
    def installation_ends(self, outcome: Outcome, is_cut: bool) -> None:
        """The power may go between the installer's deed and our record of it."""
        self.truth = Outcome.INSTALLED if outcome is Outcome.NEEDS_REBOOT else outcome
        if is_cut:
            self.power_goes()
        else:
            self.keep(updating.installed(self.state, outcome))

    @rule()
    def power_goes(self) -> None:
        self.keep(updating.resumed(self.state, self.truth))

    @precondition(lambda self: bool(self.state.notices))
    @rule(is_cut=st.booleans())
    def head_is_told(self, is_cut: bool) -> None:
        notice = self.state.notices[0]
        self.said.append(notice)
        self.keep(updating.told(self.state, notice))
        self.keep(updating.told(self.state, replace(notice, request_id=-1)))
        if is_cut:
            self.power_goes()

    @invariant()
    def every_order_has_at_most_one_final_word_and_none_is_without(self) -> None:
        final = [one.request_id for one in (*self.said, *self.state.notices) if one.state in FINAL]
        under_way = None if self.update is None else self.update.request.request_id
        expected = set(range(1, self.numbers + 1)) - self.replaced - {under_way}
        if len(self.state.notices) < MOST_NOTICES:
            assert sorted(one for one in final if one is not None) == sorted(expected, key=lambda one: one or 0)

    @invariant()
    def connectors_are_held_while_it_is_installed(self) -> None:
        if self.is_in(Phase.INSTALLING, Phase.REBOOTING):
            assert updating.holds_connectors(self.state, self.at)
        if self.update is None:
            assert not updating.holds_connectors(self.state, self.at)


TestAnyUpdate = AnyUpdate.TestCase
