"""A question can be about a service too. Questions there are stay as they are, and a release that asks about payments alone
goes on beside it.

The way back forgets services that nobody has answered about; where somebody has, it stops: answers are never removed.
"""

import django.db.models.deletion
from django.db import migrations, models

BACK = """
do $$ begin
    if exists (select from feedback_answer join feedback_question question on question.id = question_id
               where question.service_order_id is not null) then
        raise exception 'answers about services are kept, and the release before has no place for them'
            using errcode = 'restrict_violation';
    end if;
    delete from feedback_question where service_order_id is not null;
    -- What waits to be checked at the end would stop the column from being changed.
    set constraints all immediate;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0004_service_guards"),
        ("feedback", "0002_append_only"),
        ("supply", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            "question",
            "service_order",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="delivery.serviceorder"
            ),
        ),
        migrations.AddField(
            "question",
            "service_contract",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="supply.servicecontract"
            ),
        ),
        migrations.AddField("question", "month", models.DateField(null=True)),
        migrations.AlterField(
            "question",
            "payment",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="funds.payment"
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, BACK),
        migrations.AddConstraint(
            "question",
            models.CheckConstraint(
                condition=models.Q(payment__isnull=False, service_order=None, service_contract=None, month=None)
                | models.Q(
                    payment=None, service_order__isnull=False, service_contract__isnull=False, month__isnull=False
                ),
                name="question_about_one_thing",
            ),
        ),
    ]
