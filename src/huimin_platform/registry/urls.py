"""Addresses of the registry."""

from django.urls import path

from huimin_platform.registry import correction_pages, file_pages, pages, quality_pages

app_name = "registry"
urlpatterns = [
    path("review/", pages.review, name="review"),
    path("review/<int:pair>/", pages.pair, name="pair"),
    path("review/<int:pair>/decide/", pages.decide, name="decide"),
    path("review/files/<int:person>/", file_pages.ask, name="ask"),
    path("review/files/<int:person>/<int:other>/", file_pages.part, name="part"),
    path("matching-quality/", quality_pages.quality, name="quality"),
    path("matching-quality/adopt/", quality_pages.adopt, name="adopt"),
    path("corrections/", correction_pages.corrections, name="corrections"),
    path("corrections/<int:correction>/", correction_pages.correction, name="correction"),
]
