"""Transfers sum to zero, are whole and go where they may; balances follow the entries; money keeps to its purposes."""

BALANCES = """
create function funds_entries_post() returns trigger language plpgsql as $$
begin
    -- Rows are locked in the order of their keys, so that two postings cannot wait for each other.
    perform 1 from funds_account where id in (select account_id from added) order by id for update;
    update funds_account account set balance_fen = account.balance_fen + moved.fen
    from (select account_id, sum(amount_fen)::bigint as fen from added group by account_id) moved
    where account.id = moved.account_id;
    return null;
end $$;
create trigger entries_post after insert on funds_entry
    referencing new table as added for each statement execute function funds_entries_post();

create function funds_account_guard() returns trigger language plpgsql as $$
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
create trigger account_guard before insert or update or delete on funds_account
    for each row execute function funds_account_guard();
"""

TRANSFERS = """
create function funds_transfer_whole() returns trigger language plpgsql as $$
declare
    subject bigint;
    total numeric;
    found integer;
    wanted integer;
begin
    if tg_table_name = 'funds_transfer' then subject := new.id; else subject := new.transfer_id; end if;
    select entry_count into wanted from funds_transfer where id = subject;
    select coalesce(sum(amount_fen), 0), count(*) into total, found from funds_entry where transfer_id = subject;
    if found <> wanted then
        raise exception 'transfer % has % entries, not %', subject, found, wanted using errcode = 'check_violation';
    end if;
    if total <> 0 then
        raise exception 'transfer % sums to % fen, not to zero', subject, total using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger transfer_whole after insert on funds_transfer
    deferrable initially deferred for each row execute function funds_transfer_whole();
create constraint trigger entry_whole after insert on funds_entry
    deferrable initially deferred for each row execute function funds_transfer_whole();
"""

# Money of a source is spent on its purposes only, and the refusal names the rule; payments keep the place and source they are
# paid from. The rules stand as they were worded when this was written.
SOURCES = """
create function funds_source_rule(kind text) returns text language sql immutable as $$
    select case kind 
        when 'budget' then '《预算法》第十三条：未列入预算的不得支出'
        when 'transfer' then '《预算法》第十六条：专项转移支付用于规定的特定事项'
        when 'bond' then '《预算法》第三十五条：债务只能用于公益性资本支出，不得用于经常性支出'
        when 'livelihood_fund' then '基金章程：只用于章程载明的用途'
        when 'donation' then '《公益事业捐赠法》第十八条：按捐赠协议约定的用途使用，不得擅自改变'
        when 'partnership' then '合作合同：只用于合同约定的项目'
    end
$$;

create function funds_source_guard() returns trigger language plpgsql as $$
begin
    if jsonb_typeof(new.purposes) <> 'array' or exists (
        select from jsonb_array_elements(new.purposes) purpose
        where jsonb_typeof(purpose) <> 'string' or purpose #>> '{}' in ('', 'pool')
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
create trigger payment_source before insert or update on funds_payment for each row execute function funds_payment_source();
"""

# A transfer stays inside one year and one source and goes one step of the way down or back; a closed year stays closed.
# Who spends off a programme: the payment of a signed settlement, approved, with its whole amount, on its own fund, whose
# money is of the contract's place.
STEPS = """
create function funds_transfer_within() returns trigger language plpgsql as $$
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
        when 'spend' then giver.leg = 'budget' and taker.leg = 'paid'
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
    -- Two questions, one inside the other: a condition that looks into tables makes them ready each time it is reached.
    if new.reason = 'spend' then
        if not (giver.purpose like 'project:%' or exists (
                select from funds_servicepayment served
                join delivery_settlement settlement on settlement.id = served.settlement_id
                join supply_servicecontract contract on contract.number = settlement.contract_id
                join funds_entry spent on spent.transfer_id = new.id and spent.amount_fen = served.amount_fen
                where new.key = 'spend:service:' || served.settlement_id and served.approved_by_id is not null
                  and starts_with(contract.division, giver.place)
                  and (served.line, served.year, served.policy, served.payer, served.source)
                      = (giver.line, giver.year, giver.purpose, giver.place, giver.source))) then
            raise exception 'transfer % (%) does not go from % to %', new.key, new.reason, giver.code, taker.code
                using errcode = 'check_violation';
        end if;
    end if;
    return null;
end $$;
create constraint trigger transfer_within after insert on funds_transfer
    deferrable initially deferred for each row execute function funds_transfer_within();
"""
