"""Which computation gives which indicator; a test holds this list against the definitions."""

from collections.abc import Mapping

from huimin_platform.evaluation.queries import incomes, money, society, support, times, voice
from huimin_platform.evaluation.queries.measure import Computation

COMPUTATIONS: Mapping[str, Computation] = {
    "service_coverage": support.service_coverage,
    "support_precision": support.support_precision,
    "need_identification": support.need_identification,
    "satisfaction": voice.satisfaction,
    "satisfaction_with_payments": voice.satisfaction_with_payments,
    "satisfaction_with_services": voice.satisfaction_with_services,
    "answer_rate": voice.answer_rate,
    "pension_enrolment": society.pension_enrolment,
    "standard_ratio": society.standard_ratio,
    "fund_use": money.fund_use,
    "decision_days": times.decision_days,
    "match_hours": times.match_hours,
    "help_hours": times.help_hours,
    "response_hours": times.response_hours,
    "response_in_time": times.response_in_time,
    "response_match_hours": times.response_match_hours,
    "departments_sharing": society.departments_sharing,
    "need_fulfilment": support.need_fulfilment,
    "need_fulfilment_by_policy": support.need_fulfilment_by_policy,
    "last_mile": money.last_mile,
    "poverty_rate": support.poverty_rate,
    "income_gini": incomes.income_gini,
    "spending_variation": money.spending_variation,
}
