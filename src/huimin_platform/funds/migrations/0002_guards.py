"""What must always hold of money, held by the database.

Transfers sum to zero and are whole; balances follow the entries and no fund goes below zero; a payment moves as the
table says, keeps its amount and payee, and each move stands in the ledger; a batch is released by as many persons as
it needs, never by who prepared it.
"""

from django.db import migrations

from huimin_platform.base.migrations_operations import AppendOnly

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
    if pg_trigger_depth() < 2 or (new.code, new.line, new.year, new.purpose, new.leg)
            is distinct from (old.code, old.line, old.year, old.purpose, old.leg) then
        raise exception 'account % is changed by entries only', old.code using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger account_guard before insert or update or delete on funds_account
    for each row execute function funds_account_guard();
"""
BALANCES_BACK = """
drop trigger entries_post on funds_entry; drop function funds_entries_post();
drop trigger account_guard on funds_account; drop function funds_account_guard();
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
TRANSFERS_BACK = """
drop trigger transfer_whole on funds_transfer; drop trigger entry_whole on funds_entry; drop function funds_transfer_whole();
"""

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
            (old.id, old.order_id, old.component, old.line, old.year, old.policy, old.payee_id, old.amount_fen, old.card_sealed) then
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
PAYMENTS_BACK = """
drop trigger payment_guard on funds_payment; drop function funds_payment_guard();
drop trigger payment_committed on funds_payment; drop trigger payment_posted on funds_payment; drop function funds_payment_posted();
"""

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
BATCHES_BACK = """
drop trigger batch_guard on funds_batch; drop function funds_batch_guard();
drop trigger approval_guard on funds_batchapproval; drop function funds_approval_guard();
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
MESSAGES_BACK = "drop trigger message_guard on funds_bankmessage; drop function funds_message_guard();"


class Migration(migrations.Migration):
    dependencies = [("funds", "0001_initial"), ("base", "0001_initial")]

    operations = [
        AppendOnly("funds_transfer"),
        AppendOnly("funds_entry"),
        AppendOnly("funds_paymentmove"),
        AppendOnly("funds_batchapproval"),
        migrations.RunSQL(BALANCES, BALANCES_BACK),
        migrations.RunSQL(TRANSFERS, TRANSFERS_BACK),
        migrations.RunSQL(PAYMENTS, PAYMENTS_BACK),
        migrations.RunSQL(BATCHES, BATCHES_BACK),
        migrations.RunSQL(MESSAGES, MESSAGES_BACK),
    ]
