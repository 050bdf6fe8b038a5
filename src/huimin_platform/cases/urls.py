"""Addresses of the cases stage."""

from django.urls import path

from huimin_platform.cases.pages import case, work

app_name = "cases"
urlpatterns = [
    path("work/", work.work, name="work"),
    path("cases/", work.cases, name="cases"),
    path("cases/<str:number>/", case.case, name="case"),
    path("cases/<str:number>/decision/", case.decide, name="decide"),
    path("cases/<str:number>/steps/<int:step>/", case.step, name="step"),
]
