"""The commands of the bench, by what they touch: calls to the charger, misbehaviour, questions to the record."""

from __future__ import annotations

from collections.abc import Mapping

from tools.csms.verbs import calls, maintenance, misbehaviour, prices, questions, security
from tools.csms.verbs.verb import Verb

VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        *calls.VERBS,
        *security.VERBS,
        *maintenance.VERBS,
        *prices.VERBS,
        *misbehaviour.VERBS,
        *questions.VERBS,
    )
}
