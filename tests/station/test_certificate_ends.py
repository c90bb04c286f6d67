"""Which certificates the charger tells the end of, and which of them a verdict looks at."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from agent.config.load import load
from agent.station.certificate_ends import certificate_ends, longest_of_each
from tests.security.zoo import NOW, NOW_MS, make
from tests.station.desk import SITE

ROOT = make("root of a network", ends=NOW + timedelta(days=900))

EXPIRED = make("expired root", begins=NOW - timedelta(days=300), ends=NOW - timedelta(days=2))


def test_own_chains_and_roots_are_told_and_the_newest_of_a_kind_counts(tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    for name, days in (("old", 3), ("new", 400)):
        file = folder / "charge_point" / f"{name}.pem"
        file.parent.mkdir(parents=True, exist_ok=True)
        leaf = make("CP-1", by=ROOT, ca=False, ends=NOW + timedelta(days=days))
        file.write_text(leaf.pem + ROOT.pem)
    (folder / "central_system").mkdir()
    (folder / "central_system/0815.pem").write_text(EXPIRED.pem)
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(ROOT.pem * 11)
    site = tmp_path / "site.toml"
    site.write_text(f'{SITE}[storage]\npath = "{tmp_path}"\n[tls]\nca_file = "{bundle}"\n', encoding="utf-8")

    ends = certificate_ends(load(site), NOW_MS)

    assert [(one.kind, one.subject, one.days) for one in ends] == [
        ("root of the central system", "expired root", -2),
        ("charger", "CP-1", 3),
        ("charger", "CP-1", 400),
    ]
    assert [(one.kind, one.days) for one in longest_of_each(ends)] == [
        ("root of the central system", -2),
        ("charger", 400),
    ]
