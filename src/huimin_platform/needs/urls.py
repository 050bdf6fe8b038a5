"""Addresses of the needs stage."""

from django.urls import path

from huimin_platform.needs import pages

app_name = "needs"
urlpatterns = [
    path("needs/places/", pages.places, name="places"),
    path("needs/alerts/", pages.alerts, name="alerts"),
    path("needs/<int:need>/decide/", pages.decide, name="decide"),
    path("mine/tell/", pages.tell, name="tell"),
]
