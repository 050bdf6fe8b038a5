"""Keys of departments' systems: which there are, making one, showing it once, signing, changing and revoking it."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin.units.divisions import padded
from huimin_platform.base import access, api_keys, clock
from huimin_platform.base.access_table import EXPORTED_BY_SYSTEMS
from huimin_platform.base.api_keys import Holder, Wanted, WrongKey
from huimin_platform.base.api_models import ApiKey
from huimin_platform.base.audit_words import kind_words
from huimin_platform.base.places import division_names, unnamed_place
from huimin_platform.intake import queries as intake

ACTIONS = {
    "sends": gettext_lazy("send data"),
    "replaces": gettext_lazy("send whole stands that end what they do not name"),
    "withdraws": gettext_lazy("withdraw what it sent"),
    "exports": gettext_lazy("export tables"),
}
STATES = {
    "in_force": gettext_lazy("In force"), "to_sign": gettext_lazy("Waits for a signature"),
    "expired": gettext_lazy("Ended"), "revoked": gettext_lazy("Revoked"), "closed": gettext_lazy("System closed"),
}  # fmt: skip
TONES = {"in_force": "good", "to_sign": "warning"}
OVERLAP_DAYS = 7
MEGABYTE = 1 << 20


class KeyForm(forms.Form):
    """Whose key it is, what for, how much of it and how long."""

    system = forms.CharField(
        label=gettext_lazy("Name of the system"), max_length=41,
        help_text=gettext_lazy("Small letters, digits and -, such as hospital-1. The same name again gives the same system another key."),
        error_messages={"required": gettext_lazy("Give the system a name.")},
    )  # fmt: skip
    title = forms.CharField(label=gettext_lazy("What the system is"), max_length=100, required=False)
    department = forms.ChoiceField(
        label=gettext_lazy("Department"),
        error_messages={"required": gettext_lazy("Choose the department that the system belongs to.")},
    )
    division = forms.RegexField(
        r"^[0-9]{2,12}$", label=gettext_lazy("Division"), max_length=12,
        help_text=gettext_lazy("Code of 2 to 12 digits of the place the system works for. It sees no other place."),
        error_messages={"invalid": gettext_lazy("Write the code of a division in 2 to 12 digits, such as 330127.")},
    )  # fmt: skip
    actions = forms.MultipleChoiceField(
        label=gettext_lazy("It may"), choices=ACTIONS.items(), widget=forms.CheckboxSelectMultiple, initial=["sends"],
        help_text=gettext_lazy("All but sending needs the signature of a second person."),
        error_messages={"required": gettext_lazy("Choose what the key is for.")},
    )  # fmt: skip
    data_sets = forms.MultipleChoiceField(
        label=gettext_lazy("Data sets"), widget=forms.CheckboxSelectMultiple, required=False
    )
    exports = forms.MultipleChoiceField(
        label=gettext_lazy("Tables it may export"), widget=forms.CheckboxSelectMultiple, required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Rests on"), max_length=300,
        help_text=gettext_lazy("For example the number of the agreement with the department."),
        error_messages={"required": gettext_lazy("Say on what the key rests.")},
    )  # fmt: skip
    requests_a_minute = forms.IntegerField(
        label=gettext_lazy("Requests a minute"), min_value=1, max_value=6000, initial=60
    )
    megabytes_a_day = forms.IntegerField(
        label=gettext_lazy("Megabytes a day"), min_value=1, max_value=1_000_000, initial=1024
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days until it ends"), min_value=1, max_value=730, initial=365
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        language, contracts = get_language() or "zh-hans", intake.contracts().values()
        departments = {each.department: each.department_title.say(language) for each in contracts}
        self.fields["department"].choices = [("", _("choose")), *sorted(departments.items())]
        self.fields["data_sets"].choices = [(each.name, each.title.say(language)) for each in contracts]
        self.fields["exports"].choices = [(kind, kind_words(kind)) for kind in EXPORTED_BY_SYSTEMS]


@access.page("lists", "api_key")
def api_keys_page(request: HttpRequest) -> HttpResponse:
    """Every key with its system, what it may, how much it used today and when it ends."""
    now = clock.now()
    found = list(api_keys.all_keys()[:200])
    places = division_names(key.holder.division for key in found)
    context = {
        "rows": [_row(request, key, now, places) for key in found],
        "heads": [
            _("System"), _("Key"), _("It may"), _("Data sets"), _("Last used"), _("Ends"), _("State"), _("What to do"),
        ],
        "may_make": bool(access.allow(request.user, "manages", "api_key")),
    }  # fmt: skip
    return render(request, "portal/api_keys.html", context)


@never_cache
@access.page("manages", "api_key")
def make_api_key(request: HttpRequest) -> HttpResponse:
    """The form for a key; POST makes it and shows it, once."""
    form = KeyForm(request.POST or None)
    if form.is_bound and form.is_valid():
        said, now = form.cleaned_data, clock.now()
        holder = Holder(said["system"].strip(), said["title"], said["department"], padded(said["division"]))
        wanted = Wanted(
            tuple(said["actions"]), tuple(said["data_sets"]), tuple(said["exports"]), said["requests_a_minute"],
            said["megabytes_a_day"] * MEGABYTE,
        )  # fmt: skip
        try:
            key, text = api_keys.make(
                holder=holder, wanted=wanted, reason=said["reason"], expires_at=now + timedelta(days=said["days"]),
                at=now, by=request.user,  # pyright: ignore[reportArgumentType]
            )  # fmt: skip
            return _shown_once(request, key, text)
        except WrongKey as wrong:
            form.add_error(None, str(wrong))
    context = {"form": form, "crumbs": _crumbs(_("A new key"))}
    return render(request, "portal/make_api_key.html", context, status=422 if form.errors else 200)


@require_POST
@access.page("signs", "api_key")
def sign_api_key(request: HttpRequest, key: int) -> HttpResponse:
    """Puts a key in force, as the second person."""
    _found(key)
    try:
        api_keys.sign(key=key, at=clock.now(), by=request.user)  # pyright: ignore[reportArgumentType]
        messages.success(request, _("The key is in force."))
    except WrongKey as wrong:
        messages.error(request, str(wrong))
    return redirect("portal:api_keys")


@never_cache
@require_POST
@access.page("manages", "api_key")
def rotate_api_key(request: HttpRequest, key: int) -> HttpResponse:
    """Makes a key for the same and shows it, once; the old one works a few days longer."""
    _found(key)
    try:
        fresh, text = api_keys.rotate(
            key=key, overlap=timedelta(days=OVERLAP_DAYS), at=clock.now(),
            by=request.user,  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
        return _shown_once(request, fresh, text)
    except WrongKey as wrong:
        messages.error(request, str(wrong))
    return redirect("portal:api_keys")


@require_POST
@access.page("manages", "api_key")
def revoke_api_key(request: HttpRequest, key: int) -> HttpResponse:
    """Ends a key at once."""
    _found(key)
    api_keys.revoke(key=key, at=clock.now(), by=request.user)  # pyright: ignore[reportArgumentType]
    messages.success(request, _("The key counts no more. The system's other keys are as they were."))
    return redirect("portal:api_keys")


def _shown_once(request: HttpRequest, key: ApiKey, text: str) -> HttpResponse:
    context = {
        "key": key, "text": text, "waits": api_keys.state(key, clock.now()) == "to_sign", "days": OVERLAP_DAYS,
        "example": next(iter(key.data_sets), ""), "host": f"{request.scheme}://{request.get_host()}",
        "crumbs": _crumbs(_("The key")),
    }  # fmt: skip
    return render(request, "portal/api_key_shown.html", context)


def _row(request: HttpRequest, key: ApiKey, now: datetime, places: dict[str, str]) -> dict[str, Any]:
    language, contracts = get_language() or "zh-hans", intake.contracts()
    state = api_keys.state(key, now)
    sets = [contracts[name].title.say(language) if name in contracts else name for name in key.data_sets]
    user: Any = request.user
    return {
        "key": key,
        "place": places.get(key.holder.division) or unnamed_place(key.holder.division),
        "department": intake.department_words(key.holder.department).say(language),
        "may": [ACTIONS[each] for each in key.actions if each in ACTIONS],
        "sets": sets[:3], "more": max(0, len(sets) - 3),
        "exports": [kind_words(each) for each in key.exports],
        "used_at": getattr(getattr(key, "use", None), "at", None),
        "state": STATES[state], "tone": TONES.get(state, "neutral"),
        "may_sign": state == "to_sign" and key.made_by_id != user.pk and bool(access.allow(user, "signs", "api_key")),
        "may_change": state == "in_force" and bool(access.allow(user, "manages", "api_key")),
        "may_revoke": state in ("in_force", "to_sign") and bool(access.allow(user, "manages", "api_key")),
    }  # fmt: skip


def _found(key: int) -> ApiKey:
    found = api_keys.all_keys().filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("Keys of systems"), reverse("portal:api_keys")), (last, "")]
