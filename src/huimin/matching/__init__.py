"""Facts of the registry into entitlements, decided under doubt, and into findings."""

from huimin.matching import partners
from huimin.matching.decisions import decide
from huimin.matching.findings import KINDS as KINDS_OF_FINDINGS
from huimin.matching.findings import findings
from huimin.matching.population import EARLIER, population
from huimin.matching.standards import parameters_from_standards, period_from_standards, twelve_months_before
from huimin.matching.tables import Period, Tables, members

__all__ = [
    "EARLIER",
    "KINDS_OF_FINDINGS",
    "Period",
    "Tables",
    "decide",
    "findings",
    "members",
    "parameters_from_standards",
    "partners",
    "period_from_standards",
    "population",
    "twelve_months_before",
]
