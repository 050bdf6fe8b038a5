"""Addresses of the matching stage."""

from django.urls import path

from huimin_platform.matching.pages import findings, simulation

app_name = "matching"
urlpatterns = [
    path("findings/", findings.findings, name="findings"),
    path("findings/<int:finding>/", findings.finding, name="finding"),
    path("simulation/", simulation.simulation, name="simulation"),
    path("simulation/<int:proposal>/", simulation.sign, name="sign"),
]
