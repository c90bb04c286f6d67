"""Items 11 and 12 of the checklist of OCPP 1.6 (ocpp16.md section 19), over real TLS on the virtual clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from agent.ocpp_client.causes import Cause
from firmware_sim.virtual_loop import run
from tests.ocpp_client.secured import NEW_KEY, Site, central_system, change_tls, issued, root_file
from tests.ocpp_client.secured import charger as secured_charger
from tests.security.zoo import Made, make
from tools.csms.tls import ServerTls

AUTHORITY = trustme.CA()
LONG_AGO, LONG_AHEAD = datetime(2020, 1, 1, tzinfo=UTC), datetime(2126, 1, 1, tzinfo=UTC)


def server_files(root: Made, folder: Path, name: str) -> ServerTls:
    """A certificate of 127.0.0.1 that `root` signed, as files."""
    made = make(name, by=root, ca=False, begins=LONG_AGO, ends=LONG_AHEAD, address="127.0.0.1")
    chain, key = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_text(made.pem)
    key.write_text(made.key_pem)
    return ServerTls(chain=chain, key=key)


def test_11_a_changed_key_and_a_changed_profile_fall_back(tmp_path: Path) -> None:
    """A key that the central system forgot, a profile that does not connect: each time the charger comes back."""

    async def story() -> None:
        tls = issued(AUTHORITY, tmp_path)
        site = Site(ca_file=root_file(AUTHORITY, tmp_path))
        async with central_system(tmp_path, tls) as csms, secured_charger(tmp_path, csms, site) as one:
            await one.connected()
            answer = await csms.do("change_configuration", key="AuthorizationKey", value=NEW_KEY)
            assert answer["answer"] == {"status": "Accepted"}
            await one.reconnected()
            assert one.causes.count(Cause.UNAUTHORIZED) == 3, "the new key was tried, and the old one after it"

            await csms.do("extended_trigger", message="SignChargePointCertificate")
            await one.until(lambda: bool(csms.system.station(None).requested))
            await csms.do("certificate_signed")
            await one.reconnected()
            answer = await csms.do("change_configuration", key="SecurityProfile", value="3")
            assert answer["answer"] == {"status": "Accepted"}
            await one.reconnected()
            assert one.side.profile == 2, "profile 3 shows no password, and this central system wants one"

            told = [event["techInfo"] for event in await one.told("SecurityEventNotification")]
            assert [text for text in told if "did not connect, back to what was before" in text] == [
                "did not connect, back to what was before: a new AuthorizationKey",
                "did not connect, back to what was before: SecurityProfile 3 instead of 2",
            ]

    run(story())


def test_12_a_swapped_root_falls_back_until_it_worked_once(tmp_path: Path) -> None:
    """AdditionalRootCertificateCheck: one root at a time, the new one signed by the old, which stays as a fallback."""
    old = make("old root", begins=LONG_AGO, ends=LONG_AHEAD)
    new = make("new root", by=old, begins=LONG_AGO, ends=LONG_AHEAD)
    stranger = make("stranger", begins=LONG_AGO, ends=LONG_AHEAD)
    of_old, of_new = server_files(old, tmp_path, "old"), server_files(new, tmp_path, "new")
    (tmp_path / "old-root.pem").write_text(old.pem)

    async def story() -> None:
        site = Site(ca_file=tmp_path / "old-root.pem", settings='AdditionalRootCertificateCheck = "true"\n')
        async with central_system(tmp_path, of_old) as csms, secured_charger(tmp_path, csms, site) as one:
            await one.connected()
            refused = await csms.do("install_certificate", pem=stranger.pem)
            taken = await csms.do("install_certificate", pem=new.pem)
            assert (refused["answer"]["status"], taken["answer"]["status"]) == ("Rejected", "Accepted")

            await csms.do("drop")
            await one.reconnected()
            assert one.causes.count(Cause.CERTIFICATE) == 3, "the new root was tried, and the old one after it"

            await change_tls(csms, of_new)
            await one.reconnected()
            assert one.side.access.plan.trial is None, "the new root worked: the old one has had its time"
            await change_tls(csms, of_old)
            await one.fails(Cause.CERTIFICATE)
            assert not one.is_connected

    run(story())
