"""The pages on which a delivery, or some of its files, is withdrawn: what each would undo, then a look at all of it."""

from functools import reduce
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from huimin_platform.base import access, clock
from huimin_platform.intake import pages, queries, withdrawing

# So many names are told; the others are counted.
MOST_NAMES = 3


class WithdrawForm(forms.Form):
    """Which files are withdrawn, and why. Nothing is ticked: what is withdrawn undoes what people rely on."""

    chosen = forms.MultipleChoiceField(
        label=gettext_lazy("Files to withdraw"), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Under each file stands what withdrawing it alone would undo."),
        error_messages={"required": gettext_lazy("Tick the files to withdraw.")},
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500,
        help_text=gettext_lazy("It stays on record. Do not name people in it."),
        error_messages={"required": gettext_lazy("Say why the delivery is withdrawn.")},
    )  # fmt: skip

    def __init__(self, files: list[tuple[int, SafeString]], *arguments: Any) -> None:
        super().__init__(*arguments)
        self.fields["chosen"].choices = files


@access.page("withdraws", "delivery")
def withdraw(request: HttpRequest, delivery: int) -> HttpResponse:
    """Asks which files are withdrawn and why, shows what that would undo, and withdraws them once that is confirmed."""
    found = queries.deliveries().filter(pk=delivery).first()
    if found is None:
        raise Http404
    files = withdrawing.to_withdraw(delivery)
    form = WithdrawForm(_choices(files), request.POST if request.method == "POST" else None)
    crumbs = [
        (_("Deliveries"), reverse("intake:deliveries")),
        (found.name, reverse("intake:delivery", args=[delivery])),
        (_("Withdraw"), ""),
    ]
    context = {"form": form, "delivery": found, "crumbs": crumbs, "any": bool(files)}
    if not (form.is_bound and form.is_valid()) or "again" in request.POST:
        status = 422 if form.errors else 200
        return render(request, "intake/withdraw.html", context, status=status)
    chosen = [int(each) for each in form.cleaned_data["chosen"]]
    if "confirmed" not in request.POST:
        mine = [file for file in files if file.pk in chosen]
        context |= {"chosen": mine, "changes": pages.titled(withdrawing.changes(mine))}
        return render(request, "intake/withdraw_check.html", context)
    by: Any = request.user
    withdrawing.withdraw(
        delivery=delivery, files=chosen, reason=form.cleaned_data["reason"], at=clock.now(), by=by
    )
    messages.success(
        request, _("Withdrawn. Persons, facts, needs and answers follow with the next turn of the loop.")
    )
    return redirect("intake:delivery", delivery)


def _choices(files: list[Any]) -> list[tuple[int, SafeString]]:
    """The files, each with what withdrawing it alone would undo."""
    undoings = withdrawing.undoings(files) if files else []
    return [
        (
            each.file.pk,
            format_html(
                '<span>{}<br><span class="hint">{} · {}</span></span>', each.file.name, pages.title_of(each.file), _would_undo(each)
            ),
        )
        for each in undoings
    ]  # fmt: skip


def _would_undo(undoing: withdrawing.Undoing) -> str:
    told = []
    if undoing.cease:
        rows = sum(each.rows_accepted for each in undoing.cease)
        told.append(
            ngettext("%(rows)s row counts no more.", "%(rows)s rows count no more.", rows)
            % {"rows": f"{rows:,}"}
        )
        others = [each for each in undoing.cease if each.pk != (undoing.file.content_id or undoing.file.pk)]
        if others:
            told.append(_("With it %(names)s.") % {"names": _names(others)})
    if undoing.again:
        rows = sum(each.rows_accepted for each in undoing.again)
        told.append(
            _("What it had replaced counts again: %(names)s, rows %(rows)s.")
            % {"names": _names(undoing.again), "rows": f"{rows:,}"}
        )
    elif undoing.cease:
        told.append(_("Nothing takes their place."))
    if not told:
        told.append(_instead(undoing))
    return reduce(lambda first, second: _("%(first)s %(second)s") % {"first": first, "second": second}, told)


def _instead(undoing: withdrawing.Undoing) -> str:
    """Why nothing changes: the rows came in another delivery too, or a later file has taken their place."""
    names = {"names": _names(undoing.instead)}
    if not undoing.instead:
        return _("Its rows do not count now, so nothing changes.")
    if undoing.instead[0].pk == (undoing.file.content_id or undoing.file.pk):
        return _("Its rows came in another delivery too and go on counting, so nothing changes.")
    return (
        _(
            "%(names)s has taken its place, so nothing changes now. It would not count again if that were withdrawn, and is no longer taken for what was so before."
        )
        % names
    )


def _names(files: Any) -> str:
    names = [f"{each.name} ({queries.day_of(each)})" for each in files]
    more = len(names) - MOST_NAMES
    told = _(", ").join(names[:MOST_NAMES])
    return told if more <= 0 else _("%(names)s and %(more)s more") % {"names": told, "more": more}
