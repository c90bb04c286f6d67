"""Secrets are planted in a whole charger, and nothing that leaves it holds one: drawn anew for each life it leads.

Every verb at the socket, every message to broker and central system, every file that is made, and what evse-support
makes of them; in plain, base 16, base 64 and, of a card, the octets turned round. An output that is missing from the
table in outputs.py fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given

from agent.control.wire import Argument
from agent.core.last_words import of_exception
from agent.telemetry.topics import KINDS, place_of
from firmware_sim.mqtt_broker import Broker
from tests.host.journal import Line, stand_in
from tests.searching import costly
from tests.simulation import outputs, planted
from tests.simulation.planted import Planted
from tests.simulation.stage import Charger
from tests.simulation.test_orders import Support, site
from tests.telemetry.simulated import tell

SPOKEN = ("status", "sessions", "events", "audit", "explain", "ocpp trace", "ocpp status", "config show")
"""Asked for from afar too; each verb by itself is in tests/control/remote/test_canaries.py."""
RARE = {"load"}
"""Told when a day is over: tests/telemetry/test_a_day.py."""
TRANSFER = '[transfer]\nschemes = ["http", "https", "ftps"]\nallow_private_addresses = true\n'


class Life:
    """What a charger with secrets does, and all that comes out of it."""

    def __init__(self, secrets: Planted, folder: Path) -> None:
        self.secrets, self.folder = secrets, folder
        self.found: dict[str, bytes] = {}
        self.refused: set[str] = set()
        self.wanted = _wanted(secrets)
        self.kinds: set[str] = set()

    async def ask(self, charger: Charger, verb: str, **arguments: Argument) -> Path | None:
        text, file, is_refused = await outputs.answer(charger, verb, arguments)
        self.found[verb] = self.found.get(verb, b"") + text
        self.refused |= {verb} if is_refused else set()
        return file

    async def lead(self, charger: Charger, broker: Broker) -> None:
        await self._charges(charger)
        await self._is_spoken_to(charger, Support(charger, broker))
        await self._dies(charger)
        files = {verb: await self.ask(charger, verb, **self._typed(given)) for verb, given in outputs.ASKED.items()}
        await self.ask(charger, "start", connector=1, token=self.secrets.listed_card)
        await self.ask(charger, "token remove", token=self.secrets.listed_card)
        await charger.passes(60.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(60.0)
        state = charger.agent.config.storage.path
        bundle, evidence = state / "bundle" / str(files["bundle"]), state / "evidence" / str(files["evidence make"])
        self.wanted |= _made_by_the_charger(charger, self.found["handover code"])
        self.found |= await outputs.made_of_it(charger, bundle, evidence, self.folder)
        self.found |= outputs.pushed_out(charger) | outputs.on_the_broker(broker, self.folder)
        self.kinds = {place.kind for one in broker.taken if (place := place_of(one.topic)) is not None}

    def _typed(self, given: Mapping[str, Argument]) -> dict[str, Argument]:
        """The same with a person's words in it."""
        words = dict.fromkeys(("by", "operator"), self.secrets.person)
        words |= dict.fromkeys(("why", "reason"), f"{self.secrets.typed} it was")
        return {name: words.get(name, value) for name, value in given.items()}

    async def _charges(self, charger: Charger) -> None:
        """With a card that may, after one that may not, and one that is on the list at the charger."""
        secrets = self.secrets
        for board in charger.stage.rig.world.boards.values():
            board.kept["local_key"] = secrets.local_key
        await charger.world("fault", name="mcu_reset", connector=1, cause="power")
        await charger.network("refuse_token", token=secrets.refused_card, status="Blocked")
        await self.ask(charger, "token add", token=secrets.listed_card, label="the owner")
        await charger.passes(30.0)
        await charger.plug_in()
        await charger.swipe(secrets.refused_card)
        await charger.passes(10.0)
        await charger.swipe(secrets.card)
        await charger.world("wait", connector=1, until="charging", timeout_s=30)

    async def _is_spoken_to(self, charger: Charger, support: Support) -> None:
        """By its central system, which also sets its key, and by support."""
        secrets = self.secrets
        await charger.network("change_configuration", key="AuthorizationKey", value=secrets.key)
        await charger.passes(60.0)
        wish = {"requestedMessage": "SignChargePointCertificate"}
        await charger.network("call", action="ExtendedTriggerMessage", payload=wish)
        place = f"http://anna:{secrets.upload_password}@127.0.0.1:9/in/?sig={secrets.upload_password}"
        await charger.network("get_diagnostics", location=place)
        await charger.network("raw", text=f'[2,"x","Authorize",{{"idTag":"{secrets.card}')
        keys = {"keys": ["AuthorizationKey", "EvseAgentReason"]}
        await charger.network("get_configuration", **keys)
        for verb in SPOKEN:
            await charger.network("data_transfer", vendor="evse-agent", message=verb, text="{}")
            await support.orders(verb, passes_s=3.0)
        await charger.passes(30.0)

    async def _dies(self, charger: Charger) -> None:
        """Of an error that quotes all it knows; the next start finds what it left."""
        secrets = self.secrets
        quoted = f"{secrets.card} {secrets.refused_card!r} of {secrets.key} and {secrets.site_password!r}"
        text = of_exception(ValueError(f"{quoted}: {secrets.mqtt_password}, {secrets.upload_password}"))
        left = charger.agent.config.storage.path / "crashes"
        await charger.stage.charger.kill()
        left.mkdir(exist_ok=True)
        (left / "this-run.txt").write_text(text)
        await charger.stage.charger.start()
        await charger.passes(70.0)


def _wanted(secrets: Planted) -> dict[str, set[bytes]]:
    cards = (secrets.card, secrets.refused_card, secrets.listed_card)
    return {
        **{name: planted.spellings_of_card(card) for name, card in zip(outputs.CARDS, cards, strict=True)},
        **{name: planted.spellings_of_ends(card) for name, card in zip(outputs.ENDS, cards, strict=True)},
        "password of the site file": planted.spellings_of_text(secrets.site_password),
        "AuthorizationKey": planted.spellings_of_text(secrets.key),
        "password of the broker": planted.spellings_of_text(secrets.mqtt_password),
        "password of an upload": planted.spellings_of_text(secrets.upload_password),
        "device key": planted.spellings_of_pem(_pem(secrets.device_key)),
        "name of a person": planted.spellings_of_text(secrets.person),
        "typed reason": planted.spellings_of_text(secrets.typed),
        "name of a Wi-Fi": planted.spellings_of_text(secrets.wifi),
        "local key": planted.spellings_of_octets(secrets.local_key),
    }


def _made_by_the_charger(charger: Charger, code_drawn: bytes) -> dict[str, set[bytes]]:
    """Secrets that nobody gave it: the owner's code, the key that is to be certified, that of its recordings."""
    state = charger.agent.config.storage.path
    code = json.loads(code_drawn.splitlines()[0])["code"]
    return {
        "owner's code": planted.spellings_of_text(code) | planted.spellings_of_text(code.replace("-", "")),
        "key for TLS": planted.spellings_of_pem((state / "certificates/charge_point/requested.key").read_bytes()),
        "key of the recordings": planted.spellings_of_text((state / "recorder/veil.key").read_text()),
    }


def _pem(octets: bytes) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(octets)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _journal(secrets: Planted) -> Iterator[Line]:
    """What the system's log holds, of this program and of the kernel."""
    for text in planted.told_by_anybody(secrets):
        yield Line(text=text)
        yield Line(text=text, of_kernel=True)


def lived(secrets: Planted) -> Life:
    with TemporaryDirectory(prefix="evse-secrets-") as name:
        folder, state = Path(name), Path(name) / "state"
        (state / "secrets").mkdir(parents=True)
        files = {
            folder / "broker": secrets.mqtt_password.encode(),
            folder / "site": secrets.site_password.encode(),
            state / "secrets/device_key.pem": _pem(secrets.device_key),
        }
        for file, content in files.items():
            file.write_bytes(content)
            file.chmod(0o600)
        life = Life(secrets, folder)
        with outputs.log_lines() as (lines, fields):
            tell(
                life.lead,
                mqtt=f'username = "sim"\npassword_file = "{folder / "broker"}"',
                site=TRANSFER + site(folder, json.dumps([*SPOKEN])),
                more_ocpp=f'password_file = "{folder / "site"}"\nallow_insecure = true\n',
                security_profile=1,
                storage=state,
                journalctl=stand_in(folder / "journal", _journal(secrets)),
            )
        life.found["log lines"] = "\n".join(lines).encode()
        life.found["journal fields"] = "\n".join(fields).encode()
    return life


def excused() -> Mapping[str, set[str]]:
    """What each output may hold."""
    ends = {output: {*outputs.ENDS, *outputs.WORDS} for output in outputs.AT_THE_CHARGER}
    shown = {output: secrets for output, (secrets, _) in outputs.MAY_SHOW.items()}
    return ends | {output: ends.get(output, set()) | secrets for output, secrets in shown.items()}


@costly(examples=4, search=100)
@given(planted.PLANTED)
def test_no_output_holds_a_secret_that_was_planted(secrets: Planted) -> None:
    life = lived(secrets)

    assert planted.leaks(life.found, life.wanted, excused()) == []
    assert set(life.found) == outputs.AT_THE_CHARGER | set(outputs.LEAVING)
    assert [output for output, content in life.found.items() if not content.strip()] == []
    assert life.refused == outputs.REFUSED
    assert set(KINDS) - {"cmd"} - life.kinds == RARE
    # Every line that was planted in the journal has come that far; what is unpacked is searched packed, too.
    found, lines = life.found["bundle, unpacked"], list(planted.told_by_anybody(secrets))
    assert found.count(b'"from": "evse-agent"') == found.count(b'"about": "') == 2 * len(lines)
    # The search finds what is there: where a secret may be shown, it is.
    for output, (shown, _) in outputs.MAY_SHOW.items():
        there = {one for one in shown if planted.leaks({output: life.found[output]}, {one: life.wanted[one]}, {})}
        assert there == shown, output


def test_every_verb_is_in_the_table_of_outputs() -> None:
    every = outputs.actions()

    assert set(outputs.ASKED) | outputs.OF_THE_STORY | set(outputs.NOT_ASKED) == every
    assert set(outputs.NOT_ASKED) & (set(outputs.ASKED) | outputs.OF_THE_STORY) == set()
    # Of one name, one would be searched in place of the other, and with what that one may show.
    assert outputs.AT_THE_CHARGER & set(outputs.LEAVING) == set()
    assert set(outputs.MAY_SHOW) <= outputs.AT_THE_CHARGER | set(outputs.LEAVING)
