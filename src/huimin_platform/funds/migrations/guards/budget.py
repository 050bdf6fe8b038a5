"""What was proposed, signed, registered, drawn or published about budgets never changes, and stands in the ledger."""

# An allocation keeps its content and stands in the ledger once it is signed.
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

# What was registered or spent never changes, and what is approved stands in the ledger.
PROJECTS = """
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

APPRAISALS = """
create function funds_appraisal_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['state', 'published_at', 'published_by_id'];
begin
    if old.state = 'open' then later := later || array['result', 'opinion', 'closed_at']; end if;
    if tg_op = 'DELETE' or old.state = 'published' or to_jsonb(new) - later is distinct from to_jsonb(old) - later
            or new.state = 'open' and old.state <> 'open' then
        raise exception 'appraisal % keeps what was drawn and found', old.number using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger appraisal_guard before update or delete on funds_appraisal for each row execute function funds_appraisal_guard();

create function funds_appraisedunit_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or to_jsonb(new) - array['state', 'reason'] is distinct from to_jsonb(old) - array['state', 'reason']
            or old.state = 'absent' or old.state = 'answered' and new.state <> 'answered'
            or (select state from funds_appraisal where id = old.appraisal_id) <> 'open' then
        raise exception 'unit % of an appraisal keeps its place in the sample', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger appraisedunit_guard before update or delete on funds_appraisedunit
    for each row execute function funds_appraisedunit_guard();

create function funds_shortcoming_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['answer', 'answered_at', 'answered_by_id'];
begin
    if tg_op = 'DELETE' or old.answer <> '' or to_jsonb(new) - later is distinct from to_jsonb(old) - later then
        raise exception 'shortcoming % keeps what was found and answered', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger shortcoming_guard before update or delete on funds_shortcoming
    for each row execute function funds_shortcoming_guard();
"""

FORMULAS = """
create function funds_formulatext_guard() returns trigger language plpgsql as $$
declare
    later text[] := array['state', 'decided_at', 'decided_by_id', 'decision'];
begin
    if tg_op = 'DELETE' or old.state <> 'proposed' or to_jsonb(new) - later is distinct from to_jsonb(old) - later then
        raise exception 'formula % keeps what was proposed and decided', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger formulatext_guard before update or delete on funds_formulatext
    for each row execute function funds_formulatext_guard();
"""
