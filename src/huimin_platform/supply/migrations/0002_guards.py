"""What must always hold of providers and contracts: what was entered never changes, and what another person signed stays."""

from django.db import migrations

GUARDS = """
create function supply_keeps() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
            or to_jsonb(new) - array[tg_argv[0] || '_at', tg_argv[0] || '_by_id']
               is distinct from to_jsonb(old) - array[tg_argv[0] || '_at', tg_argv[0] || '_by_id']
            or to_jsonb(old) ->> (tg_argv[0] || '_by_id') is not null then
        raise exception '% keeps what was entered', tg_table_name using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger provider_guard before update or delete on supply_provider
    for each row execute function supply_keeps('confirmed');
create trigger service_contract_guard before update or delete on supply_servicecontract
    for each row execute function supply_keeps('signed');
"""
BACK = """
drop trigger provider_guard on supply_provider; drop trigger service_contract_guard on supply_servicecontract;
drop function supply_keeps();
"""


class Migration(migrations.Migration):
    dependencies = [("supply", "0001_providers")]

    operations = [migrations.RunSQL(GUARDS, BACK)]
