"""Roots that are installed and deleted, and the certificate a charger asks for, over real TLS."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from agent.ocpp_client.causes import Cause
from firmware_sim.virtual_loop import run
from tests.ocpp_client.secured import (
    Site,
    accepted,
    central_system,
    change_tls,
    charger,
    give_certificate,
    issued,
    root_file,
    root_pem,
)

CA = trustme.CA()
OTHER = trustme.CA()


def test_roots_are_installed_listed_and_deleted(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            await accepted(csms, "install_certificate", pem=root_pem(OTHER))
            await accepted(csms, "install_certificate", pem=root_pem(OTHER), use="ManufacturerRootCertificate")
            found = await csms.do("certificate_ids")
            [named] = found["answer"]["certificateHashData"]
            assert "schema_problem" not in found

            await accepted(csms, "delete_certificate", hash_data=named)
            answer = await csms.do("certificate_ids")
            assert answer["answer"] == {"status": "NotFound"}
            again = await csms.do("delete_certificate", hash_data=named)
            assert again["answer"]["status"] == "Accepted", "the manufacturer's is left, under the same name"
            gone = await csms.do("delete_certificate", hash_data=named)
            assert gone["answer"]["status"] == "NotFound"
            assert one.side.access.plan.proven.roots == ("site",)

    run(story())


@pytest.mark.parametrize(
    "pem", ["no certificate", root_pem(CA) * 2, "leaf"], ids=["no certificate", "two of them", "a server's"]
)
def test_what_is_no_root_is_rejected(tmp_path: Path, pem: str) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            shown = CA.issue_cert("x.example").cert_chain_pems[0].bytes().decode() if pem == "leaf" else pem
            answer = await csms.do("install_certificate", pem=shown)
            assert answer["answer"]["status"] == "Rejected"

    run(story())


def test_the_root_in_use_is_not_deleted(tmp_path: Path) -> None:
    async def story() -> None:
        async with central_system(tmp_path, None) as csms, charger(tmp_path, csms, Site(profile=1)) as one:
            await one.connected()
            for root in (CA, OTHER):
                await accepted(csms, "install_certificate", pem=root_pem(root))
            await accepted(csms, "change_configuration", key="SecurityProfile", value="2")
            await change_tls(csms, issued(CA, tmp_path))
            await one.reconnected()
            verdicts = {}
            for named in (await csms.do("certificate_ids"))["answer"]["certificateHashData"]:
                answer = await csms.do("delete_certificate", hash_data=named)
                verdicts[answer["answer"]["status"]] = named
            assert set(verdicts) == {"Accepted", "Failed"}
            await csms.do("drop")
            await one.reconnected()

    run(story())


def test_a_root_for_a_change_to_come_is_used_when_it_comes(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            await accepted(csms, "install_certificate", pem=root_pem(OTHER))
            await csms.do("drop")
            await one.reconnected()
            assert Cause.CERTIFICATE not in one.causes
            await change_tls(csms, issued(OTHER, tmp_path))
            await one.reconnected()

    run(story())


# The charger's own certificate.


def test_a_request_that_is_not_answered_is_repeated_with_growing_waits(tmp_path: Path) -> None:
    async def story() -> None:
        async with central_system(tmp_path, issued(CA, tmp_path)) as csms:
            site = Site(ca_file=root_file(CA, tmp_path), settings="CertSigningWaitMinimum = 10\n")
            async with charger(tmp_path, csms, site) as one:
                await one.connected()
                await accepted(csms, "extended_trigger", message="SignChargePointCertificate")
                await asyncio.sleep(300.0)
                requests = await one.told("SignCertificate")
                assert len(requests) == 3
                assert len({told["csr"] for told in requests}) == 1
                await accepted(csms, "certificate_signed")

    run(story())


def test_a_central_system_that_signs_nothing_is_asked_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            csms.system.behaviour.signs_requests = False
            await accepted(csms, "extended_trigger", message="SignChargePointCertificate")
            await asyncio.sleep(300.0)
            assert len(await one.told("SignCertificate")) == 1

    run(story())


def test_a_certificate_for_another_key_is_rejected_and_noted(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            central_system(tmp_path, issued(CA, tmp_path)) as csms,
            charger(tmp_path, csms, Site(ca_file=root_file(CA, tmp_path))) as one,
        ):
            await one.connected()
            await accepted(csms, "extended_trigger", message="SignChargePointCertificate")
            await one.until(lambda: bool(csms.system.station(None).requested))
            other = "".join(pem.bytes().decode() for pem in CA.issue_cert("QE-000123").cert_chain_pems)
            answer = await csms.do("certificate_signed", pem=other)
            await asyncio.sleep(10.0)
            assert answer["answer"]["status"] == "Rejected"
            assert len(await one.noted("InvalidChargePointCertificate")) == 1
            assert one.connections == 1

    run(story())


def test_a_certificate_that_ends_soon_is_renewed_by_itself(tmp_path: Path) -> None:
    async def story() -> None:
        async with central_system(tmp_path, issued(CA, tmp_path)) as csms:
            site = Site(ca_file=root_file(CA, tmp_path))
            async with charger(tmp_path, csms, site) as one:
                await one.connected()
                await give_certificate(one, csms)
                [chain] = one.side._certificates.chains()
                before = len(await one.told("SignCertificate"))
                nearly_ms = chain.not_after_ms - 29 * 86_400_000
                await one.store.settings.put({"Clock.LastSeenMs": str(nearly_ms)})
                await asyncio.sleep(2 * 3600.0)
                assert len(await one.told("SignCertificate")) > before

    run(story())
