"""What must always hold of services, held by the database.

What a provider entered of a visit never changes, and a visit moves as the table says; a settlement keeps its content, adds
up to its lines, and no order is settled above what it was worth in the month.
"""

from django.db import migrations

from huimin_platform.base.migrations_operations import AppendOnly

VISITS = """
create function delivery_visit_guard() returns trigger language plpgsql as $$
declare
    kept constant text[] := array['state', 'faults', 'how', 'reason', 'decided_at', 'decided_by_id', 'settlement_id', 'code_number', 'code_misses'];
begin
    if tg_op = 'DELETE' then
        raise exception 'visit % cannot be removed', old.id using errcode = 'restrict_violation';
    end if;
    if tg_op = 'INSERT' then
        if new.state not in ('proven', 'set_aside') then
            raise exception 'visit % starts as %', new.key, new.state using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if to_jsonb(new) - kept is distinct from to_jsonb(old) - kept then
        raise exception 'visit % keeps what was entered', old.id using errcode = 'restrict_violation';
    end if;
    if new.state <> old.state and (old.state, new.state) not in (
        ('proven', 'accepted'), ('proven', 'disputed'), ('proven', 'refused'), ('proven', 'set_aside'),
        ('set_aside', 'accepted'), ('set_aside', 'refused'), ('disputed', 'accepted'), ('disputed', 'refused'),
        ('accepted', 'disputed'), ('accepted', 'set_aside'), ('accepted', 'settled'), ('settled', 'paid')
    ) then
        raise exception 'visit % cannot go from % to %', old.id, old.state, new.state using errcode = 'restrict_violation';
    end if;
    if old.settlement_id is not null and new.settlement_id is distinct from old.settlement_id then
        raise exception 'visit % stays in its settlement', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger visit_guard before insert or update or delete on delivery_visit
    for each row execute function delivery_visit_guard();
"""
VISITS_BACK = "drop trigger visit_guard on delivery_visit; drop function delivery_visit_guard();"

SETTLEMENTS = """
create function delivery_settlement_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or to_jsonb(new) - array['signed_at', 'signed_by_id']
            is distinct from to_jsonb(old) - array['signed_at', 'signed_by_id'] or old.signed_by_id is not null then
        raise exception 'settlement % keeps what was drawn', old.number using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger settlement_guard before update or delete on delivery_settlement
    for each row execute function delivery_settlement_guard();

create function delivery_settlement_whole() returns trigger language plpgsql as $$
begin
    if exists (
        select from (
            select sum(units) as units, sum(own_fen) as own_fen, sum(public_fen) as public_fen
            from delivery_settlementline where settlement_id = new.id
        ) lines
        where (lines.units, lines.own_fen, lines.public_fen) is distinct from (new.units, new.own_fen, new.public_fen)
    ) then
        raise exception 'settlement % does not add up to its lines', new.number using errcode = 'check_violation';
    end if;
    if (select count(*) from delivery_visit where settlement_id = new.id) = 0 then
        raise exception 'settlement % rests on no visit', new.number using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger settlement_whole after insert on delivery_settlement
    deferrable initially deferred for each row execute function delivery_settlement_whole();

create function delivery_line_within() returns trigger language plpgsql as $$
declare
    subject delivery_settlement;
    owed bigint;
    proven bigint;
begin
    select * into subject from delivery_settlement where id = new.settlement_id;
    select coalesce(sum(line.public_fen), 0) into owed
    from delivery_settlementline line join delivery_settlement settlement on settlement.id = line.settlement_id
    where line.order_id = new.order_id and settlement.month = subject.month;
    if owed > new.worth_fen then
        raise exception 'order % is settled with % of % fen', new.order_id, owed, new.worth_fen using errcode = 'check_violation';
    end if;
    select coalesce(sum(units), 0) into proven from delivery_visit
    where settlement_id = new.settlement_id and order_id = new.order_id;
    if proven < new.units then
        raise exception 'order % is settled for % units, % are proven', new.order_id, new.units, proven
            using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger line_within after insert on delivery_settlementline
    deferrable initially deferred for each row execute function delivery_line_within();
"""
SETTLEMENTS_BACK = """
drop trigger settlement_guard on delivery_settlement; drop function delivery_settlement_guard();
drop trigger settlement_whole on delivery_settlement; drop function delivery_settlement_whole();
drop trigger line_within on delivery_settlementline; drop function delivery_line_within();
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0003_services")]

    operations = [
        AppendOnly("delivery_ordermove"),
        AppendOnly("delivery_settlementline"),
        migrations.RunSQL(VISITS, VISITS_BACK),
        migrations.RunSQL(SETTLEMENTS, SETTLEMENTS_BACK),
    ]
