"""Policies as code: loaded and checked, explained for one household, computed for all.

>>> from pathlib import Path
>>> import huimin_policies
>>> from huimin import rules
>>> book = rules.load(Path(huimin_policies.__path__[0]))
>>> 'medical_aid' in book.names
True
"""

from huimin.rules.asking import Inquiry, inquiries, nothing, told
from huimin.rules.batch import batch, missing_parameters
from huimin.rules.book import PolicyBook
from huimin.rules.casework import check_cases
from huimin.rules.delta import Moment, audit, delta, touched
from huimin.rules.errors import MissingParameter, PolicyError
from huimin.rules.explaining import explain, explain_household, explain_policies, explainer
from huimin.rules.explanation import Explanation, for_page
from huimin.rules.loading import load
from huimin.rules.parameters import ParameterSet
from huimin.rules.persons import persons, values
from huimin.rules.population import Household, Population
from huimin.rules.simulation import Simulation, simulate
from huimin.rules.streaming import stream

__all__ = [
    "Explanation",
    "Household",
    "Inquiry",
    "MissingParameter",
    "Moment",
    "ParameterSet",
    "PolicyBook",
    "PolicyError",
    "Population",
    "Simulation",
    "audit",
    "batch",
    "check_cases",
    "delta",
    "explain",
    "explain_household",
    "explain_policies",
    "explainer",
    "for_page",
    "inquiries",
    "load",
    "missing_parameters",
    "nothing",
    "persons",
    "simulate",
    "stream",
    "told",
    "touched",
    "values",
]
