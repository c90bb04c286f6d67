"""The page that says who may charge is what the charger decides."""

from __future__ import annotations

from tools.generate_authorization import PAGE, page


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tools.generate_authorization"


def test_every_switch_of_the_matter_stands_on_it() -> None:
    keys = ["LocalAuthListEnabled", "AuthorizationCacheEnabled", "LocalPreAuthorize", "LocalAuthorizeOffline"]
    keys += ["AllowOfflineTxForUnknownId", "AuthorizeRemoteTxRequests", "StopTransactionOnInvalidId"]

    assert [key for key in keys if key not in page()] == []
