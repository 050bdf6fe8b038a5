"""A small world for tests of cases, delivery and funds: households with cards, approved cases, grants and
orders.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection

from huimin.funds.cards import check_id
from huimin.funds.payment import payment_id
from huimin_platform.base import secrets
from huimin_platform.base.models import User
from huimin_platform.cases.models import Case, CaseItem
from huimin_platform.delivery.models import Grant, Order
from huimin_platform.funds import (
    actions,
    agenda,
    asking,
    batches,
    confirming,
    exchange,
    limits,
    paying,
    releasing,
    steps,
    verifying,
)
from huimin_platform.funds.card_models import CardCheck
from huimin_platform.funds.models import Batch, Payment
from huimin_platform.intake.models import Delivery, DeliveryFile
from huimin_platform.matching.models import Entitlement, Run
from huimin_platform.registry.models import Fact, Household, Membership, Person

COUNTY = "330127000000"
VILLAGE = "330127208252"
AT = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
TODAY = date(2026, 7, 1)
LATER = AT + timedelta(days=2)


TRACE = {
    "title": {"zh": "医疗救助", "en": "Medical aid"},
    "status": "entitled",
    "amount": [],
    "conditions": [
        {"name": "x", "status": "met", "words": {"zh": "符合", "en": "met"}, "values": [], "children": []}
    ],
}


@dataclass
class World:
    """What was made, to be found again."""

    file: DeliveryFile
    run: Run


def make_world() -> World:
    """A delivery file and a run that facts and entitlements can point to."""
    delivery = Delivery.objects.create(name="test", received_at=AT, by="test", state="received")
    file = DeliveryFile.objects.create(
        delivery=delivery,
        name="册.csv",
        sha256="0" * 64,
        dataset="residents",
        state="accepted",
        rows_accepted=9,
        current=True,
    )
    return World(file, Run.objects.create(at=AT, on=TODAY, inputs="test"))


def make_person(
    world: World,
    number: int,
    *,
    card: bool = True,
    verified: bool = True,
    died_on: date | None = None,
    name: str = "",
    village: str = VILLAGE,
) -> Person:
    """A person with a card that a department has delivered, and that the bank has confirmed."""
    person = Person.objects.create(
        name=name or f"测试{number}", sex="女", born_on=date(1970, 1, 1), division=village, died_on=died_on
    )
    if card:
        digits = f"6217000000{person.pk:09d}"
        person.card_sealed = secrets.seal(digits, "registry.person.card", person.pk)
        person.card_index = secrets.blind_index(digits, "card")
        person.save()
        Fact.objects.create(
            person=person, kind="bank_card", value=1, source_file=world.file, source_line=2, received_at=AT
        )
        if verified:
            verify(person)
    return person


def verify(person: Person) -> CardCheck:
    """The bank has confirmed the card that a person has now."""
    number = person.national_id_index
    id_ = check_id(person.pk, person.card_index.hex(), person.name, number.hex() if number else "", 1)
    made = CardCheck.objects.create(
        id=id_, person=person, name=person.name, card_index=person.card_index, national_id_index=number,
        division=person.division, asked_at=AT,
    )  # fmt: skip
    CardCheck.objects.filter(pk=id_).update(state="verified", answered_at=AT)
    return made


def give_card(person: Person, digits: str) -> None:
    """A department delivers another card of the person."""
    person.card_sealed = secrets.seal(digits, "registry.person.card", person.pk)
    person.card_index = secrets.blind_index(digits, "card")
    person.save(update_fields=["card_sealed", "card_index"])


def make_household(world: World, *people: Person) -> Household:
    """A rural household of these people; the first is its head."""
    household = Household.objects.create(residence="rural", division=people[0].division, head=people[0])
    for position, person in enumerate(people):
        Membership.objects.create(
            person=person,
            household=household,
            relation="户主" if position == 0 else "子女",
            source_file=world.file,
            source_line=position + 2,
        )
    return household


def make_entitlement(
    world: World, household: Household, policy: str = "medical_aid", amount_fen: int | None = 10_000
) -> Entitlement:
    """An entitlement that is current."""
    return Entitlement.objects.create(
        policy=policy,
        policy_version="2014-05-01-abcd",
        household=household,
        status="entitled",
        amount_fen=amount_fen,
        trace=TRACE,
        on=TODAY,
        run=world.run,
    )


def make_grant(
    world: World,
    household: Household,
    *,
    policy: str = "medical_aid",
    amount_fen: int = 10_000,
    number: str = "",
) -> Grant:
    """A grant of an approved case, without going through the officer."""
    entitlement = make_entitlement(world, household, policy, amount_fen)
    case = Case.objects.create(
        number=number or f"T-{household.pk}-{policy}",
        household=household,
        applicant=household.head,
        division=household.division,
        department="civil_affairs",
        state="approved",
        opened_on=TODAY,
        due_on=TODAY,
        decided_at=AT,
    )
    per = "once" if policy == "medical_aid" else "month"
    item = CaseItem.objects.create(
        case=case,
        household=household,
        policy=policy,
        policy_version=entitlement.policy_version,
        entitlement=entitlement,
        amount_fen=amount_fen,
        per=per,
    )
    return Grant.objects.create(
        case_item=item,
        case_number=case.number,
        household=household,
        payee=household.head,
        division=household.division,
        policy=policy,
        policy_version=item.policy_version,
        kind="cash",
        amount_fen=amount_fen,
        per=per,
        decided_on=TODAY,
        started_on=TODAY,
    )


def make_order(grant: Grant, period: str = "once", amount_fen: int | None = None) -> Order:
    """An order that is due."""
    return Order.objects.create(
        key=f"{grant.pk}:{period}",
        grant=grant,
        period=period,
        due_on=TODAY,
        amount_fen=amount_fen or grant.amount_fen,
        payee=grant.payee,
        division=grant.division,
    )


def make_payment(grant: Grant, state: str = "settled", answered: Any = LATER) -> Payment:
    """A payment that has come so far; how it comes so far, with its entries in the ledger, other tests tell."""
    order = make_order(grant)
    batch = Batch.objects.create(
        number=f"B{order.pk}", line="medical", year=2026, purpose="medical_aid", count=1, total_fen=grant.amount_fen,
        approvals_needed=0, rule={}, prepared_at=AT,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        made = Payment.objects.create(
            id=payment_id(str(grant.pk), order.period, "benefit"), order=order, component="benefit", line="medical", year=2026,
            policy=grant.policy, policy_version=grant.policy_version, case_number=grant.case_number, household=grant.household,
            payee=grant.payee, division=grant.division, amount_fen=grant.amount_fen, card_sealed=b"x", approved_at=AT,
            state=state, answered_at=answered, batch=batch, sent_at=AT,
        )  # fmt: skip
        cursor.execute("set local session_replication_role = origin")
    return made


def make_finance(name: str) -> User:
    """A finance officer of the county."""
    return User.objects.create_user(name, role="finance", division=COUNTY, department="finance")


def set_house_rules(monkeypatch: pytest.MonkeyPatch, **values: Any) -> limits.Limits:
    """The house rules of payments as a test wants them, until it ends."""
    changed = limits.Limits(**values)
    for module in (
        actions,
        agenda,
        asking,
        batches,
        confirming,
        exchange,
        paying,
        releasing,
        steps,
        verifying,
    ):
        monkeypatch.setattr(module, "limits", lambda: changed)
    return changed


class Bank:
    """A bank in the test's own process: reads the files in `out`, answers as it is told, keeps its own book.

    `tests/stages/test_funds_bank_process.py` holds it against the bank that is a process of its own.
    """

    def __init__(self, exchange: Path) -> None:
        self.out, self.into = exchange / "out", exchange / "in"
        self.seen: dict[str, int] = {}
        self.batch_of: dict[str, str] = {}
        self.debited: dict[str, int] = {}
        self.credited: dict[str, int] = {}
        self.said: dict[str, bytes] = {}
        self.questions: dict[str, tuple[str, str, str]] = {}  # check -> card, name, id number
        self.count = 0

    def collect(self) -> list[str]:
        """Takes in what is in `out`; an id seen before is not paid again. The ids that are new."""
        new = []
        for path in sorted(self.out.glob("*.xml")):
            root = ElementTree.fromstring(path.read_bytes())
            space = {"p": root.tag[1:].partition("}")[0]}
            self.hear(root, space)
            for line in root.findall(".//p:CdtTrfTxInf", space):
                payment = line.findtext(".//p:EndToEndId", "", namespaces=space)
                whole, _, rest = line.findtext(".//p:InstdAmt", "", namespaces=space).partition(".")
                if payment not in self.seen:
                    self.seen[payment] = int(whole) * 100 + int(rest)
                    self.batch_of[payment] = path.stem
                    new.append(payment)
            path.unlink()
        return new

    def hear(self, root: ElementTree.Element, space: dict[str, str]) -> None:
        """Takes in what a file asks about cards."""
        for line in root.findall(".//p:Vrfctn", space):
            self.questions[line.findtext("p:Id", "", namespaces=space)] = (
                line.findtext(".//p:Acct/p:Id/p:Othr/p:Id", "", namespaces=space),
                line.findtext(".//p:Pty/p:Nm", "", namespaces=space),
                line.findtext(".//p:PrvtId/p:Othr/p:Id", "", namespaces=space),
            )

    def answer_cards(self, answers: dict[str, str]) -> str:
        """Writes a report about cards, check -> reason of a refusal, empty where it confirms; the file's name."""
        lines = "".join(
            f"<Rpt><OrgnlId>{check}</OrgnlId><Vrfctn>{'false' if code else 'true'}</Vrfctn>"
            + (f"<Rsn><Cd>{code}</Cd></Rsn>" if code else "")
            + "</Rpt>"
            for check, code in answers.items()
        )
        self.count += 1
        return self._write(
            "C20260701-001",
            "acmt024.xml",
            '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:acmt.024.001.04"><IdVrfctnRpt><Assgnmt>'
            f"<MsgId>V{self.count}</MsgId></Assgnmt>{lines}</IdVrfctnRpt></Document>",
        )

    def pay(self, payment: str) -> None:
        """Debits the payer, once."""
        assert payment not in self.debited
        self.debited[payment] = self.seen[payment]

    def give_back(self, payment: str) -> None:
        """Credits the payer with a payment that could not be delivered."""
        assert payment in self.debited
        self.credited[payment] = self.seen[payment]

    def report(self, answers: dict[str, tuple[str, str]]) -> str:
        """Writes a status report about payments, payment -> (status, reason); the file's name."""
        lines = "".join(
            f"<TxInfAndSts><OrgnlEndToEndId>{payment}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
            + (f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else "")
            + "</TxInfAndSts>"
            for payment, (status, reason) in answers.items()
        )
        batch = self.batch_of.get(next(iter(answers)), "B-unknown")
        return self._write(
            batch,
            "pain002.xml",
            '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr>'
            f"<MsgId>R{self.count}</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{batch}</OrgnlMsgId></OrgnlGrpInfAndSts>"
            f"<OrgnlPmtInfAndSts>{lines}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>",
        )

    def statement(
        self,
        entries: list[tuple[str, int, bool, str]],
        *,
        days: tuple[date, date] | None = None,
        numbers: list[int] | None = None,
    ) -> str:
        """Writes a statement: (payment, fen, credit, reason of a return); the file's name.

        `days` are the first and last it covers, `numbers` the bank's references of the entries.
        """
        span = (
            f"<FrToDt><FrDtTm>{days[0]}T00:00:00+08:00</FrDtTm><ToDtTm>{days[1]}T23:59:59+08:00</ToDtTm></FrToDt>"
            if days
            else ""
        )
        lines = "".join(
            (f"<Ntry><NtryRef>{numbers[place]}</NtryRef>" if numbers else "<Ntry>")
            + f'<Amt Ccy="CNY">{fen // 100}.{fen % 100:02d}</Amt>'
            f"<CdtDbtInd>{'CRDT' if credit else 'DBIT'}</CdtDbtInd>"
            f"<Sts><Cd>BOOK</Cd></Sts><NtryDtls><TxDtls><Refs><EndToEndId>{payment}</EndToEndId></Refs>"
            + (f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>" if reason else "")
            + "</TxDtls></NtryDtls></Ntry>"
            for place, (payment, fen, credit, reason) in enumerate(entries)
        )
        return self._write(
            "statement",
            "camt053.xml",
            '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr>'
            f"<MsgId>S{self.count}</MsgId></GrpHdr>"
            f"<Stmt><Id>S{self.count}</Id>{span}{lines}</Stmt></BkToCstmrStmt></Document>",
        )

    def again(self, name: str) -> str:
        """Writes a file once more under another name, byte for byte."""
        stem, _, rest = name.partition(".")
        return self._write(stem, rest.partition(".")[2], self.said[name])

    def _write(self, stem: str, ending: str, text: str | bytes) -> str:
        self.count += 1
        name = f"{stem}.{self.count}.{ending}"
        data = text if isinstance(text, bytes) else text.encode()
        self.said[name] = data
        self.into.mkdir(parents=True, exist_ok=True)
        (self.into / name).write_bytes(data)
        return name
