"""The bench's central system with logins and certificates, as a charger of a few lines meets it."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme
from cryptography import x509
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from agent.security.keys import new_key, signing_request
from tests.tools.csms.charger import bench, charger
from tools.csms.authority import Authority
from tools.csms.options import read_options
from tools.csms.record import Record
from tools.csms.server import Address, CentralSystem
from tools.csms.tls import ServerTls


def test_the_command_line_takes_a_chain_with_its_key() -> None:
    options = read_options(["--tls-chain", "server.pem", "--tls-key", "server.key", "--client-ca", "ca.pem"])

    assert options.tls == ServerTls(chain=Path("server.pem"), key=Path("server.key"), client_ca=Path("ca.pem"))
    assert read_options([]).tls is None


def test_a_chain_without_its_key_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["--tls-chain", "server.pem"])

    assert "both --tls-chain FILE and --tls-key FILE" in capsys.readouterr().err


def test_who_has_a_password_must_show_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms:
            await csms.do("password", charger="CP-1", word="0123456789abcdef")
            with pytest.raises(InvalidStatus, match="401"):
                async with charger(csms):
                    pass
            with_login = csms.url.replace("ws://", "ws://CP-1:0123456789abcdef@")
            async with connect(f"{with_login}/CP-1", subprotocols=[Subprotocol("ocpp1.6")]):
                pass
            await csms.do("password", charger="CP-1")
            async with charger(csms):
                pass

    asyncio.run(scenario())


def test_tls_asks_for_a_certificate_where_it_shall(tmp_path: Path) -> None:
    ca, clients = trustme.CA(), trustme.CA()
    server = ca.issue_cert("127.0.0.1")
    (tmp_path / "chain.pem").write_bytes(server.cert_chain_pems[0].bytes())
    (tmp_path / "key.pem").write_bytes(server.private_key_pem.bytes())
    (tmp_path / "clients.pem").write_bytes(clients.cert_pem.bytes())
    tls = ServerTls(chain=tmp_path / "chain.pem", key=tmp_path / "key.pem", client_ca=tmp_path / "clients.pem")

    async def scenario() -> None:
        system = CentralSystem(Record(Path(":memory:")), is_quiet=True, tls=tls)
        bound = await system.listen(Address(host="127.0.0.1", port=0))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ca.configure_trust(context)
        url = f"wss://127.0.0.1:{bound.port}/CP-1"
        with pytest.raises((OSError, InvalidHandshake)):
            await connect(url, ssl=context, subprotocols=[Subprotocol("ocpp1.6")])
        clients.issue_cert("CP-1").configure_cert(context)
        async with connect(url, ssl=context, subprotocols=[Subprotocol("ocpp1.6")]):
            assert list(system.stations) == ["CP-1"]
        await system.close()
        system.record.close()

    asyncio.run(scenario())


def test_the_authority_signs_what_is_a_request_only() -> None:
    authority = Authority()
    request = signing_request(new_key(), common_name="QE-1", organization="Quay Power")

    chain = x509.load_pem_x509_certificates(authority.sign(request).encode())

    chain[0].verify_directly_issued_by(chain[1])
    assert chain[0].subject.rfc4514_string() == "O=Quay Power,CN=QE-1"
    with pytest.raises(ValueError, match=r"Unable to load|malformed|PEM"):
        authority.sign("no request")
