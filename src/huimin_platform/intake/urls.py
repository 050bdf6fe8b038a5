"""Addresses of the intake stage."""

from django.urls import path

from huimin_platform.intake import pages, withdraw_pages

app_name = "intake"
urlpatterns = [
    path("deliveries/", pages.deliveries, name="deliveries"),
    path("deliveries/send/", pages.send, name="send"),
    path("deliveries/<int:delivery>/", pages.delivery, name="delivery"),
    path("deliveries/<int:delivery>/commit/", pages.commit, name="commit"),
    path("deliveries/<int:delivery>/withdraw/", withdraw_pages.withdraw, name="withdraw"),
    path("deliveries/<int:delivery>/files/<int:file>/release/", pages.release, name="release"),
    path("deliveries/<int:delivery>/files/<int:file>/", pages.file, name="file"),
    path("deliveries/<int:delivery>/files/<int:file>/workbook/", pages.workbook, name="workbook"),
]
