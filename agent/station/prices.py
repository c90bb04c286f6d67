"""Prices of the station: what the network told of them, what charges cost, and what the driver may read of it.

What it means is decided in `agent/core/cost/`. Here it is kept over restarts, and meter values go on record where the
network wants to hear of a mark. Everything that changes does so in the order in which it happened: the value in memory
at once, the one on disk soon after, and before the network hears that it was taken over.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from agent.bus import News
from agent.connector.sampling import believed, edge_readings, open_transaction
from agent.core.control_pilot import PilotState
from agent.core.cost import charge as charges
from agent.core.cost.charge import ChargeCost, FinalCost
from agent.core.cost.display import Display, Reader, shown
from agent.core.cost.prices import Money, PriceTexts, money_text
from agent.core.cost.running import CostUpdate
from agent.core.cost.triggers import Sight, Triggers, looked
from agent.core.facts import TransactionSampled
from agent.core.identity import ConnectorId, IdToken
from agent.core.quantities import Measurand, MeterSample, ReadingContext
from agent.core.session.events import MeterSampled, SessionEvent
from agent.core.session.model import Session
from agent.core.session.status import connector_status
from agent.core.time import Instant
from agent.errors import StoreError
from agent.ocpp_client.price_port import PricePort
from agent.station.network import Network
from agent.station.station import Station
from agent.values import frozen

MOST_USER_PRICES = 32
"""For people who have not begun to charge; the oldest is forgotten."""
USER_PRICE_KEPT_S = 900.0
"""Whoever has not begun to charge by then is told the price anew when he shows his card."""


@frozen
class _UserPrice:
    token: IdToken
    texts: PriceTexts
    at: Instant


class Prices(PricePort):
    """One object a run. Costs next to nothing where no prices are shown."""

    def __init__(self, station: Station, network: Network) -> None:
        self._station = station
        self._network = network
        self._told: dict[str, _UserPrice] = {}
        self._news = asyncio.Event()
        self._costs: dict[ConnectorId, ChargeCost] = {}
        self._owed: set[ConnectorId] = set()
        """Connectors that passed a mark between two readings: the next one is told."""
        self.departed = asyncio.Event()
        """A car left of which the network is to be told."""

    def restored(self) -> None:
        """After a start of the program: what is on record goes on."""
        kept = {id: self._station.store.latches.prices.of(id) for id in self._station.connectors}
        self._costs = {id: cost for id, cost in kept.items() if cost is not None}

    # What the network tells.

    async def price_told(self, token: IdToken, texts: PriceTexts) -> str:
        now = self._station.clock.now()
        self._told.pop(token.folded, None)
        self._told[token.folded] = _UserPrice(token, texts, now)
        while len(self._told) > MOST_USER_PRICES:
            self._told.pop(next(iter(self._told)))
        self._news.set()
        self._station.tell("price.told", token=token.masked)
        for id in tuple(self._costs):
            cost = self._costs.get(id)
            if cost is not None and cost.token == token and not cost.is_over:
                await self._keep(id, replace(cost, texts=texts))
        return ""

    async def cost_told(self, remote_id: int, update: CostUpdate, triggers: Triggers) -> str:
        found = await self._find(remote_id)
        if found is None:
            return f"transactionId: no transaction {remote_id} is under way here"
        id, cost = found
        if cost.final is not None or cost.left_at is not None:
            return f"transactionId: {remote_id} is over; its final cost was told already, or its car is gone"
        session = self._station.connectors[id].session
        standing = charges.standing_of(cost, session, self._station.clock.now())
        # The status that is there already is not entered any more.
        triggers = replace(triggers, status=connector_status(session)[0])
        await self._keep(id, charges.updated(cost, update, triggers, standing))
        fields = (("transaction", cost.key), ("cost", self._money(update.cost)), ("state", update.activity.value))
        self._station.publish(News(name="cost.updated", at=standing.now, connector=id, fields=fields))
        return ""

    async def final_told(self, remote_id: int, final: FinalCost) -> str:
        found = await self._find(remote_id)
        if found is None:
            return f"transactionId: no transaction {remote_id} is under way here, or its car is gone"
        id, cost = found
        await self._keep(id, charges.settled(cost, final))
        fields = (("transaction", cost.key), ("cost", self._money(final.cost)))
        self._station.publish(News(name="cost.settled", at=self._station.clock.now(), connector=id, fields=fields))
        return ""

    async def priced(self, token: IdToken, asked_at: Instant) -> None:
        """Wait until the network told what charging costs for `token`, as long as its setting says and no longer."""
        settings = self._station.settings
        if not settings.shows_costs:
            return
        try:
            async with asyncio.timeout(settings.user_price_wait_s):
                while not self._is_told(token, asked_at):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return

    async def forget(self) -> None:
        """Another network takes over: this one's prices and costs are not to be read any more. Raises StoreError.

        What the charger knows itself of a charge that this one never heard of stays, for the next one will.
        """
        self._told.clear()
        for id in self._station.connectors:
            cost = self._costs.pop(id, None)
            if cost is not None and not self._is_known(cost):
                self._costs[id] = replace(cost, texts=None)
            else:
                self._owed.discard(id)
            if id in self._costs or self._station.store.latches.prices.of(id) is not None:
                await self._store(id)

    # What happens at the connectors.

    def session_changed(self, session: Session, event: SessionEvent) -> None:
        """After each step of a connector."""
        id, cost = session.connector, self._costs.get(session.connector)
        key = open_transaction(session)
        if cost is None and (key is None or not self._station.settings.shows_costs):
            return
        if cost is None or (key is not None and cost.key != key):
            cost = self._begun(session)
        now = self._station.clock.now()
        after = self._followed(session, event, cost, is_over=key is None)
        if charges.is_history(after, session, now):
            self._drop(id)
        elif self._leaves(after, session):
            self._costs[id] = after = charges.left(after, session, now)
            tells = self._station.settings.idle_fee_after_stop
            self._station.deeds.do("keep who left", lambda: self._keep_departure(id, after, tells=tells))
        elif after is not self._costs.get(id):
            self._costs[id] = after
            self._station.deeds.do("keep a cost", lambda: self._store(id))

    def shown(self, connector: ConnectorId, language: str | None = None) -> Display:
        """What the driver should be able to read at a connector; in the language of the settings where none is said."""
        settings, session = self._station.settings, self._station.connectors[connector].session
        token = session.token or session.asked
        reader = Reader(
            language=language or settings.language,
            default=settings.default_price,
            is_online=self._network.is_online(),
            decimals=settings.cost_decimals,
            currency=settings.currency,
            zone_at=settings.zone_at,
        )
        personal = None if token is None else self._own_price(token)
        return shown(session, self._costs.get(connector), personal, reader, self._station.clock.now())

    def _begun(self, session: Session) -> ChargeCost:
        assert session.transaction is not None
        token = session.transaction.token
        texts = self._own_price(token)
        self._told.pop(token.folded, None)
        price = None if self._network.is_online() else self._station.settings.default_price.charging
        return charges.begun(session, texts, price)

    def _own_price(self, token: IdToken) -> PriceTexts | None:
        told = self._told.get(token.folded)
        is_fresh = told is not None and self._station.clock.now().since(told.at) <= USER_PRICE_KEPT_S
        return told.texts if told is not None and is_fresh else None

    def _followed(self, session: Session, event: SessionEvent, cost: ChargeCost, *, is_over: bool) -> ChargeCost:
        now = self._station.clock.now()
        after = charges.followed(cost, session, now, is_over=is_over)
        if after.remote_id is None and not is_over:
            remote_id = self._station.store.ledger.remote_id_of(after.key)
            after = after if remote_id is None else replace(after, remote_id=remote_id)
        if after.triggers.are_none:
            return after
        sample = believed(session, event.sample) if isinstance(event, MeterSampled) else None
        sight = Sight(
            utc_ms=None if sample is None else now.utc_ms,
            register_wh=None if sample is None else sample.register_wh,
            power_w=None if sample is None else sample.power_w,
            status=connector_status(session)[0],
        )
        triggers, passed = looked(after.triggers, sight)
        if passed:
            self._owed.add(session.connector)
            fields = (("transaction", after.key), ("why", ", ".join(crossing.value for crossing in passed)))
            self._station.publish(News(name="cost.triggered", at=now, connector=session.connector, fields=fields))
        if sample is not None and session.connector in self._owed:
            self._owed.discard(session.connector)
            self._record(session, sample)
        return after if triggers is after.triggers else replace(after, triggers=triggers)

    def _record(self, session: Session, sample: MeterSample) -> None:
        """Meter values for the network, before anything is on record that says they were told."""
        wanted = self._station.settings.sampled_measurands
        register = Measurand.ENERGY_IMPORT_REGISTER
        measurands = wanted if register in wanted else (register, *wanted)
        readings = edge_readings(sample, ReadingContext.OTHER, measurands, session.encoded_a)
        if not readings.readings:
            return
        fact = TransactionSampled(key=open_transaction(session), connector=session.connector, readings=readings)
        self._station.deeds.do("record readings at a mark", lambda: self._write(fact))

    async def _write(self, fact: TransactionSampled) -> None:
        ledger = self._station.store.ledger
        try:
            await ledger.record_sample(fact, for_network=True, for_stop=False)
        except StoreError:
            if fact.key is None:
                raise
            # The charge ended in between: they are readings of the connector still.
            await ledger.record_sample(replace(fact, key=None), for_network=True, for_stop=False)
        self._network.facts_recorded()

    # What is kept.

    @staticmethod
    def _leaves(cost: ChargeCost, session: Session) -> bool:
        is_gone = session.board_speaks and session.pilot is PilotState.A
        return cost.is_over and cost.left_at is None and is_gone

    async def _keep_departure(self, id: ConnectorId, cost: ChargeCost, *, tells: bool) -> None:
        await self._station.store.latches.prices.keep(id, cost, tells_departure=tells)
        await self._store(id)
        if tells:
            self.departed.set()

    def _drop(self, id: ConnectorId) -> None:
        del self._costs[id]
        self._owed.discard(id)
        self._station.deeds.do("forget a cost", lambda: self._store(id))

    async def _keep(self, id: ConnectorId, cost: ChargeCost) -> None:
        """Durable when it returns; where that fails nothing has changed. Raises StoreError."""
        before, self._costs[id] = self._costs[id], cost
        try:
            await self._station.store.latches.prices.keep(id, cost)
        except StoreError:
            if self._costs.get(id) is cost:
                self._costs[id] = before
            raise

    async def _store(self, id: ConnectorId) -> None:
        """What is known by now."""
        store, cost = self._station.store.latches.prices, self._costs.get(id)
        if cost is None:
            await store.forget(id)
        elif store.of(id) != cost:
            await store.keep(id, cost)

    async def _find(self, remote_id: int) -> tuple[ConnectorId, ChargeCost] | None:
        ledger = self._station.store.ledger
        key = ledger.key_of_remote(remote_id)
        if key is None and any(cost.remote_id is None for cost in self._costs.values()):
            key = await ledger.key_known_as(remote_id)
        for id, cost in self._costs.items():
            # Central systems that number anew begin again at the same number: our own name goes before it.
            if cost.key == key if key is not None else cost.remote_id == remote_id:
                return id, replace(cost, remote_id=remote_id)
        return None

    def _is_known(self, cost: ChargeCost) -> bool:
        return cost.remote_id is not None or self._station.store.ledger.remote_id_of(cost.key) is not None

    def _is_told(self, token: IdToken, asked_at: Instant) -> bool:
        told = self._told.get(token.folded)
        return told is not None and told.at.since(asked_at) >= 0

    def _money(self, cost: Money) -> str:
        return money_text(cost, self._station.settings.cost_decimals)
