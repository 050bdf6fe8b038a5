"""A payment moves as the table says, keeps its amount and payee, and each move stands in the ledger; two persons release a batch."""

# A card is kept only from the moment on when the payment is sent.
PAYMENTS = """
create function funds_payment_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'payment % cannot be removed', old.id using errcode = 'restrict_violation';
    end if;
    if tg_op = 'INSERT' then
        if new.state <> 'approved' then
            raise exception 'payment % starts as %, not approved', new.id, new.state using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if (new.id, new.order_id, new.component, new.line, new.year, new.policy, new.payee_id, new.amount_fen, new.card_sealed)
            is distinct from
            (old.id, old.order_id, old.component, old.line, old.year, old.policy, old.payee_id, old.amount_fen, case when old.state = 'approved' then new.card_sealed else old.card_sealed end) then
        raise exception 'payment % keeps its amount, fund, payee and card', old.id using errcode = 'restrict_violation';
    end if;
    if old.state <> 'approved' and new.batch_id is distinct from old.batch_id then
        raise exception 'payment % stays in the batch it was sent in', old.id using errcode = 'restrict_violation';
    end if;
    if new.state <> old.state and (old.state, new.state) not in (
        ('approved', 'sending'), ('sending', 'settled'), ('sending', 'returned'), ('sending', 'unknown'),
        ('unknown', 'settled'), ('unknown', 'returned'), ('unknown', 'sending'), ('settled', 'returned')
    ) then
        raise exception 'payment % cannot go from % to %', old.id, old.state, new.state using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger payment_guard before insert or update or delete on funds_payment
    for each row execute function funds_payment_guard();

create function funds_payment_posted() returns trigger language plpgsql as $$
declare
    posting text;
begin
    posting := case
        when tg_op = 'INSERT' then 'commit'
        when new.state = 'sending' and old.state = 'approved' then 'send'
        when new.state = 'settled' then 'settle'
        when new.state = 'returned' and old.state = 'settled' then 'return_late'
        when new.state = 'returned' then 'return'
    end;
    if posting is not null and not exists (select from funds_transfer where key = new.id || ':' || posting) then
        raise exception 'payment % is % without a % in the ledger', new.id, new.state, posting using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger payment_committed after insert on funds_payment
    deferrable initially deferred for each row execute function funds_payment_posted();
create constraint trigger payment_posted after update of state on funds_payment
    deferrable initially deferred for each row when (new.state <> old.state) execute function funds_payment_posted();
"""

# The id is what keeps a bank from paying twice, so the database works it out anew.
NAMED = """
create function funds_payment_named() returns trigger language plpgsql as $$
declare
    name text;
begin
    select orders.grant_id || '|' || orders.period || '|' || new.component into name
    from delivery_order orders where orders.id = new.order_id;
    if new.id is distinct from upper(left(encode(sha256(convert_to(name, 'UTF8')), 'hex'), 32)) then
        raise exception 'payment % has not the id of its order', new.id using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger payment_named before insert on funds_payment
    for each row execute function funds_payment_named();
"""

# A batch is released by as many persons as it needs, never by who prepared it.
BATCHES = """
create function funds_batch_guard() returns trigger language plpgsql as $$
declare
    given integer;
begin
    if tg_op = 'DELETE' then
        raise exception 'batch % cannot be removed', old.number using errcode = 'restrict_violation';
    end if;
    if tg_op = 'INSERT' then
        if new.state <> 'prepared' then
            raise exception 'batch % starts as %, not prepared', new.number, new.state using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if (new.number, new.line, new.year, new.purpose, new.prepared_at, new.prepared_by_id)
            is distinct from (old.number, old.line, old.year, old.purpose, old.prepared_at, old.prepared_by_id)
            or new.total_fen > old.total_fen or new.count > old.count or new.approvals_needed < old.approvals_needed
            or (old.state in ('sent', 'closed') and (new.total_fen, new.count) is distinct from (old.total_fen, old.count)) then
        raise exception 'batch % does not grow, nor need fewer persons', old.number using errcode = 'restrict_violation';
    end if;
    if new.state <> old.state then
        if (old.state, new.state) not in (('prepared', 'released'), ('released', 'sent'), ('released', 'closed'), ('sent', 'closed')) then
            raise exception 'batch % cannot go from % to %', old.number, old.state, new.state using errcode = 'restrict_violation';
        end if;
        if new.state = 'released' then
            select count(*) into given from funds_batchapproval where batch_id = new.id;
            if given < new.approvals_needed then
                raise exception 'batch % has % of % approvals', old.number, given, new.approvals_needed using errcode = 'restrict_violation';
            end if;
        end if;
    end if;
    return new;
end $$;
create trigger batch_guard before insert or update or delete on funds_batch
    for each row execute function funds_batch_guard();

create function funds_approval_guard() returns trigger language plpgsql as $$
begin
    if exists (select from funds_batch where id = new.batch_id and prepared_by_id = new.by_id) then
        raise exception 'who prepared a batch does not approve it' using errcode = 'restrict_violation';
    end if;
    if not exists (select from funds_batch where id = new.batch_id and state = 'prepared') then
        raise exception 'a batch is approved before it is released' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger approval_guard before insert on funds_batchapproval
    for each row execute function funds_approval_guard();
"""

MESSAGES = """
create function funds_message_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or (new.outgoing, new.kind, new.name, new.sha256, new.batch_id, new.content_sealed)
            is distinct from (old.outgoing, old.kind, old.name, old.sha256, old.batch_id, old.content_sealed) then
        raise exception 'bank message % stays as it was', old.name using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger message_guard before update or delete on funds_bankmessage
    for each row execute function funds_message_guard();
"""

# Holds by a finding that a person releases.
RELEASES = """
create function funds_holdrelease_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['state', 'decided_at', 'decided_by_id', 'decision', 'undone_at'];
begin
    if tg_op = 'DELETE' or to_jsonb(new) - later is distinct from to_jsonb(old) - later
            or (old.state, new.state) not in (('proposed', 'released'), ('proposed', 'refused'), ('released', 'undone'))
            or old.state = 'released' and (old.decided_at, old.decided_by_id, old.decision)
                is distinct from (new.decided_at, new.decided_by_id, new.decision) then
        raise exception 'release % keeps what was proposed and decided', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger holdrelease_guard before update or delete on funds_holdrelease
    for each row execute function funds_holdrelease_guard();
"""

# Questions to the bank about cards; the bank's word that it did not pay.
CARDS = """
create function funds_cardcheck_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['state', 'reason', 'times', 'asked_at', 'answered_at'];
begin
    if tg_op = 'INSERT' then
        if new.state <> 'asked' then
            raise exception 'check % starts as %, not asked', new.id, new.state using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if tg_op = 'DELETE' or to_jsonb(new) - later is distinct from to_jsonb(old) - later
            or new.state <> old.state and (old.state, new.state) not in (
                ('asked', 'verified'), ('asked', 'refused'), ('asked', 'unknown'), ('unknown', 'asked'),
                ('unknown', 'verified'), ('unknown', 'refused'), ('verified', 'refused')
            ) then
        raise exception 'check % keeps what was asked and answered', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger cardcheck_guard before insert or update or delete on funds_cardcheck
    for each row execute function funds_cardcheck_guard();

create function funds_notpaid_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['state', 'decided_at', 'decided_by_id', 'decision'];
begin
    if tg_op = 'DELETE' or to_jsonb(new) - later is distinct from to_jsonb(old) - later
            or (old.state, new.state) not in (('proposed', 'confirmed'), ('proposed', 'refused')) then
        raise exception 'the word of the bank % keeps what was said and decided', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger notpaid_guard before update or delete on funds_notpaid
    for each row execute function funds_notpaid_guard();
"""

# Payments to providers rest on a signed settlement, never change, and stand in the ledger.
SERVICES = """
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
