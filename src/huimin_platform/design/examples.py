"""Made-up content for the gallery. The people in it do not exist."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huimin_platform.design import charts, compare, tables, why
from huimin_platform.design.fields import DateField, MoneyField, NationalIdField

TOKENS = (
    "ink", "muted", "paper", "mist", "line", "edge", "primary", "teal", "amber", "red", "green",
    "primary-tint", "teal-tint", "amber-tint", "red-tint", "green-tint", "neutral-tint",
)  # fmt: skip
COLUMNS = (
    tables.Column(gettext_lazy("Number"), sort="number"),
    tables.Column(gettext_lazy("Applicant"), sort="applicant"),
    tables.Column(gettext_lazy("Due")),
    tables.Column(gettext_lazy("Amount a month"), sort="amount", number=True),
    tables.Column(gettext_lazy("State")),
)


@dataclass(frozen=True)
class ExampleEvent:
    """What the timeline reads from an event."""

    on: date
    title: str
    detail: str = ""
    source: str = ""
    url: str = ""
    tone: str = "neutral"
    amount_fen: int | None = None


class ExampleForm(forms.Form):
    """One field of each kind."""

    applicant = forms.CharField(
        error_messages={"required": gettext_lazy("Enter the name.")},
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("As on the id card."),
    )
    number = NationalIdField(label=gettext_lazy("Id number"))
    since = DateField(
        label=gettext_lazy("Since when"), help_text=gettext_lazy("For example 2026-7-1 or 2026年7月1日.")
    )
    rent = MoneyField(label=gettext_lazy("Rent a month"), required=False)
    how = forms.ChoiceField(
        label=gettext_lazy("How shall we tell you?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say how we shall tell you.")},
        choices=[("call", gettext_lazy("By telephone")), ("letter", gettext_lazy("By letter"))],
    )
    words = forms.CharField(label=gettext_lazy("Anything else"), widget=forms.Textarea, required=False)


def everything(request: HttpRequest) -> dict[str, Any]:
    """The context of the gallery."""
    return {
        "tokens": TOKENS,
        "heads": tables.heads(request, COLUMNS, default="number"),
        "rows": _rows(),
        "page": Paginator(range(1000), 50).page(3),
        "form": ExampleForm(),
        "wrong_form": ExampleForm(
            {"number": "11010519491231002", "since": "2026-2-30", "rent": "x"}, prefix="wrong"
        ),
        "events": _events(),
        "tree": why.tree(_trace()),
        "compared": compare.rows(
            [
                (_("Name"), "张小芳", "张晓芳"),
                (_("Sex"), _("Female"), _("Female")),
                (_("Born"), "1968-03-12", "1968-03-21"),
                (_("Telephone"), "", "138****2210"),
            ]
        ),
        "bars": charts.bars(
            [
                charts.Bar(_("North town"), 0.91, "91.0 %", "good", "#charts"),
                charts.Bar(_("River town"), 0.84, "84.0 %", "warning", "#charts"),
                charts.Bar(_("Hill town"), 0.62, "62.0 %", "bad", "#charts"),
            ],
            top=1.0,
            goal=0.9,
            goal_words=_("Target 90 %"),
        ),
        "line": charts.line(
            [("2026-01", 0.61), ("2026-02", 0.66), ("2026-03", 0.72), ("2026-04", 0.79), ("2026-05", 0.86)],
            goal=0.9,
            words=_("From 61 % in January to 86 % in May"),
        ),
    }


def _rows() -> list[dict[str, Any]]:
    rows = [
        ("2026-000118", _("Wang *"), date(2026, 7, 3), 64300, "warning", _("Due today")),
        ("2026-000121", _("Li *"), date(2026, 7, 6), 128000, "info", _("Under way")),
        ("2026-000097", _("Zhao *"), date(2026, 6, 29), 91550, "bad", _("Overdue")),
    ]
    names = ("number", "who", "due", "fen", "tone", "state")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _events() -> list[ExampleEvent]:
    return [
        ExampleEvent(
            date(2026, 7, 3),
            _("Paid to the card"),
            source=_("Bank reply of the same day"),
            tone="good",
            amount_fen=64300,
        ),
        ExampleEvent(
            date(2026, 7, 1),
            _("Decision: approved"),
            _("Low-income allowance"),
            _("Civil affairs"),
            "#timeline",
            "info",
        ),
        ExampleEvent(
            date(2025, 12, 8),
            _("Hospital bill"),
            source=_("Medical insurance, file row 1,204"),
            amount_fen=2380000,
        ),
    ]


def _trace() -> dict[str, Any]:
    def words(zh: str, en: str) -> dict[str, str]:
        return {"zh": zh, "en": en}

    return {
        "status": "not_met",
        "words": words("符合最低生活保障条件", "Entitled to the low-income allowance"),
        "children": [
            {
                "status": "met",
                "words": words("人均月收入低于当地标准", "Income per head is below the local standard"),
                "values": [
                    [words("人均月收入", "Income per head a month"), words("412.00 元", "412.00 yuan")],
                    [words("当地农村标准", "Local rural standard"), words("655.00 元", "655.00 yuan")],
                ],
                "clause": words("《社会救助暂行办法》第九条", "Social Assistance Measures, article 9"),
            },
            {
                "status": "not_met",
                "words": words("家中没有机动车", "The household owns no motor vehicle"),
                "values": [[words("登记在家庭成员名下", "Registered in members’ names"), words("1 辆", "1")]],
                "change": words("车辆已卖出的，请交来过户证明。", "If it was sold, bring the paper."),
            },
            {
                "status": "unknown",
                "words": words("住房不超过一套", "At most one home"),
                "missing": [words("自然资源局的不动产登记", "the real-estate register")],
            },
        ],
    }  # fmt: skip
