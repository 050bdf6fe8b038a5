"""A payment has the id of its order, and each of its transfers goes where it must, with its whole amount.

The id is what keeps a bank from paying twice, so the database works it out anew; every transfer of a payment or a demand
names the version of the policy it follows.
"""

from django.db import migrations, models

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
NAMED_BACK = "drop trigger payment_named on funds_payment; drop function funds_payment_named();"

# The function as it was; what a payment's transfers are asked besides goes between its two parts.
WITHIN_HEAD = """
create or replace function funds_transfer_within() returns trigger language plpgsql as $$
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
"""
LEGS_AND_AMOUNT = """\
        if (new.reason, giver.leg, taker.leg) not in (
            ('commit', 'budget', 'commit'), ('send', 'commit', 'transit'), ('settle', 'transit', 'paid'),
            ('return', 'transit', 'budget'), ('return_late', 'paid', 'budget')
        ) then
            raise exception 'transfer % (%) does not go from % to %', new.key, new.reason, giver.code, taker.code
                using errcode = 'check_violation';
        end if;
        if payer.amount_fen is distinct from (select amount_fen from funds_entry where transfer_id = new.id and amount_fen > 0) then
            raise exception 'transfer % does not move the amount of payment %', new.key, new.payment_id using errcode = 'check_violation';
        end if;
"""
WITHIN_TAIL = """\
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
"""
WITHIN, WITHIN_BACK = WITHIN_HEAD + LEGS_AND_AMOUNT + WITHIN_TAIL, WITHIN_HEAD + WITHIN_TAIL


class Migration(migrations.Migration):
    dependencies = [("funds", "0008_appraisals"), ("delivery", "0001_initial")]

    operations = [
        migrations.RunSQL(NAMED, NAMED_BACK),
        migrations.RunSQL(WITHIN, WITHIN_BACK),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reason__in", ["appropriate", "allocate", "assign", "take_back", "spend"]),
                    models.Q(("policy_version", ""), _negated=True),
                    _connector="OR",
                ),
                name="transfer_names_its_version",
            ),
        ),
    ]
