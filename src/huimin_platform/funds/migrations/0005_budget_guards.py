"""What must always hold of levels and sources, held by the database.

Money of a source is spent on its purposes only, and the refusal names the rule; a transfer stays inside one year and one
source and goes one step of the way down or back; payments keep the township and source they are paid from; a closed year
stays closed; an allocation keeps its content and stands in the ledger once it is signed.
"""

from django.db import migrations

from huimin_platform.base.migrations_operations import AppendOnly

# The rules as they stood on the day of this migration; a later wording is a later migration.
RULES = """
        when 'budget' then '《预算法》第十三条：未列入预算的不得支出'
        when 'transfer' then '《预算法》第十六条：专项转移支付用于规定的特定事项'
        when 'bond' then '《预算法》第三十五条：债务只能用于公益性资本支出，不得用于经常性支出'
        when 'livelihood_fund' then '基金章程：只用于章程载明的用途'
        when 'donation' then '《公益事业捐赠法》第十八条：按捐赠协议约定的用途使用，不得擅自改变'
        when 'partnership' then '合作合同：只用于合同约定的项目'
"""

SOURCES = f"""
create function funds_source_rule(kind text) returns text language sql immutable as $$
    select case kind {RULES}    end
$$;

create function funds_source_guard() returns trigger language plpgsql as $$
begin
    if jsonb_typeof(new.purposes) <> 'array' or exists (
        select from jsonb_array_elements(new.purposes) purpose
        where jsonb_typeof(purpose) <> 'string' or purpose #>> '{{}}' in ('', 'pool')
    ) then
        raise exception 'source % names no purposes', new.code using errcode = 'check_violation';
    end if;
    if new.kind in ('bond', 'partnership') and exists (
        select from jsonb_array_elements_text(new.purposes) purpose where purpose not like 'project:%'
    ) then
        raise exception 'source % (%) is for projects only: %', new.code, new.kind, funds_source_rule(new.kind)
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger source_guard before insert on funds_source for each row execute function funds_source_guard();

create function funds_insist_on_purpose(asked text, purpose text) returns void language plpgsql as $$
declare
    found funds_source;
begin
    if asked = '' then
        -- Own money needs a programme when it is put on an account; a pool without a source would be money without a purpose.
        if purpose = 'pool' then
            raise exception 'a pool belongs to a registered source' using errcode = 'check_violation';
        end if;
        return;
    end if;
    select * into found from funds_source where code = asked;
    if found.code is null then
        raise exception 'source % is not registered', asked using errcode = 'check_violation';
    end if;
    if purpose <> 'pool' and not found.purposes ? purpose then
        raise exception 'money of source % is not for %: %', asked, purpose, funds_source_rule(found.kind)
            using errcode = 'check_violation', hint = 'its purposes are ' || found.purposes::text;
    end if;
end $$;

create function funds_account_purpose() returns trigger language plpgsql as $$
begin
    perform funds_insist_on_purpose(new.source, new.purpose);
    return new;
end $$;
create trigger account_purpose before insert on funds_account for each row execute function funds_account_purpose();

create function funds_payment_source() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        if (new.town, new.source) is distinct from (old.town, old.source) then
            raise exception 'payment % keeps the township and source it is paid from', old.id using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    perform funds_insist_on_purpose(new.source, new.policy);
    if new.town not in ('', left(new.division, 9)) then
        raise exception 'payment % to % is not paid by township %', new.id, new.division, new.town using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger payment_source before insert or update on funds_payment for each row execute function funds_payment_source();
"""
SOURCES_BACK = """
drop trigger payment_source on funds_payment; drop function funds_payment_source();
drop trigger account_purpose on funds_account; drop function funds_account_purpose();
drop function funds_insist_on_purpose(text, text);
drop trigger source_guard on funds_source; drop function funds_source_guard(); drop function funds_source_rule(text);
"""

STEPS = """
create function funds_transfer_within() returns trigger language plpgsql as $$
declare
    giver funds_account;
    taker funds_account;
    payer funds_payment;
begin
    select account.* into giver from funds_entry entry join funds_account account on account.id = entry.account_id
        where entry.transfer_id = new.id and entry.amount_fen < 0;
    select account.* into taker from funds_entry entry join funds_account account on account.id = entry.account_id
        where entry.transfer_id = new.id and entry.amount_fen > 0;
    if (giver.year, giver.source) is distinct from (taker.year, taker.source) then
        raise exception 'transfer % leaves its year or source', new.key using errcode = 'check_violation';
    end if;
    if new.reason in ('appropriate', 'allocate', 'assign', 'take_back', 'spend', 'commit')
            and exists (select from funds_closedyear where year = giver.year) then
        raise exception 'budget year % is closed', giver.year using errcode = 'check_violation';
    end if;
    if new.payment_id is not null then
        select * into payer from funds_payment where id = new.payment_id;
        if (payer.line, payer.year, payer.policy, payer.town, payer.source)
                is distinct from (giver.line, giver.year, giver.purpose, giver.town, giver.source)
                or (giver.line, giver.purpose, giver.town) is distinct from (taker.line, taker.purpose, taker.town) then
            raise exception 'transfer % is not on the fund of payment %', new.key, new.payment_id using errcode = 'check_violation';
        end if;
        return null;
    end if;
    if not (case new.reason
        when 'appropriate' then giver.leg = 'treasury' and taker.leg = 'budget'
            and (giver.line, giver.purpose, giver.town) = (taker.line, taker.purpose, taker.town)
        when 'allocate' then giver.leg = 'budget' and taker.leg = 'budget'
            and giver.purpose = 'pool' and taker.purpose = 'pool' and giver.town = '' and taker.town <> ''
        when 'assign' then giver.leg = 'budget' and taker.leg = 'budget'
            and giver.purpose = 'pool' and taker.purpose <> 'pool' and giver.town = taker.town
        when 'take_back' then giver.leg = 'budget' and taker.leg = 'budget'
            and taker.purpose = 'pool' and taker.town = '' and (giver.purpose <> 'pool' or giver.town <> '')
        when 'spend' then giver.leg = 'budget' and taker.leg = 'paid' and giver.purpose like 'project:%'
            and (giver.line, giver.purpose, giver.town) = (taker.line, taker.purpose, taker.town)
        when 'recover' then giver.leg = 'claim' and taker.leg = 'owed'
            and (giver.line, giver.purpose, giver.town) = (taker.line, taker.purpose, taker.town)
        when 'annul' then giver.leg = 'owed' and taker.leg = 'claim'
            and (giver.line, giver.purpose, giver.town) = (taker.line, taker.purpose, taker.town)
        else false
    end) then
        raise exception 'transfer % (%) does not go from % to %', new.key, new.reason, giver.code, taker.code
            using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger transfer_within after insert on funds_transfer
    deferrable initially deferred for each row execute function funds_transfer_within();
"""
STEPS_BACK = "drop trigger transfer_within on funds_transfer; drop function funds_transfer_within();"

PROPOSALS = """
create function funds_proposal_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'allocation % cannot be removed', old.number using errcode = 'restrict_violation';
    end if;
    if tg_op = 'INSERT' then
        if new.state <> 'proposed' then
            raise exception 'allocation % starts as %, not proposed', new.number, new.state using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if to_jsonb(new) - array['state', 'decided_at', 'decided_by_id', 'decision']
            is distinct from to_jsonb(old) - array['state', 'decided_at', 'decided_by_id', 'decision'] then
        raise exception 'allocation % keeps what was proposed', old.number using errcode = 'restrict_violation';
    end if;
    if old.state <> 'proposed' then
        raise exception 'allocation % is decided; correct it by another one', old.number using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger proposal_guard before insert or update or delete on funds_proposal
    for each row execute function funds_proposal_guard();

create function funds_proposal_posted() returns trigger language plpgsql as $$
declare
    posted bigint;
begin
    select coalesce(sum(entry.amount_fen), 0) into posted
    from funds_transfer transfer join funds_entry entry on entry.transfer_id = transfer.id and entry.amount_fen > 0
    where transfer.document = new.number and transfer.payment_id is null
      and transfer.reason = case new.kind when 'allocation' then 'allocate' else 'take_back' end;
    if posted <> new.total_fen then
        raise exception 'allocation % stands in the ledger with % of % fen', new.number, posted, new.total_fen
            using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger proposal_posted after update of state on funds_proposal
    deferrable initially deferred for each row when (new.state = 'signed') execute function funds_proposal_posted();
"""
PROPOSALS_BACK = """
drop trigger proposal_guard on funds_proposal; drop function funds_proposal_guard();
drop trigger proposal_posted on funds_proposal; drop function funds_proposal_posted();
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0004_levels_and_sources")]

    operations = [
        AppendOnly("funds_source"),
        AppendOnly("funds_closedyear"),
        migrations.RunSQL(SOURCES, SOURCES_BACK),
        migrations.RunSQL(STEPS, STEPS_BACK),
        migrations.RunSQL(PROPOSALS, PROPOSALS_BACK),
        migrations.RunSQL(
            "create index transfer_by_document on funds_transfer (document) where document <> ''",
            "drop index transfer_by_document",
        ),
    ]
