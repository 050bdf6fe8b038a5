"""What must always hold of payments to providers: they rest on a signed settlement, never change, and stand in the ledger.

Money of a programme is spent by voucher for such a payment only, with its whole amount, on its own fund.
"""

from importlib import import_module

from django.db import migrations

places = import_module("huimin_platform.funds.migrations.0014_money_of_places")

GUARDS = """
create function funds_service_payment_guard() returns trigger language plpgsql as $$
declare
    statement record;
begin
    if tg_op = 'DELETE' then
        raise exception 'payment of settlement % cannot be removed', old.settlement_id using errcode = 'restrict_violation';
    end if;
    if tg_op = 'INSERT' then
        select settlement.public_fen, settlement.signed_by_id, contract.policy into statement
        from delivery_settlement settlement join supply_servicecontract contract on contract.number = settlement.contract_id
        where settlement.id = new.settlement_id;
        if statement.signed_by_id is null or (statement.public_fen, statement.policy) is distinct from (new.amount_fen, new.policy) then
            raise exception 'settlement % is not signed for % fen of %', new.settlement_id, new.amount_fen, new.policy
                using errcode = 'check_violation';
        end if;
        if new.approved_by_id is not null then
            raise exception 'payment of settlement % starts approved', new.settlement_id using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if old.approved_by_id is not null
            or to_jsonb(new) - array['payer', 'source', 'approved_at', 'approved_by_id']
               is distinct from to_jsonb(old) - array['payer', 'source', 'approved_at', 'approved_by_id'] then
        raise exception 'payment of settlement % keeps what was prepared', old.settlement_id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger service_payment_guard before insert or update or delete on funds_servicepayment
    for each row execute function funds_service_payment_guard();

create function funds_service_payment_posted() returns trigger language plpgsql as $$
begin
    if not exists (select from funds_transfer where key = 'spend:service:' || new.settlement_id) then
        raise exception 'payment of settlement % is approved without standing in the ledger', new.settlement_id
            using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger service_payment_posted after insert or update on funds_servicepayment
    deferrable initially deferred for each row when (new.approved_by_id is not null)
    execute function funds_service_payment_posted();
"""
GUARDS_BACK = """
drop trigger service_payment_guard on funds_servicepayment; drop function funds_service_payment_guard();
drop trigger service_payment_posted on funds_servicepayment; drop function funds_service_payment_posted();
"""

# Who spends off a programme: the payment of a signed settlement, approved, with its whole amount, on its own fund, whose
# money is of the contract's place.
PROJECT = "giver.purpose like 'project:%'"
PROVIDER = """(giver.purpose like 'project:%' or exists (
                select from funds_servicepayment served
                join delivery_settlement settlement on settlement.id = served.settlement_id
                join supply_servicecontract contract on contract.number = settlement.contract_id
                join funds_entry spent on spent.transfer_id = new.id and spent.amount_fen = served.amount_fen
                where new.key = 'spend:service:' || served.settlement_id and served.approved_by_id is not null
                  and starts_with(contract.division, giver.place)
                  and (served.line, served.year, served.policy, served.payer, served.source)
                      = (giver.line, giver.year, giver.purpose, giver.place, giver.source)))"""
assert places.GUARDS.count(PROJECT) == 1
WITHIN = places.GUARDS.replace(PROJECT, PROVIDER)


class Migration(migrations.Migration):
    dependencies = [("funds", "0015_service_payments"), ("delivery", "0004_service_guards")]

    operations = [
        migrations.RunSQL(GUARDS, GUARDS_BACK),
        migrations.RunSQL(WITHIN, places.GUARDS),
    ]
