"""What stands behind a spending is asked of spendings alone: within the list of moves it was asked of every transfer."""

from importlib import import_module

from django.db import migrations

services = import_module("huimin_platform.funds.migrations.0016_service_payment_guards")

ASKED_OF_ALL = f" and {services.PROVIDER}\n"
ASKED_OF_SPENDINGS = f"""
    -- Two questions, one inside the other: a condition that looks into tables makes them ready each time it is reached.
    if new.reason = 'spend' then
        if not {services.PROVIDER} then
            raise exception 'transfer % (%) does not go from % to %', new.key, new.reason, giver.code, taker.code
                using errcode = 'check_violation';
        end if;
    end if;
    return null;
end $$;
"""
END = """
    return null;
end $$;
"""
assert services.WITHIN.count(ASKED_OF_ALL) == 1 and services.WITHIN.endswith(END)
WITHIN = services.WITHIN.replace(ASKED_OF_ALL, "\n").removesuffix(END) + ASKED_OF_SPENDINGS


class Migration(migrations.Migration):
    dependencies = [("funds", "0016_service_payment_guards")]

    operations = [migrations.RunSQL(WITHIN, services.WITHIN)]
