"""Who of a household can receive its money, read from the registry for many households at once."""

from collections.abc import Collection
from datetime import date
from itertools import groupby
from operator import itemgetter

from django.db import connection

from huimin.delivery.payee import Member, payee

SPOUSES = frozenset({"spouse", "配偶", "妻", "妻子", "夫", "丈夫"})

# A card counts as verified when a department has delivered it for this very person.
MEMBERS = """
select membership.household_id, membership.person_id, membership.relation,
       person.born_on, person.died_on is null,
       person.card_sealed is not null and exists (
           select from registry_fact fact
           where fact.person_id = person.id and fact.kind = 'bank_card' and fact.withdrawn_at is null
       ),
       household.head_id is not distinct from person.id
from registry_membership membership
join registry_person person on person.id = membership.person_id
join registry_household household on household.id = membership.household_id
where membership.household_id = any(%s) and membership.withdrawn_at is null
  and (membership.ended_on is null or membership.ended_on > %s)
order by membership.household_id, membership.person_id
"""


def payees(households: Collection[int], on: date) -> dict[int, int]:
    """household -> the person its money goes to; a household without a living member is left out."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, [list(households), on])
        rows = cursor.fetchall()
    found = {
        household: payee([_member(row) for row in members], on)
        for household, members in groupby(rows, key=itemgetter(0))
    }
    return {household: person for household, person in found.items() if person is not None}


def _member(row: tuple) -> Member:
    _, person, relation, born_on, alive, has_card, is_head = row
    role = "head" if is_head else "spouse" if relation in SPOUSES else "other"
    return Member(person, role, born_on, alive, has_card)
