"""Signing in and out."""

from django.contrib.auth.views import LoginView, LogoutView


class SignIn(LoginView):
    """The form with name and password; axes locks a name out after five wrong passwords."""

    template_name = "base/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Signs out and goes to the sign-in page."""
