"""Addresses of the feedback stage."""

from django.urls import path

from huimin_platform.feedback.pages import views

app_name = "feedback"
urlpatterns = [
    path("questions/", views.questions, name="questions"),
    path("questions/<int:question_id>/", views.answer, name="answer"),
]
