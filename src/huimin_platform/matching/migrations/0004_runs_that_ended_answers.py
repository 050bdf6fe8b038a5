"""Names the run that ended each answer of before."""

from django.db import migrations

# Which run ended an answer was not kept before: it was the first one behind the answer's own that changed anything of it.
END = """
update matching_entitlement old set ended_run_id = coalesce(
    (select min(next.run_id) from matching_entitlement next where next.policy = old.policy
        and next.household_id = old.household_id and next.run_id > old.run_id),
    (select min(run.id) from matching_run run where run.id > old.run_id))
where not old.current
"""


class Migration(migrations.Migration):
    dependencies = [("matching", "0003_entitlement_ended_run")]

    operations = [migrations.RunSQL(END, migrations.RunSQL.noop)]
