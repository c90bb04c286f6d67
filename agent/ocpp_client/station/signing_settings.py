"""The settings about registers that the meter signs, in the names of OCPP 2.0.1 and of the OCA's application note."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.quantities import Measurand
from agent.ocpp_client.station.value_kinds import Flag, Measurands, ValueKind, Word
from agent.values import frozen

MOST_MEASURANDS = 20
SIGN_READINGS = "SampledDataCtrlr.SignReadings"
SIGN_STARTED_READINGS = "SampledDataCtrlr.SignStartedReadings"
PUBLIC_KEY_WITH_SIGNED_VALUE = "OCPPCommCtrlr.PublicKeyWithSignedMeterValue"
START_SAMPLED_MEASURANDS = "SampledDataCtrlr.TxStartedMeasurands"

PUBLIC_KEY_CHOICES = ("Never", "OncePerTransaction", "EveryMeterValue")

SIGNING_VARIABLES: Mapping[str, tuple[ValueKind, str]] = {
    # The standard's default is false. A site whose meter signs wants it told, and without such a meter nothing differs.
    SIGN_READINGS: (Flag(), "true"),
    SIGN_STARTED_READINGS: (Flag(), "false"),
    # The standard's is Never, with which the keys of exchanged meters are lost (the note calls it a compliance issue).
    PUBLIC_KEY_WITH_SIGNED_VALUE: (Word(PUBLIC_KEY_CHOICES), "OncePerTransaction"),
    START_SAMPLED_MEASURANDS: (Measurands(MOST_MEASURANDS), ""),
}


@frozen(kw_only=True)
class SigningWishes:
    """What of signed registers the network wants: in stops, in begins, and where the public key goes along."""

    in_stops: bool = True
    in_begins: bool = False
    public_key: str = "OncePerTransaction"


class SigningSettings:
    """The part of `NetworkSettings` that is about signed registers; `_texts` is the whole's."""

    _texts: dict[str, str]

    @property
    def signs_readings(self) -> bool:
        """Stops carry what the meter signed."""
        return self._texts[SIGN_READINGS].strip().lower() == "true"

    @property
    def signs_started_readings(self) -> bool:
        """Readings at the begin carry it too, where they are told and hold the register."""
        return self._texts[SIGN_STARTED_READINGS].strip().lower() == "true"

    @property
    def public_key_with_signed_value(self) -> str:
        """One of PUBLIC_KEY_CHOICES."""
        return self._texts[PUBLIC_KEY_WITH_SIGNED_VALUE].strip()

    @property
    def signing_wishes(self) -> SigningWishes:
        """All of it, for whoever tells stops and begins."""
        return SigningWishes(
            in_stops=self.signs_readings,
            in_begins=self.signs_started_readings,
            public_key=self.public_key_with_signed_value,
        )

    @property
    def start_measurands(self) -> tuple[Measurand, ...]:
        """What is told right after a start; empty for nothing."""
        return Measurands(MOST_MEASURANDS).read(self._texts[START_SAMPLED_MEASURANDS])
