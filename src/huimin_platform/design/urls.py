"""Addresses of the design room."""

from django.urls import path

from huimin_platform.design import views

app_name = "design"
urlpatterns = [
    path("design/", views.gallery, name="gallery"),
    path("preferences/", views.set_preferences, name="preferences"),
]
