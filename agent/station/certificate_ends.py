"""When the certificates of this charger end, by the files they lie in. Blocks on the disk: for a thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.config.model import StationConfig
from agent.core.health.model import CertificateEnd
from agent.core.link_figures import DAY_MS
from agent.host.files import listed, text_of
from agent.security.certificate_store import FOLDER
from agent.security.dates import Dates, dates_of

CHARGER, ROOT, MANUFACTURER = "charger", "root of the central system", "root of the manufacturer"
MOST_TOLD = 20
"""Of all files together. A bundle of the distribution's authorities is not the charger's, and is left out."""
LARGEST_BUNDLE = 10


def certificate_ends(config: StationConfig, now_ms: int) -> tuple[CertificateEnd, ...]:
    """Of chains the charger's own certificate alone; the one that ends first comes first."""
    found = [
        CertificateEnd(kind=kind, subject=one.subject, days=(one.ends_ms - now_ms) // DAY_MS, ends_ms=one.ends_ms)
        for kind, file, most in _files(config)
        for one in _dates(file, most)
    ]
    return tuple(sorted(found, key=lambda one: one.ends_ms))[:MOST_TOLD]


def longest_of_each(ends: tuple[CertificateEnd, ...]) -> tuple[CertificateEnd, ...]:
    """What a verdict looks at: an old certificate beside its successor is no defect."""
    best = {one.kind: one for one in sorted(ends, key=lambda one: one.ends_ms)}
    return tuple(sorted(best.values(), key=lambda one: one.ends_ms))


def _files(config: StationConfig) -> Iterator[tuple[str, Path, int]]:
    """What each is for, where it lies, and how many certificates of it are looked at."""
    folder, tls, ocpp = config.storage.path / FOLDER, config.tls, config.ocpp
    own = [tls.client_certificate_file, *listed(folder / "charge_point", "*.pem")]
    for number, slot in enumerate(() if ocpp is None else ocpp.slots, start=2):
        if slot.client_certificate_file is not None:
            yield f"{CHARGER}, slot {number}", slot.client_certificate_file, 1
        if slot.ca_file is not None:
            yield f"{ROOT}, slot {number}", slot.ca_file, LARGEST_BUNDLE
    yield from ((CHARGER, file, 1) for file in own if file is not None)
    roots = [tls.ca_file, *listed(folder / "central_system", "*.pem")]
    yield from ((ROOT, file, LARGEST_BUNDLE) for file in roots if file is not None)
    makers = [tls.manufacturer_root_file, *listed(folder / "manufacturer", "*.pem")]
    yield from ((MANUFACTURER, file, 1) for file in makers if file is not None)


def _dates(file: Path, most: int) -> tuple[Dates, ...]:
    found = dates_of(text_of(file) or "", LARGEST_BUNDLE + 1)
    return () if len(found) > LARGEST_BUNDLE else found[:most]
