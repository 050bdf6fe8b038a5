"""Addresses of base."""

from django.urls import path

from huimin_platform.base.pages import audit, health, sign_in

app_name = "base"
urlpatterns = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("audit/", audit.log, name="audit"),
    path("health/", health.health, name="health"),
]
