"""Gives money that stands already its place, where that is certain, and guards it: no money goes from one place to its neighbour.

A county's accounts carried no county. Those of a pot (a source of a year with its pool and programmes, or the own money of a
purpose of a year) become the place's whose officers brought all of it, if all who were paid from it live there and all it was
handed down to lies there. What is not certain stays everybody's; `huimin funds verify` names it.
"""

from django.db import migrations

# Tables whose rows are otherwise never changed so.
GUARDED = (
    "funds_account", "funds_payment", "funds_source", "funds_proposal", "funds_formulatext", "funds_appraisal", "funds_verdict",
)

FILL = """
create function funds_place_at(code text) returns text language sql immutable as $$
    select case
        when coalesce(code, '') ~ '^0*$' then '' when substr(code, 3) ~ '^0*$' then left(code, 2)
        when substr(code, 5) ~ '^0*$' then left(code, 4) when substr(code, 7) ~ '^0*$' then left(code, 6) else left(code, 9)
    end
$$;

create temporary table pot on commit drop as
with evidence (year, source, purpose, place, brought) as (
    select account.year, account.source, account.purpose, funds_place_at(officer.division), true
    from funds_transfer transfer
    join funds_entry entry on entry.transfer_id = transfer.id and entry.amount_fen > 0
    join funds_account account on account.id = entry.account_id and account.place = ''
    join base_auditline line on line.id = transfer.audit_id
    left join base_user officer on officer.id = line.by_user_id
    where transfer.reason = 'appropriate'
    union
    select year, source, policy, left(division, 6), false from funds_payment where payer = ''
    union
    select year, source, purpose, left(place, 6), false from funds_account where place <> ''
    union
    select account.year, account.source, account.purpose, left(asked.division, 6), false
    from funds_transfer transfer
    join funds_entry entry on entry.transfer_id = transfer.id and entry.amount_fen > 0
    join funds_account account on account.id = entry.account_id
    join cases_case asked on asked.number = transfer.case_number
    where transfer.reason in ('recover', 'annul')
    union
    select account.year, account.source, account.purpose, funds_place_at(project.division), false
    from funds_account account join funds_project project on account.purpose = 'project:' || project.code
), of_pot as (
    -- Money of a source goes from its pool to programmes and back; own money stays on its purpose.
    select year, source, case when source = '' then purpose else '' end as purpose, place, brought from evidence
), told as (
    select year, source, purpose,
           coalesce(case when count(distinct place) filter (where brought) = 1 then max(place) filter (where brought) end,
                    case when not bool_or(brought) and count(distinct place) = 1 then max(place) end, '') as place
    from of_pot group by 1, 2, 3
)
select told.* from told
where told.place <> '' and not exists (
    select from of_pot other where (other.year, other.source, other.purpose) = (told.year, told.source, told.purpose)
        and not starts_with(other.place, told.place)
);
"""
PLACE_MONEY = """
update funds_account account
set place = pot.place,
    code = account.line || '/' || account.year || '/' || account.purpose || '@' || pot.place
        || case when account.source = '' then '' else '+' || account.source end || '/' || account.leg
from pot
where account.place = '' and (account.year, account.source) = (pot.year, pot.source)
  and case when account.source = '' then account.purpose else '' end = pot.purpose;

update funds_payment payment set payer = pot.place
from pot
where payment.payer = '' and (payment.year, payment.source) = (pot.year, pot.source)
  and case when payment.source = '' then payment.policy else '' end = pot.purpose;

update funds_proposal proposal set place = pool.place
from funds_account pool
where pool.leg = 'budget' and pool.purpose = 'pool' and length(pool.place) < 9
  and (pool.year, pool.source) = (proposal.year, proposal.source);

update funds_source source set place = funds_place_at(officer.division) from base_user officer where officer.id = source.registered_by_id;
update funds_formulatext text set place = funds_place_at(officer.division) from base_user officer where officer.id = text.proposed_by_id;
update funds_appraisal appraisal set place = funds_place_at(officer.division) from base_user officer where officer.id = appraisal.drawn_by_id;
update funds_verdict verdict set place = funds_place_at(officer.division) from base_user officer where officer.id = verdict.by_id;
drop table pot;
drop function funds_place_at(text);
"""
FILL_ALL = (
    "set constraints all immediate;"
    + "".join(f"alter table {table} disable trigger user;" for table in GUARDED)
    + FILL
    + PLACE_MONEY
    + "set constraints all immediate;"
    + "".join(f"alter table {table} enable trigger user;" for table in GUARDED)
)

GUARDS = """
create or replace function funds_account_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.balance_fen <> 0 then
            raise exception 'account % starts with money; only entries bring money', new.code using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if tg_op = 'DELETE' then
        raise exception 'account % cannot be removed', old.code using errcode = 'restrict_violation';
    end if;
    if pg_trigger_depth() < 2 or (new.code, new.line, new.year, new.purpose, new.place, new.source, new.leg)
            is distinct from (old.code, old.line, old.year, old.purpose, old.place, old.source, old.leg) then
        raise exception 'account % is changed by entries only', old.code using errcode = 'restrict_violation';
    end if;
    return new;
end $$;

create or replace function funds_payment_source() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        if (new.payer, new.source) is distinct from (old.payer, old.source) then
            raise exception 'payment % keeps the place and source it is paid from', old.id using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    perform funds_insist_on_purpose(new.source, new.policy);
    if not starts_with(new.division, new.payer) then
        raise exception 'payment % to % is not paid by %', new.id, new.division, new.payer using errcode = 'check_violation';
    end if;
    return new;
end $$;

create or replace function funds_transfer_within() returns trigger language plpgsql as $$
declare
    giver funds_account;
    taker funds_account;
    paid funds_payment;
begin
    select account.* into giver from funds_entry entry join funds_account account on account.id = entry.account_id
        where entry.transfer_id = new.id and entry.amount_fen < 0;
    select account.* into taker from funds_entry entry join funds_account account on account.id = entry.account_id
        where entry.transfer_id = new.id and entry.amount_fen > 0;
    if (giver.year, giver.source) is distinct from (taker.year, taker.source) then
        raise exception 'transfer % leaves its year or source', new.key using errcode = 'check_violation';
    end if;
    if new.reason in ('appropriate', 'allocate', 'assign', 'take_back', 'spend', 'commit') and exists (
        select from funds_closedyear closed where closed.year = giver.year
            and (starts_with(giver.place, closed.place) or starts_with(taker.place, closed.place))
    ) then
        raise exception 'budget year % is closed', giver.year using errcode = 'check_violation';
    end if;
    if new.payment_id is not null then
        select * into paid from funds_payment where id = new.payment_id;
        if (paid.line, paid.year, paid.policy, paid.payer, paid.source)
                is distinct from (giver.line, giver.year, giver.purpose, giver.place, giver.source)
                or (giver.line, giver.purpose, giver.place) is distinct from (taker.line, taker.purpose, taker.place) then
            raise exception 'transfer % is not on the fund of payment %', new.key, new.payment_id using errcode = 'check_violation';
        end if;
        if (new.reason, giver.leg, taker.leg) not in (
            ('commit', 'budget', 'commit'), ('send', 'commit', 'transit'), ('settle', 'transit', 'paid'),
            ('return', 'transit', 'budget'), ('return_late', 'paid', 'budget')
        ) then
            raise exception 'transfer % (%) does not go from % to %', new.key, new.reason, giver.code, taker.code
                using errcode = 'check_violation';
        end if;
        if paid.amount_fen is distinct from (select amount_fen from funds_entry where transfer_id = new.id and amount_fen > 0) then
            raise exception 'transfer % does not move the amount of payment %', new.key, new.payment_id using errcode = 'check_violation';
        end if;
        return null;
    end if;
    -- Down to a place inside, or back to one around, by a document; never to a neighbour.
    if giver.place <> taker.place and not (
        new.document <> '' and (
            new.reason = 'allocate' and starts_with(taker.place, giver.place)
            or new.reason = 'take_back' and starts_with(giver.place, taker.place)
        )
    ) then
        raise exception 'transfer % (%) takes money of % to % without a letter', new.key, new.reason, giver.code, taker.code
            using errcode = 'check_violation';
    end if;
    if not (case new.reason
        when 'appropriate' then giver.leg = 'treasury' and taker.leg = 'budget'
            and (giver.line, giver.purpose) = (taker.line, taker.purpose)
        when 'allocate' then giver.leg = 'budget' and taker.leg = 'budget'
            and giver.purpose = 'pool' and taker.purpose = 'pool' and giver.place <> taker.place
        when 'assign' then giver.leg = 'budget' and taker.leg = 'budget'
            and giver.purpose = 'pool' and taker.purpose <> 'pool'
        when 'take_back' then giver.leg = 'budget' and taker.leg = 'budget'
            and taker.purpose = 'pool' and (giver.purpose <> 'pool' or giver.place <> taker.place)
        when 'spend' then giver.leg = 'budget' and taker.leg = 'paid' and giver.purpose like 'project:%'
            and (giver.line, giver.purpose) = (taker.line, taker.purpose)
        when 'recover' then giver.leg = 'claim' and taker.leg = 'owed'
            and (giver.line, giver.purpose) = (taker.line, taker.purpose)
        when 'annul' then giver.leg = 'owed' and taker.leg = 'claim'
            and (giver.line, giver.purpose) = (taker.line, taker.purpose)
        else false
    end) then
        raise exception 'transfer % (%) does not go from % to %', new.key, new.reason, giver.code, taker.code
            using errcode = 'check_violation';
    end if;
    return null;
end $$;
"""


class Migration(migrations.Migration):

    dependencies = [('funds', '0013_places'), ('base', '0005_api_keys'), ('cases', '0008_applications')]

    operations = [migrations.RunSQL(FILL_ALL), migrations.RunSQL(GUARDS)]
