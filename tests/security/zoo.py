"""Certificates of every kind, made for tests: good ones and such as nobody should believe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from typing import Any

import pytest

pytest.importorskip("cryptography", reason="certificates are made with it")

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
A_DAY = timedelta(days=1)
A_YEAR = timedelta(days=365)


SIGNED_WITH_SHA1 = """\
-----BEGIN CERTIFICATE-----
MIIBjTCCATSgAwIBAgIULoQgnmYQIkHcYq/xaoeYSrr7ScQwCQYHKoZIzj0EATAc
MRowGAYDVQQDDBFzaWduZWQgd2l0aCBTSEEtMTAgFw0yNjExMzAxNTQ3MDVaGA8y
MTI2MTEwNjE1NDcwNVowHDEaMBgGA1UEAwwRc2lnbmVkIHdpdGggU0hBLTEwWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAASUYPum5vsVZ4199qcpnWdUL4azbqdum8tP
m77wEfkhYbjyv8cAZDX//ePBBNPvMHWiTn6DoBzBnm8w/0LH/H+Io1MwUTAdBgNV
HQ4EFgQUO8qLbJ1E3FZNllEEu4nKGIOA47gwHwYDVR0jBBgwFoAUO8qLbJ1E3FZN
llEEu4nKGIOA47gwDwYDVR0TAQH/BAUwAwEB/zAJBgcqhkjOPQQBA0gAMEUCIBYP
L46Zeiiq06MuKZp/UsU5opHovmGVm59pwxtCl0XEAiEAj6Mz1ZLmuTFjsF16PR1U
xmbNbtrF869wuuICJJnS91Y=
-----END CERTIFICATE-----
"""
"""A root valid from December 2026 to 2126; made with the openssl program, since the library refuses to."""


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return str(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """Making one takes a while."""
    return rsa.generate_private_key(65537, bits)


def make(
    name: str = "root",
    *,
    by: Made | None = None,
    ca: bool = True,
    key: Any = None,
    begins: datetime = NOW - A_DAY,
    ends: datetime = NOW + A_YEAR,
    client: bool | None = None,
    organization: str = "",
    public_key: Any = None,
    with_constraints: bool = True,
    address: str = "",
) -> Made:
    """A certificate signed `by` another one, or by itself."""
    own = key if key is not None else ec.generate_private_key(ec.SECP256R1())
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organization:
        subject.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    named = x509.Name(subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named if by is None else by.certificate.subject)
        .public_key(public_key or own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    if with_constraints:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if address:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        builder = builder.add_extension(names, critical=False)
    if client is not None:
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return Made(builder.sign(own if by is None else by.key, SHA256()), own)


def certificates_key(request: x509.CertificateSigningRequest) -> str:
    """The public key of a request, PEM."""
    from cryptography.hazmat.primitives.serialization import PublicFormat

    return request.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
