"""Signing in and out."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """User name and password; errors in plain words, the same for a wrong name and a wrong password."""

    error_messages = {
        "invalid_login": _("The user name or the password is not right. Check both and try again."),
        "inactive": _("This account is closed. Ask the operator of your bureau."),
    }

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        name, password = self.fields["username"], self.fields["password"]
        name.label, password.label = _("User name"), _("Password")
        name.error_messages["required"] = _("Enter your user name.")
        password.error_messages["required"] = _("Enter your password.")
        password.widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})


class SignIn(LoginView):
    """The form with name and password; axes locks a name out after five wrong passwords."""

    template_name = "base/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Signs out and goes to the sign-in page."""
