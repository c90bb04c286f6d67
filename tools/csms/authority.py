"""A certification authority of the bench, which signs what chargers ask for. Its key lives in memory only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS = timedelta(days=365)
BEGINS = datetime(2025, 1, 1, tzinfo=UTC)
"""Long ago, since a charger on a virtual clock may live at another time than this machine."""


class Authority:
    """Made anew for each run of the bench."""

    def __init__(self, name: str = "bench authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        self._certificate = (
            _builder(subject, subject, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, SHA256())
        )

    @property
    def root_pem(self) -> str:
        return self._certificate.public_bytes(Encoding.PEM).decode()

    def sign(self, request_pem: str, *, begins: datetime = BEGINS, ends: datetime | None = None) -> str:
        """The certificate for a request, with this authority's own behind it. Raises ValueError for a bad request."""
        request = x509.load_pem_x509_csr(request_pem.encode())
        if not request.is_signature_valid:
            raise ValueError("the request is not signed with its own key")
        client = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        made = (
            _builder(request.subject, self._certificate.subject, request.public_key(), begins, ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(client, critical=False)
            .sign(self._key, SHA256())
        )
        return made.public_bytes(Encoding.PEM).decode() + self.root_pem


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: object,
    begins: datetime = BEGINS,
    ends: datetime | None = None,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)  # type: ignore[arg-type]  # requests know more kinds of keys than certificates
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends or datetime.now(UTC) + LASTS)
    )
