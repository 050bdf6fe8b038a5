"""The pages of a provider, made for a phone: its orders, and the proof of each visit."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin.privacy.suppression import FEWEST
from huimin_platform.base import access, audit, clock, secrets
from huimin_platform.base.places import division_name
from huimin_platform.delivery import actions, service_queries
from huimin_platform.delivery.models import ServiceOrder, Visit
from huimin_platform.delivery.pages import say_outcome
from huimin_platform.design import tables
from huimin_platform.design.fields import DateField
from huimin_platform.supply import queries as supply

LARGEST_PHOTO = 10 * 2**20


class VisitForm(forms.Form):
    """One visit; `key` is made when the form opens."""

    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"invalid": gettext_lazy("Load the page again.")}
    )
    on = DateField(label=gettext_lazy("Day of the visit"))
    begins = forms.TimeField(label=gettext_lazy("Begins at"), widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(label=gettext_lazy("Ends at"), widget=forms.TimeInput(attrs={"type": "time"}))
    pieces = forms.IntegerField(label=gettext_lazy("Pieces"), min_value=1, max_value=100, initial=1)
    worker = forms.RegexField(
        r"^[A-Za-z0-9-]{1,32}$", label=gettext_lazy("Work number"),
        error_messages={"invalid": gettext_lazy("Write letters, digits and hyphens only, 32 at most.")},
    )  # fmt: skip
    worker_name = forms.CharField(label=gettext_lazy("Name of the worker"), max_length=100)
    place = forms.CharField(
        label=gettext_lazy("Place of the visit"), max_length=200, initial=gettext_lazy("At home")
    )
    photo = forms.FileField(
        label=gettext_lazy("Photo"), required=False,
        help_text=gettext_lazy("Only its fingerprint is kept; keep the photo itself."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, unit: str, **named: Any) -> None:
        named.setdefault("initial", {"key": uuid4(), "on": clock.today()})
        super().__init__(*arguments, **named)
        if unit != "piece":
            del self.fields["pieces"]

    def clean_photo(self) -> str:
        """The fingerprint of the photo, empty where none is sent."""
        sent: UploadedFile | None = self.cleaned_data["photo"]
        if not sent:
            return ""
        if sent.size and sent.size > LARGEST_PHOTO:
            raise forms.ValidationError(_("The photo is larger than 10 MB. Take a smaller one."))
        digest = hashlib.sha256()
        for part in sent.chunks():
            digest.update(part)
        return digest.hexdigest()

    def entry(self) -> actions.Entry:
        """The visit as the form says it."""
        given = self.cleaned_data
        zone = timezone.get_current_timezone()
        begins, ends = (
            datetime.combine(given["on"], given[name], tzinfo=zone) for name in ("begins", "ends")
        )
        return actions.Entry(
            given["worker"], given["worker_name"], given["on"], begins, ends, given["place"],
            given.get("pieces") or 1, given["photo"],
        )  # fmt: skip


@never_cache
@access.page("serves", "service_order")
def orders(request: HttpRequest) -> HttpResponse:
    """The orders of the provider: what is offered, what is served, and what the month still holds."""
    page = tables.page_of(request, service_queries.services_for(request.user))
    found = service_queries.months(list(page.object_list), clock.today())
    context = {
        "page": page,
        "rating": supply.released_rating(_actor(request).department),
        "fewest": FEWEST,
        "offered": [each for each in found if each.order.state == ServiceOrder.State.OFFERED],
        "served": [each for each in found if each.order.state != ServiceOrder.State.OFFERED],
    }
    return render(request, "delivery/provider_orders.html", context)


@never_cache
@access.page("serves", "service_order")
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order of the provider: where to go, what is proven, and the form of the next visit."""
    found = _order(request, order_id)
    form = VisitForm(request.POST or None, request.FILES or None, unit=found.unit)
    if request.method == "POST" and form.is_valid():
        try:
            kept = actions.enter_visit(
                order=order_id, key=form.cleaned_data["key"], entry=form.entry(), at=clock.now(), by=_actor(request)
            )  # fmt: skip
        except actions.CannotBe as problem:
            form.add_error(None, str(problem))
        else:
            if kept.state == Visit.State.SET_ASIDE:
                messages.warning(request, _("The visit is kept and set aside; below it says why."))
            else:
                messages.success(request, _("The visit is kept. Now the resident confirms it."))
            return redirect("delivery:provider_order", order_id)
    return _shown(request, found, form)


@access.page("answers", "service_order")
@require_POST
def answer(request: HttpRequest, order_id: int) -> HttpResponse:
    """Accepts an order, or declines it with a reason."""
    _order(request, order_id)
    if request.POST.get("act") == "accept":
        said = say_outcome(
            request, lambda: actions.accept_order(order=order_id, at=clock.now(), by=_actor(request))
        )
        return redirect("delivery:provider_order", order_id) if said else redirect("delivery:provider_orders")
    reason = request.POST.get("reason", "")
    done = say_outcome(
        request,
        lambda: actions.decline_order(order=order_id, reason=reason, at=clock.now(), by=_actor(request)),
    )
    return redirect("delivery:provider_orders") if done else redirect("delivery:provider_order", order_id)


@access.page("sends", "service_order")
@require_POST
def read_code(request: HttpRequest, order_id: int, visit_id: int) -> HttpResponse:
    """Takes the code that the resident read out."""
    if not _order(request, order_id).visits.filter(pk=visit_id).exists():
        raise Http404
    code = request.POST.get("code", "")
    try:
        fits = actions.read_code(visit=visit_id, code=code, at=clock.now(), by=_actor(request))
    except actions.CannotBe as problem:
        messages.error(request, str(problem))
    else:
        if fits:
            messages.success(request, _("The code is right; the visit is accepted."))
        else:
            messages.error(
                request, _("The code is not the one of that day. Ask the resident to read it out again.")
            )
    return redirect("delivery:provider_order", order_id)


def _shown(request: HttpRequest, found: ServiceOrder, form: VisitForm) -> HttpResponse:
    person, today = found.recipient, clock.today()
    # Who goes to somebody's home needs the name, the address and the telephone, and it stands in the person's file.
    audit.write(
        by=_actor(request),
        action="opens",
        kind="person",
        object_id=person.pk,
        purpose=f"service:{found.pk}",
    )
    context = {
        "order": found, "month": service_queries.months([found], today)[0], "form": form,
        "address": _reveal(person, "address"), "phone": _reveal(person, "phone"), "place": division_name(found.division),
        "visits": service_queries.visits_of(found)[:50], "may_enter": found.state != ServiceOrder.State.OFFERED,
        "crumbs": [(_("Orders of services"), reverse("delivery:provider_orders")), (str(found.pk), "")],
    }  # fmt: skip
    return render(request, "delivery/provider_order.html", context, status=422 if form.errors else 200)


def _reveal(person: Any, field: str) -> str:
    blob = getattr(person, f"{field}_sealed")
    return secrets.unseal(blob, f"registry.person.{field}", person.pk) if blob is not None else ""


def _order(request: HttpRequest, order_id: int) -> ServiceOrder:
    found = service_queries.service_for(request.user, order_id)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
