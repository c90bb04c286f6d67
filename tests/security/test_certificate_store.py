from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import CertificateRefused
from agent.security import certificates
from agent.security.certificate_store import MOST_CERTIFICATES, CertificateStore, RootUse
from agent.security.keys import public_part
from tests.security.zoo import A_DAY, NOW, NOW_MS, Made, make

CENTRAL = RootUse.CENTRAL_SYSTEM
MAKER = RootUse.MANUFACTURER
ROOT = make("root")


@pytest.fixture
def store(tmp_path: Path) -> CertificateStore:
    return CertificateStore(tmp_path)


def signed(store: CertificateStore, name: str = "QE-1", **how: object) -> tuple[Made, str]:
    """A certificate for the requested key, and that key."""
    key = store.request_key()
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    public = load_pem_private_key(key.encode(), None).public_key()
    return make(name, by=ROOT, ca=False, public_key=public, **how), key  # type: ignore[arg-type]


def test_an_empty_store_has_nothing(store: CertificateStore) -> None:
    assert store.roots(CENTRAL) == store.roots(MAKER) == ()
    assert not store.has_chain()
    assert store.requested_public_key() == ""


def test_a_root_is_kept_once_and_for_its_use_only(store: CertificateStore, tmp_path: Path) -> None:
    id = store.add_root(CENTRAL, ROOT.certificate)

    assert store.add_root(CENTRAL, ROOT.certificate) == id
    assert [root.pem for root in CertificateStore(tmp_path).roots(CENTRAL)] == [ROOT.pem]
    assert store.roots(MAKER) == ()
    assert store.roots_pem((id, "nothing")) == ROOT.pem


def test_the_hashes_of_a_root_outlive_the_one_that_signed_it(store: CertificateStore) -> None:
    heir = make("new root", by=ROOT)
    old, new = store.add_root(CENTRAL, ROOT.certificate), store.add_root(CENTRAL, heir.certificate)
    before = {root.id: root.hash_data() for root in store.roots(CENTRAL)}

    store.remove_root(CENTRAL, old)

    [left] = store.roots(CENTRAL)
    assert left.hash_data() == before[new] == certificates.hash_data(heir.certificate, ROOT.certificate)
    assert store.roots_pem((new,)) == heir.pem


def test_a_full_store_takes_no_more(store: CertificateStore) -> None:
    for number in range(MOST_CERTIFICATES):
        store.add_root(CENTRAL if number % 2 else MAKER, make(f"root {number}").certificate)

    with pytest.raises(CertificateRefused, match="20 certificates are installed"):
        store.add_root(CENTRAL, ROOT.certificate)


def test_a_chain_is_kept_with_the_key_it_was_requested_for(store: CertificateStore, tmp_path: Path) -> None:
    leaf, key = signed(store)
    assert certificates.has_key(leaf.certificate, store.requested_public_key())

    kept = store.keep_chain((leaf.certificate, ROOT.certificate))

    assert kept.chain_file.read_text() == leaf.pem + ROOT.pem
    assert public_part(kept.key_file.read_text()) == public_part(key)
    assert store.requested_public_key() == ""
    assert CertificateStore(tmp_path).chains() == (kept,)
    assert kept.is_valid_at(NOW_MS)


def test_the_newest_chain_is_the_first(store: CertificateStore) -> None:
    old = store.keep_chain((signed(store, begins=NOW - 10 * A_DAY)[0].certificate,))
    new = store.keep_chain((signed(store)[0].certificate,))

    assert store.chains() == (new, old)
    store.remove_chain(new.id)
    assert store.chains() == (old,)
    assert store.files_of(new.id) is None


def test_a_chain_without_its_key_does_not_count(store: CertificateStore) -> None:
    kept = store.keep_chain((signed(store)[0].certificate,))

    kept.key_file.unlink()

    assert store.chains() == ()
    assert not store.has_chain()


def test_nobody_else_may_read_what_is_kept(store: CertificateStore, tmp_path: Path) -> None:
    store.add_root(CENTRAL, ROOT.certificate)
    store.keep_chain((signed(store)[0].certificate,))
    store.request_key()

    kept = list((tmp_path / "certificates").rglob("*"))

    assert {file.stat().st_mode & 0o777 for file in kept if file.is_file()} == {0o600}
    assert {folder.stat().st_mode & 0o777 for folder in kept if folder.is_dir()} == {0o700}


def test_erasing_leaves_no_file(store: CertificateStore, tmp_path: Path) -> None:
    store.add_root(MAKER, ROOT.certificate)
    store.request_key()

    store.erase()

    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
