"""Addresses of the funds stage."""

from django.urls import path

from huimin_platform.funds.pages import allocation, batches, flow, payments

app_name = "funds"
urlpatterns = [
    path("payments/", payments.payments, name="payments"),
    path("payments/<str:payment_id>/", payments.payment, name="payment"),
    path("payments/<str:payment_id>/again/", payments.reissue, name="reissue"),
    path("batches/<str:number>/", batches.batch, name="batch"),
    path("batches/<str:number>/approval/", batches.approve, name="approve"),
    path("batches/<str:number>/again/", batches.resend, name="resend"),
    path("flow/", flow.flow, name="flow"),
    path("allocation/", allocation.allocation, name="allocation"),
    path("accounts/", batches.accounts, name="accounts"),
    path("accounts/appropriation/", batches.appropriate, name="appropriate"),
    path("differences/<int:difference>/", batches.difference, name="difference"),
]
