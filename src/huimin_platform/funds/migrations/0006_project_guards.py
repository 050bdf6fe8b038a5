"""What must always hold of projects: what was registered or spent never changes, and what is approved stands in the ledger."""

from django.db import migrations

from huimin_platform.base.migrations_operations import AppendOnly

GUARDS = """
create function funds_project_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or to_jsonb(new) - array['state', 'approved_at', 'approved_by_id']
            is distinct from to_jsonb(old) - array['state', 'approved_at', 'approved_by_id'] or old.state = 'approved' then
        raise exception 'project % keeps what was registered', old.code using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger project_guard before update or delete on funds_project for each row execute function funds_project_guard();

create function funds_voucher_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or to_jsonb(new) - array['approved_at', 'approved_by_id']
            is distinct from to_jsonb(old) - array['approved_at', 'approved_by_id'] or old.approved_by_id is not null then
        raise exception 'voucher % keeps what was taken in', old.document using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger voucher_guard before update or delete on funds_voucher for each row execute function funds_voucher_guard();

create function funds_voucher_posted() returns trigger language plpgsql as $$
begin
    if not exists (
        select from funds_transfer transfer join funds_entry entry on entry.transfer_id = transfer.id
        where transfer.key = 'spend:' || new.key::text and entry.amount_fen = new.amount_fen
    ) then
        raise exception 'voucher % is approved without standing in the ledger', new.document using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger voucher_posted after insert or update on funds_voucher
    deferrable initially deferred for each row when (new.approved_by_id is not null) execute function funds_voucher_posted();
"""
BACK = """
drop trigger project_guard on funds_project; drop function funds_project_guard();
drop trigger voucher_guard on funds_voucher; drop function funds_voucher_guard();
drop trigger voucher_posted on funds_voucher; drop function funds_voucher_posted();
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0005_budget_guards")]

    operations = [AppendOnly("funds_verdict"), migrations.RunSQL(GUARDS, BACK)]
