"""Two counties in one house, each with money, people and decisions of its own, told apart by every name and amount."""

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4

from tests.stages.funds_world import (
    AT,
    TODAY,
    World,
    make_grant,
    make_household,
    make_order,
    make_person,
)
from tests.stages.test_funds_ledger import immediate

from huimin.funds import levels
from huimin_platform.base.models import Division, User
from huimin_platform.funds import (
    actions,
    allocating,
    appraising,
    batches,
    differences,
    formulas,
    paying,
    projecting,
    releasing,
    sharing,
    sourcing,
)
from huimin_platform.funds.card_models import CardCheck
from huimin_platform.funds.models import Hold, Payment
from huimin_platform.matching.models import Finding

ROLES = ("finance", "auditor", "leader", "county", "township", "appraiser")
POLICIES = ("medical_aid", "subsistence_allowance")


@dataclass
class County:
    """A county: its officers, what its addresses are made of, and the numbers and amounts that nobody else may read."""

    code: str
    tag: str
    officers: dict[str, User]
    arguments: dict[str, Any] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)

    @property
    def division(self) -> str:
        """Its code in twelve digits."""
        return self.code.ljust(12, "0")

    @property
    def town(self) -> str:
        """The leading digits of its township."""
        return f"{self.code}201"


def make_county(world: World, code: str, tag: str, unit_fen: int) -> County:
    """The county with some of everything that pages of funds show.

    `tag` is a character that stands nowhere else, `unit_fen` an amount whose multiples are known again.
    """
    county = County(code, tag, _officers(code, tag))
    _places(county)
    _money(county, unit_fen)
    _people(county, world, unit_fen)
    _decisions(county, unit_fen)
    return county


def _officers(code: str, tag: str) -> dict[str, User]:
    found = {}
    for name in (*ROLES, "second"):
        division = f"{code}201000" if name == "township" else code.ljust(12, "0")
        role, department = (
            {"second": "finance"}.get(name, name),
            {"county": "civil_affairs"}.get(name, "finance"),
        )
        found[name] = User.objects.create_user(
            f"{name}-{tag}", name=f"{tag}{name}", role=role, division=division, department=department
        )
    return found


def _places(county: County) -> None:
    for code, name in ((county.division, f"{county.tag}县"), (f"{county.town}000", f"{county.tag}镇")):
        Division.objects.update_or_create(code=code, defaults={"name": name})
        county.secrets.add(name)


def _money(county: County, unit_fen: int) -> None:
    finance, tag = county.officers["finance"], county.tag
    source, document = f"S-{county.code}", f"{tag}财〔2026〕1号"
    sourcing.register(
        code=source,
        kind="transfer",
        title=f"{tag}补助",
        document=document,
        purposes=POLICIES,
        at=AT,
        by=finance,
    )
    letter = actions.appropriate(
        year=2026,
        purpose=levels.POOL,
        source=source,
        amount_fen=unit_fen * 100,
        key=f"pool-{tag}",
        at=AT,
        by=finance,
    )
    actions.appropriate(
        year=2026, purpose="medical_aid", amount_fen=unit_fen * 7, document=f"{tag}本级1号", key=f"own-{tag}", at=AT,
        by=finance,
    )  # fmt: skip
    actions.appropriate(
        year=2025, purpose="medical_aid", amount_fen=unit_fen * 3, key=f"old-{tag}", at=AT, by=finance
    )
    immediate()
    sourcing.close_year(year=2025, at=AT, by=finance)
    signed, waiting = (_allocation(county, source, unit_fen * times) for times in (60, 11))
    allocating.sign(number=signed, at=AT, by=county.officers["second"])
    allocating.propose_correction(
        key=uuid4(), corrects=signed, giver=(county.town, "medical_aid"), taker=(county.code, levels.POOL),
        amount_fen=unit_fen, reason=f"{tag}更正", at=AT, by=finance,
    )  # fmt: skip
    county.arguments |= {"letter": letter.pk, "proposal": waiting}
    county.secrets |= {source, f"{tag}补助", document, f"{tag}本级1号", signed, waiting, f"{tag}更正"}
    county.secrets |= {_yuan(unit_fen * times) for times in (100, 7, 3, 60, 11)}


def _allocation(county: County, source: str, fen: int) -> str:
    shares = levels.shares(
        {county.town: fen}, direct=Fraction(1), discretion=Fraction(1, 10), least_discretion=Fraction(1, 10),
        needs={county.town: {"medical_aid": 1}},
    )  # fmt: skip
    return allocating.propose(
        key=uuid4(), year=2026, source=source, definition={"name": "assistance_funds", "version": "1"},
        figures=[{"area": f"{county.tag}镇", "people": 1}], figures_on=TODAY, shares=shares, steps={}, at=AT,
        by=county.officers["finance"],
    ).number  # fmt: skip


def _people(county: County, world: World, unit_fen: int) -> None:
    finance, tag, village = county.officers["finance"], county.tag, f"{county.town}101"
    orders = []
    for number in range(3):
        person = make_person(world, number, name=f"{tag}居民{number}", village=village)
        grant = make_grant(world, make_household(world, person), amount_fen=unit_fen + number)
        orders.append(make_order(grant))
        county.secrets |= {person.name, grant.case_number, _yuan(unit_fen + number)}
    held = orders[-1]
    found = Finding.objects.create(
        key=f"twice-{tag}",
        kind="same_benefit_twice",
        household=held.grant.household,
        division=village,
        found_on=TODAY,
    )
    paying.take_up(today=TODAY, at=AT)
    [batch] = [
        each for each in batches.prepare(at=AT) if each.payments.filter(division__startswith=county.code)
    ]
    first, returned = Payment.objects.filter(division__startswith=county.code).order_by("pk")
    differences.open_many("returned", [returned], at=AT)
    hold = Hold.objects.get(order=held)
    releasing.propose(hold=hold.pk, reason=f"{tag}已核实", until_on=None, at=AT, by=finance)
    county.arguments |= {
        "payment_id": first.pk, "batch": batch.number, "hold": hold.pk, "finding": found.pk, "case": held.grant.case_number,
        "difference": returned.differences.get().pk, "check": CardCheck.objects.get(person=held.payee_id).pk, "household": held.grant.household_id, "person": held.payee_id,
    }  # fmt: skip
    county.secrets |= {first.pk[:8], returned.pk[:8], batch.number, f"{tag}已核实", _yuan(batch.total_fen)}


def _decisions(county: County, unit_fen: int) -> None:
    finance, second, tag = county.officers["finance"], county.officers["second"], county.tag
    project, key = f"P-{county.code}", uuid4()
    projecting.plan(
        code=project, title=f"{tag}养老院", division=county.division, build_fen=unit_fen * 900, running_fen=unit_fen * 45,
        life_years=20, opens_year=2026, promises=[(f"{tag}本级", unit_fen * 45)], at=AT, by=finance,
    )  # fmt: skip
    projecting.approve(code=project, at=AT, by=second)
    actions.appropriate(
        year=2026,
        purpose=f"project:{project}",
        amount_fen=unit_fen * 90,
        key=f"project-{tag}",
        at=AT,
        by=finance,
    )
    projecting.prepare_voucher(
        key=key, code=project, year=2026, source="", kind="build", document=f"{tag}发票1", payee=f"{tag}建筑公司",
        amount_fen=unit_fen * 13, at=AT, by=finance,
    )  # fmt: skip
    projecting.approve_voucher(key=key, at=AT, by=second)
    drawn = appraising.draw(
        purpose=f"project:{project}", year=2026, appraiser=f"appraiser-{tag}", margin=0.1, confidence=0.95,
        way="proportional", seed=f"seed-{tag}", due_on=TODAY + timedelta(days=60), at=AT, by=finance,
    )  # fmt: skip
    unit = drawn.units.get()
    wanting = appraising.find_wanting(
        number=drawn.number, text=f"{tag}问题", owner="civil_affairs", due_on=TODAY + timedelta(days=9), at=AT,
        by=county.officers["appraiser"],
    )  # fmt: skip
    text = formulas.example().replace("version: 2026-01-01", "version: 2027-01-01")
    table = (
        "area\tpeople\tpeople_in_need\tcost_index\tstrain_index\tperformance_score\tweaker\tlast_fen\n"
        f"{tag}甲村\t1000\t10\t1\t1\t1\tno\t0"
    )
    formula = formulas.drafted(text, TODAY, county.code)
    trial = formulas.tried(finance, formula, sharing.read(table, formula), unit_fen * 17, TODAY)
    written = formulas.propose(text=text, trial=trial, reason=f"{tag}理由", at=AT, today=TODAY, by=finance)
    county.arguments |= {
        "project": project, "voucher": key, "appraisal": drawn.number, "unit": unit.pk, "shortcoming": wanting.pk,
        "formula": written.pk,
    }  # fmt: skip
    county.secrets |= {
        project, f"{tag}养老院", f"{tag}发票1", f"{tag}建筑公司", drawn.number, f"{tag}问题", f"{tag}理由", f"{tag}甲村",
        *(_yuan(unit_fen * times) for times in (900, 45, 90, 13, 17)),
    }  # fmt: skip


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}"
