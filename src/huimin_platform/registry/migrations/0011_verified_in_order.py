"""What is verified is numbered in the order in which it is written, so that needs and answers ask only whom it is about."""

from django.db import migrations, models

NUMBERED = """
create sequence registry_verified_changed;
create function registry_verified_numbered() returns trigger language plpgsql as $$
begin
    -- Held until the end of the transaction: who comes later has a greater number and is seen later.
    perform pg_advisory_xact_lock(4813016624);
    new.changed := nextval('registry_verified_changed');
    return new;
end $$;
create trigger registry_verified_numbered before insert or update on registry_verified
    for each row execute function registry_verified_numbered();
update registry_verified set changed = 0;
"""
PLAIN = """
drop trigger registry_verified_numbered on registry_verified;
drop function registry_verified_numbered();
drop sequence registry_verified_changed;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0010_whole_files'),
    ]

    operations = [
        migrations.AddField(
            model_name='verified',
            name='changed',
            field=models.BigIntegerField(db_index=True, default=0),
        ),
        migrations.RunSQL(NUMBERED, PLAIN),
    ]
