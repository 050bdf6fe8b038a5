"""Addresses of the delivery stage."""

from django.urls import path

from huimin_platform.delivery.pages import orders

app_name = "delivery"
urlpatterns = [path("orders/", orders.orders, name="orders")]
