"""Addresses of the evaluation stage."""

from django.urls import path

from huimin_platform.evaluation.pages import views

app_name = "evaluation"
urlpatterns = [
    path("indicators/", views.indicators, name="indicators"),
    path("indicators/<slug:name>/", views.indicator, name="indicator"),
    path("indicators/<slug:name>/rows/", views.rows, name="rows"),
]
