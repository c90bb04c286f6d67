"""How long a person waits at most for the layer that fails, by the charger's own waits."""

from __future__ import annotations

from agent.host.modem import LOOK_WITHIN_S
from agent.host.time_servers import TIMEDATECTL_WITHIN_S
from agent.station.network_check import Waits

NAMED_WITHIN_S = 20.0


def test_the_layer_that_fails_is_named_within_twenty_seconds_even_where_all_before_it_are_slow() -> None:
    waits = Waits()
    to_tcp_s = waits.router_s + waits.look_up_s + waits.page_s + waits.connect_s

    assert to_tcp_s + waits.packet_s + waits.handshake_s + waits.smaller_s < NAMED_WITHIN_S
    assert to_tcp_s + waits.packet_s + waits.smaller_packet_s + waits.handshake_s < NAMED_WITHIN_S
    assert waits.router_s + waits.look_up_s + 2 * waits.server_s < NAMED_WITHIN_S


def test_what_is_looked_at_meanwhile_takes_no_longer_than_what_it_is_beside() -> None:
    waits = Waits()

    assert waits.look_up_s >= 2 * TIMEDATECTL_WITHIN_S
    assert waits.router_s <= LOOK_WITHIN_S
