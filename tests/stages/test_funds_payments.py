"""From an order to a card: held, approved, batched, released, sent, settled or returned."""

from datetime import timedelta

import pytest
from tests.stages.funds_world import (
    AT,
    COUNTY,
    TODAY,
    Bank,
    make_finance,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
    set_house_rules,
)

from huimin_platform.base import access, audit
from huimin_platform.base.models import AuditLine
from huimin_platform.delivery.models import Order
from huimin_platform.funds import actions, answers, books, exchange, queries, steps
from huimin_platform.funds.models import Account, BankMessage, Batch, Difference, Hold, Payment, PaymentMove
from huimin_platform.matching.models import Finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def rules(monkeypatch):
    """Sets the house rules for a test: rules(two_persons_yuan=50)."""

    def change(**values):
        set_house_rules(monkeypatch, **values)

    change(two_persons_yuan=10**9)
    return change


@pytest.fixture
def world(rules):
    return make_world()


@pytest.fixture
def finance():
    return make_finance("finance-a")


@pytest.fixture
def bank(settings):
    return Bank(settings.HUIMIN_EXCHANGE)


@pytest.fixture
def money(finance):
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=1_000_000, key="1", at=AT, by=finance)


def advance(at=AT):
    return steps.advance(today=at.date(), at=at, progress=lambda text: None)


def order(world, number=1, **options):
    person = make_person(world, number, **options)
    return make_order(make_grant(world, make_household(world, person)))


def release_all(finance, at=AT):
    for batch in Batch.objects.filter(state="prepared"):
        actions.approve_batch(batch=batch.number, at=at, by=finance)


def sent(world, finance, bank, count=1):
    """Orders whose payments are with the bank; their ids."""
    for number in range(count):
        order(world, number)
    advance()
    release_all(finance)
    advance()
    return bank.collect()


def legs():
    return dict(Account.objects.values_list("leg", "balance_fen"))


def test_without_a_budget_a_payment_waits_and_says_so(world, finance) -> None:
    order(world)
    assert advance()["held"] == 1
    assert advance()["held"] == 0
    assert Hold.objects.get().reason == "no_budget"
    assert [(fund.purpose, fund.year, fen) for fund, fen in queries.missing_budget(finance)] == [
        ("medical_aid", 2026, 10_000)
    ]


def test_an_order_goes_all_the_way(world, finance, money, bank) -> None:
    made = order(world)
    assert advance()["batches"] == 1
    batch = Batch.objects.get()
    assert (batch.state, batch.approvals_needed, batch.total_fen) == ("prepared", 1, 10_000)
    actions.approve_batch(batch=batch.number, at=AT, by=finance)
    assert advance()["sent"] == 1
    [payment] = bank.collect()
    assert legs()["transit"] == 10_000
    bank.pay(payment)
    bank.report({payment: ("ACSC", "")})
    counts = advance()
    assert (counts["settled"], counts["closed"]) == (1, 1)
    assert legs() == {"treasury": -1_000_000, "budget": 990_000, "commit": 0, "transit": 0, "paid": 10_000}
    assert Payment.objects.get().state == "settled"
    assert Order.objects.get(pk=made.pk).state == "paid"
    assert list(PaymentMove.objects.order_by("pk").values_list("move", flat=True)) == [
        "approve",
        "send",
        "settle",
    ]
    assert books.disagreements() == {}
    assert list(queries.settled_since(AT)) == [Payment.objects.get()]


def test_a_rerun_changes_nothing(world, finance, money, bank) -> None:
    sent(world, finance, bank, 3)
    before = (AuditLine.objects.count(), PaymentMove.objects.count(), BankMessage.objects.count())
    counts = advance()
    assert not any(counts.values()), counts
    assert (AuditLine.objects.count(), PaymentMove.objects.count(), BankMessage.objects.count()) == before


def test_the_bank_gets_card_and_name_and_the_database_keeps_them_sealed(
    world, finance, money, settings
) -> None:
    made = order(world)
    advance()
    release_all(finance)
    advance()
    [path] = (settings.HUIMIN_EXCHANGE / "out").iterdir()
    text = path.read_text()
    card = f"6217000000{made.payee_id:09d}"
    assert card in text
    assert made.payee.name in text
    assert card.encode() not in bytes(Payment.objects.get().card_sealed)
    assert card.encode() not in bytes(BankMessage.objects.get().content_sealed)


@pytest.mark.parametrize(
    ("options", "reason"), [({"card": False}, "no_card"), ({"died_on": TODAY}, "payee_dead")]
)
def test_nobody_dead_or_without_a_card_is_paid(world, money, options, reason) -> None:
    order(world, **options)
    assert advance()["payments"] == 0
    assert Hold.objects.get().reason == reason


def test_a_hold_is_lifted_when_its_reason_is_gone(world, money) -> None:
    made = order(world, died_on=TODAY)
    advance()
    made.payee.died_on = None
    made.payee.save()
    assert advance()["payments"] == 1
    assert Hold.objects.get().lifted_at == AT


def finding(made, state="open", kind="paid_after_death"):
    return Finding.objects.create(key=kind, kind=kind, person=made.payee, state=state, found_on=TODAY)


def test_an_open_finding_holds_and_a_dismissed_one_does_not(world, money) -> None:
    found = finding(order(world))
    advance()
    assert Hold.objects.get().reason == "finding"
    found.state, found.decided_at = "dismissed", AT
    found.save()
    assert advance()["payments"] == 1


def test_what_becomes_known_after_the_release_still_stops_the_payment(
    world, finance, money, settings
) -> None:
    stopped, _ = order(world, 1), order(world, 2)
    advance()
    release_all(finance)
    finding(stopped)
    assert advance()["sent"] == 1
    batch = Batch.objects.get()
    assert (batch.count, batch.total_fen, batch.state) == (1, 10_000, "sent")
    held = Payment.objects.get(order=stopped)
    assert (held.state, held.batch) == ("approved", None)
    assert held.pk not in (settings.HUIMIN_EXCHANGE / "out" / f"{batch.number}.xml").read_text()
    assert books.disagreements() == {}


def test_a_batch_of_nobody_is_closed_without_a_file(world, finance, money) -> None:
    made = order(world)
    advance()
    release_all(finance)
    finding(made)
    assert advance()["sent"] == 0
    assert Batch.objects.get().state == "closed"
    assert not BankMessage.objects.exists()


def test_the_budget_reaches_as_far_as_it_reaches(world, finance) -> None:
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=25_000, key="1", at=AT, by=finance)
    for number in range(3):
        order(world, number)
    counts = advance()
    assert (counts["payments"], counts["held"]) == (2, 1)
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=5_000, key="2", at=AT, by=finance)
    assert advance()["payments"] == 1
    assert not Hold.objects.filter(lifted_at=None).exists()


def test_money_of_another_year_is_not_used(world, finance) -> None:
    actions.appropriate(year=2025, purpose="medical_aid", amount_fen=25_000, key="1", at=AT, by=finance)
    order(world)
    assert advance()["payments"] == 0


# Two people


def test_above_the_threshold_two_people_approve(world, finance, money, rules) -> None:
    rules(two_persons_yuan=50)
    order(world)
    advance()
    batch = Batch.objects.get()
    assert batch.approvals_needed == 2
    actions.approve_batch(batch=batch.number, at=AT, by=finance)
    again = actions.approve_batch(batch=batch.number, at=AT, by=finance)
    assert (again.state, again.approvals.count()) == ("prepared", 1)
    assert advance()["sent"] == 0
    released = actions.approve_batch(batch=batch.number, at=AT, by=make_finance("finance-b"))
    assert released.state == "released"
    assert advance()["sent"] == 1


def test_the_database_counts_the_approvals_too(world, finance, money, rules) -> None:
    from django.db import DatabaseError, transaction

    rules(two_persons_yuan=50)
    order(world)
    advance()
    with pytest.raises(DatabaseError, match="0 of 2 approvals"), transaction.atomic():
        Batch.objects.update(state="released")
    with pytest.raises(DatabaseError, match="need fewer persons"), transaction.atomic():
        Batch.objects.update(approvals_needed=0)


def test_who_prepared_a_batch_does_not_approve_it(world, finance, money) -> None:
    from django.db import DatabaseError, connection, transaction

    order(world)
    advance()
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table funds_batch disable trigger batch_guard")
        cursor.execute("update funds_batch set prepared_by_id = %s", [finance.pk])
        cursor.execute("alter table funds_batch enable trigger batch_guard")
    batch = Batch.objects.get()
    with pytest.raises(actions.NotNow):
        actions.approve_batch(batch=batch.number, at=AT, by=finance)
    with pytest.raises(DatabaseError, match="does not approve it"), transaction.atomic():
        batch.approvals.create(by=finance, at=AT)


def test_only_finance_approves(world, money, make_user) -> None:
    order(world)
    advance()
    for role in ("county", "auditor", "leader", "operator"):
        with pytest.raises(access.NotAllowed):
            actions.approve_batch(batch=Batch.objects.get().number, at=AT, by=make_user(role))


def test_a_small_batch_is_released_by_rule_where_the_rule_says_so(world, money, rules) -> None:
    rules(auto_release_yuan=100)
    order(world)
    assert advance()["sent"] == 1
    batch = Batch.objects.get()
    assert batch.approvals_needed == 0
    assert "100" in audit.looks("batch", batch.number).get(action="releases").details["rule"]["zh"]


def test_large_runs_are_cut_into_batches(world, money, rules) -> None:
    rules(batch_payments=2, two_persons_yuan=10**9)
    for number in range(5):
        order(world, number)
    assert advance()["batches"] == 3
    assert sorted(Batch.objects.values_list("count", flat=True)) == [1, 2, 2]


# What the bank says


def test_a_rejected_payment_comes_back_to_the_budget_and_to_the_desk(world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    bank.report({payment: ("RJCT", "AC04")})
    assert advance()["returned"] == 1
    assert (legs()["budget"], legs()["transit"]) == (1_000_000, 0)
    found = Difference.objects.get()
    assert (found.kind, found.details["code"], found.state) == ("returned", "AC04", "open")
    assert Order.objects.get().state == "returned"
    assert advance()["payments"] == 0


def test_money_that_bounces_days_later_comes_back(world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    bank.report({payment: ("ACSC", "")})
    advance()
    bank.statement([(payment, 10_000, False, ""), (payment, 10_000, True, "AC04")])
    assert advance(AT + timedelta(days=4))["returned"] == 1
    assert (legs()["paid"], legs()["budget"]) == (0, 1_000_000)
    assert Payment.objects.get().return_code == "AC04"


def test_a_returned_payment_is_paid_anew_only_when_somebody_says_so(world, finance, money, bank) -> None:
    [first] = sent(world, finance, bank)
    bank.report({first: ("RJCT", "AC01")})
    advance()
    actions.reissue(payment=first, reason="账号已更正", at=AT, by=finance)
    assert advance()["payments"] == 1
    actions.reissue(payment=first, reason="账号已更正", at=AT, by=finance)
    assert not advance()["payments"]
    release_all(finance)
    advance()
    [second] = bank.collect()
    assert second != first
    assert Payment.objects.get(pk=second).component == "2"
    assert Difference.objects.get().state == "closed"


def test_a_pending_answer_changes_nothing(world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    bank.report({payment: ("PDNG", "")})
    advance()
    assert Payment.objects.get().state == "sending"


def test_answers_repeated_and_replayed_count_once(world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    said = bank.report({payment: ("ACSC", "")})
    bank.again(said)
    bank.report({payment: ("ACSC", "")})
    assert advance()["settled"] == 1
    bank.again(said)
    assert advance()["settled"] == 0
    assert legs()["paid"] == 10_000
    assert not Difference.objects.exists()


def test_a_bank_that_is_silent_leaves_the_outcome_unknown(world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    assert advance(AT + timedelta(days=2))["unknown"] == 0
    assert advance(AT + timedelta(days=4))["unknown"] == 1
    assert Payment.objects.get().state == "unknown"
    assert legs()["transit"] == 10_000
    found = Difference.objects.get()
    assert found.kind == "no_answer"
    with pytest.raises(actions.NotNow):
        actions.close_difference(difference=found.pk, reason="?", at=AT, by=finance)
    bank.pay(payment)
    bank.statement([(payment, 10_000, False, "")])
    assert advance(AT + timedelta(days=5))["settled"] == 1
    assert Difference.objects.get().state == "closed"


def test_what_is_unknown_is_sent_again_under_the_same_id(world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    later = AT + timedelta(days=4)
    advance(later)
    batch = Batch.objects.get()
    assert actions.resend(batch=batch.number, reason="银行未收到", at=later, by=finance) == 1
    assert advance(later)["files_written"] == 1
    assert bank.collect() == []
    assert list(bank.seen) == [payment]
    assert Payment.objects.get().state == "sending"
    assert not Difference.objects.filter(state="open").exists()


def test_a_bank_that_pays_repeats_is_not_sent_anything_twice(world, finance, money, bank, rules) -> None:
    rules(bank_removes_repeats=False, two_persons_yuan=10**9)
    sent(world, finance, bank)
    later = AT + timedelta(days=4)
    advance(later)
    with pytest.raises(actions.NotNow):
        actions.resend(batch=Batch.objects.get().number, reason="x", at=later, by=finance)


def test_a_bank_that_pays_repeats_is_asked_again_after_its_statement_closed_the_day(
    world, finance, money, bank, rules, settings
) -> None:
    rules(bank_removes_repeats=False, two_persons_yuan=10**9)
    first, second = sent(world, finance, bank, 2)
    later = AT + timedelta(days=4)
    bank.pay(first)
    bank.statement([(first, 10_000, False, "")], days=(TODAY, TODAY + timedelta(days=3)), numbers=[1])
    advance(later)
    batch = Batch.objects.get()
    assert actions.resend(batch=batch.number, reason="当日对账单无此笔", at=later, by=finance) == 1
    advance(later)
    [path] = (settings.HUIMIN_EXCHANGE / "out").iterdir()
    assert path.name == f"{batch.number}-2.xml"
    assert second in path.read_text()
    assert first not in path.read_text()
    bank.collect()
    bank.pay(second)
    bank.report({second: ("ACSC", "")})
    assert advance(later)["settled"] == 1


def test_no_answer_twice_is_on_the_desk_twice(world, finance, money, bank) -> None:
    sent(world, finance, bank)
    later = AT + timedelta(days=4)
    advance(later)
    actions.resend(batch=Batch.objects.get().number, reason="银行未收到", at=later, by=finance)
    advance(later)
    advance(later + timedelta(days=4))
    assert Difference.objects.filter(kind="no_answer", state="open").count() == 1


def test_a_payment_debited_twice_on_statements_is_an_alarm(world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    bank.statement([(payment, 10_000, False, "")], days=(TODAY, TODAY), numbers=[1])
    bank.statement([(payment, 10_000, False, "")], days=(TODAY, TODAY), numbers=[1])
    advance()
    assert not Difference.objects.exists()
    bank.statement([(payment, 10_000, False, "")], days=(TODAY, TODAY), numbers=[2])
    advance()
    assert Difference.objects.get().kind == "debited_twice"
    assert legs()["paid"] == 10_000


def test_what_the_bank_reports_and_does_not_state_is_on_the_desk(world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    bank.report({payment: ("ACSC", "")})
    advance()
    bank.statement([], days=(TODAY, TODAY), numbers=[])
    advance(AT + timedelta(days=1))
    assert Difference.objects.get(state="open").kind == "not_on_statement"
    bank.statement([(payment, 10_000, False, "")], days=(TODAY, TODAY), numbers=[1])
    advance(AT + timedelta(days=2))
    assert not Difference.objects.filter(state="open").exists()


def test_a_file_cut_short_before_a_bank_that_pays_repeats_waits_for_a_person(
    world, finance, money, rules, monkeypatch
) -> None:
    rules(bank_removes_repeats=False, two_persons_yuan=10**9)
    order(world)
    advance()
    release_all(finance)
    monkeypatch.setattr(
        exchange, "_write_whole", lambda path, data: (_ for _ in ()).throw(OSError("no power"))
    )
    with pytest.raises(OSError, match="no power"):
        advance()
    monkeypatch.undo()
    rules(bank_removes_repeats=False, two_persons_yuan=10**9)
    assert advance()["files_written"] == 0
    assert Payment.objects.get().state == "unknown"
    assert Difference.objects.get().kind == "no_answer"


def test_a_malformed_file_is_refused_whole_and_shown(world, finance, money, bank, settings) -> None:
    [payment] = sent(world, finance, bank)
    name = bank.report({payment: ("ACSC", "")})
    path = settings.HUIMIN_EXCHANGE / "in" / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    counts = advance()
    assert (counts["settled"], counts["files_read"]) == (0, 1)
    assert Difference.objects.get().kind == "malformed"
    assert "整个文件未采用" in BankMessage.objects.get(outgoing=False).problem["zh"]
    assert advance()["files_read"] == 0
    path.write_bytes(whole)
    assert advance()["settled"] == 1


def test_a_refused_file_goes_back_as_it_came_and_on_record(
    world, finance, money, bank, settings, client, make_user
) -> None:
    [payment] = sent(world, finance, bank)
    path = settings.HUIMIN_EXCHANGE / "in" / bank.report({payment: ("ACSC", "")})
    broken = path.read_bytes()[:-30]
    path.write_bytes(broken)
    advance()
    found = Difference.objects.get()
    address = f"/differences/{found.pk}/file/"
    for role, status in (
        ("auditor", 200),
        ("finance", 200),
        ("leader", 403),
        ("county", 403),
        ("operator", 403),
    ):
        client.force_login(make_user(role, division=COUNTY))
        answer = client.post(address)
        assert answer.status_code == status, role
        assert client.get(address).status_code in (403, 405)
    client.force_login(make_user("auditor", division=COUNTY, language="en"))
    assert "send it back to the bank" in client.get("/exceptions/").content.decode()
    answer = client.post(address)
    assert b"".join(answer.streaming_content) == broken
    assert path.name in answer["Content-Disposition"]
    assert answer["Content-Disposition"].startswith("attachment")
    lines = AuditLine.objects.filter(action="downloads", kind="bank_message", purpose="sends_back")
    assert [line.details["name"] for line in lines] == [path.name] * 3
    # One that is about a payment has no file to send back.
    other = Difference.objects.create(key="x", kind="returned", payment=Payment.objects.get(), opened_at=AT)
    assert client.post(f"/differences/{other.pk}/file/").status_code == 404


def test_who_works_for_a_part_of_the_house_takes_no_file_that_nobody_could_read(
    world, finance, money, bank, settings, client, make_user
) -> None:
    [payment] = sent(world, finance, bank)
    path = settings.HUIMIN_EXCHANGE / "in" / bank.report({payment: ("ACSC", "")})
    path.write_bytes(path.read_bytes()[:-30])
    advance()
    number = Difference.objects.get().pk
    client.force_login(make_user("finance", division="330182000000"))
    # While somebody of another county looks after it, it is not there at all.
    assert client.post(f"/differences/{number}/file/").status_code == 404
    Difference.objects.update(owner=None)
    page = client.post(f"/differences/{number}/file/", follow=True).content.decode()
    assert "全系统" in page
    assert f"/differences/{number}/file/" not in page
    assert not AuditLine.objects.filter(action="downloads", kind="bank_message").exists()


def test_what_does_not_fit_is_shown_and_moves_nothing(world, finance, money, bank) -> None:
    first, second, third = sent(world, finance, bank, 3)
    bank.statement([(first, 10_001, False, ""), ("", 500, False, ""), ("F" * 32, 700, False, "")])
    bank.report({second: ("RJCT", "AM05")})
    bank.report({third: ("RJCT", "AC01")})
    advance()
    bank.report({third: ("ACSC", "")})
    advance()
    kinds = sorted(Difference.objects.values_list("kind", flat=True))
    assert kinds == ["amount", "contradiction", "duplicate", "returned", "unknown_payment", "unknown_payment"]
    assert set(Payment.objects.filter(pk__in=[first, second]).values_list("state", flat=True)) == {"sending"}
    assert books.disagreements() == {}


def test_an_answer_about_a_payment_never_sent_is_an_alarm(world, finance, money, bank) -> None:
    order(world)
    advance()
    bank.report({Payment.objects.get().pk: ("ACSC", "")})
    advance()
    assert Difference.objects.get().kind == "not_sent"
    assert Payment.objects.get().state == "approved"


def test_a_batch_refused_as_a_whole_comes_back(world, finance, money, bank, settings) -> None:
    sent(world, finance, bank, 2)
    number = Batch.objects.get().number
    (settings.HUIMIN_EXCHANGE / "in").mkdir(exist_ok=True)
    (settings.HUIMIN_EXCHANGE / "in" / f"{number}.1.pain002.xml").write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>R</MsgId></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{number}</OrgnlMsgId><GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn>"
        "</StsRsnInf></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    )
    assert advance()["returned"] == 2
    assert legs()["transit"] == 0


def test_the_csv_profile_goes_out_and_comes_back(world, finance, money, rules, settings) -> None:
    rules(bank_format="csv", two_persons_yuan=10**9)
    order(world)
    advance()
    release_all(finance)
    advance()
    payment = Payment.objects.get()
    number = payment.batch.number
    assert payment.pk in (settings.HUIMIN_EXCHANGE / "out" / f"{number}.csv").read_text("utf-8-sig")
    (settings.HUIMIN_EXCHANGE / "in").mkdir()
    (settings.HUIMIN_EXCHANGE / "in" / f"{number}.1.answer.csv").write_text(
        f"payment,outcome,reason,amount_yuan,on\n{payment.pk},settled,,100.00,2026-07-02\n"
    )
    assert advance()["settled"] == 1


def test_a_difference_has_an_owner_and_a_reason(world, finance, money, bank) -> None:
    [payment] = sent(world, finance, bank)
    bank.report({payment: ("RJCT", "AC01")})
    advance()
    found = Difference.objects.get()
    assert found.owner == finance  # Who approved the batch.
    colleague = make_finance("finance-b")
    assert actions.own_difference(difference=found.pk, at=AT, by=colleague).owner == colleague
    with pytest.raises(actions.NotNow):
        actions.close_difference(difference=found.pk, reason="  ", at=AT, by=finance)
    closed = actions.close_difference(difference=found.pk, reason="户主去世，不再发放", at=AT, by=finance)
    assert (closed.state, closed.closed_by) == ("closed", finance)


def test_money_of_a_division_is_seen_by_its_own(world, finance, money, bank, make_user) -> None:
    [payment] = sent(world, finance, bank)
    assert queries.payment_for(make_user("county", division=COUNTY), payment) is not None
    assert queries.payment_for(make_user("county", division="330182000000"), payment) is None
    assert queries.payments_of(person_id=Payment.objects.get().payee_id).count() == 1


def test_broken_books_stop_everything(world, finance, money) -> None:
    from django.db import connection

    order(world)
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("update funds_account set balance_fen = 5 where leg = 'transit'")
        cursor.execute("set local session_replication_role = origin")
    with pytest.raises(books.BooksDisagree):
        advance()
    assert not Payment.objects.exists()


def test_nothing_waits_forever_unseen(world, finance, money, bank) -> None:
    """Every payment is settled, returned, with the bank, or on the desk."""
    sent(world, finance, bank, 3)
    advance(AT + timedelta(days=9))
    unknown = Payment.objects.filter(state="unknown")
    assert unknown.count() == Difference.objects.filter(payment__in=unknown, state="open").count() == 3
    assert answers.give_up(at=AT + timedelta(days=9)) == 0
