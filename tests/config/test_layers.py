from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.config.layers import Layer, entries, explain_current
from agent.config.load import load
from agent.config.model import StationConfig
from agent.core.identity import ConnectorId
from tests.config.conftest import GOOD_SITE, WriteSite, load_good


def test_the_smallest_limit_wins_and_tells_its_line(write_site: WriteSite) -> None:
    site = write_site(f"{GOOD_SITE.replace('32', '40')}[connector.1]\nfuse_current_a = 16\n")
    config = load_good(site)

    limits = explain_current(config, ConnectorId(1))

    assert [(limit.layer, limit.key, limit.current_a, limit.wins) for limit in limits] == [
        (Layer.BOARD, "rated_current_a", 32.0, False),
        (Layer.SITE, "site.supply_current_a", 40.0, False),
        (Layer.SITE, "connector.1.fuse_current_a", 16.0, True),
    ]
    assert limits[2].where == f"{site}:16"
    assert limits[0].where.endswith("sim_dual.toml:6")


def test_the_network_can_only_lower(write_site: WriteSite) -> None:
    config = load_good(write_site(GOOD_SITE))

    high = explain_current(config, ConnectorId(1), (("TxProfile 7", 63.0),))
    low = explain_current(config, ConnectorId(1), (("TxProfile 7", 10.0),))

    assert [limit.key for limit in high if limit.wins] == ["rated_current_a"]
    assert [limit.key for limit in low if limit.wins] == ["TxProfile 7"]


@given(st.lists(st.floats(0, 100), max_size=5))
def test_exactly_one_limit_wins_and_none_is_smaller(network: list[float]) -> None:
    config = _config()

    limits = explain_current(config, ConnectorId(1), tuple((f"profile {i}", a) for i, a in enumerate(network)))

    (winner,) = [limit for limit in limits if limit.wins]
    assert winner.current_a == min(limit.current_a for limit in limits)


def test_what_is_in_force_is_listed_with_owner_and_line_and_without_secrets(write_site: WriteSite) -> None:
    resume_not = GOOD_SITE.replace("[site]\n", "[site]\nresume_after_restart = false\n")
    config = load_good(write_site(f"{resume_not}[ocpp.settings]\nHeartbeatInterval = 300\n"))

    shown = {entry.key: entry for entry in entries(config)}

    assert shown["site.country"].value == "DE"
    assert shown["site.country"].layer is Layer.SITE
    assert shown["site.commissioning"].layer is Layer.DEFAULT
    assert shown["site.resume_after_restart"].value == "false"
    assert shown["site.resume_after_restart"].layer is Layer.SITE
    assert shown["board.rated_current_a"].layer is Layer.BOARD
    assert shown["ocpp.settings"].value == "HeartbeatInterval=300"
    assert shown["ocpp.password"].value in ("", "…")


def _config() -> StationConfig:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site.toml"
        site.write_text(GOOD_SITE, encoding="utf-8")
        return load(site)
