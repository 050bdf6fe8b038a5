"""Addresses of the funds stage."""

from django.urls import path

from huimin_platform.funds.pages import allocation, batches, flow, own, payments, projects, proposals, sources

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
    path("allocations/", proposals.proposals, name="allocations"),
    path("allocations/assignment/", proposals.assign, name="assign"),
    path("allocations/<str:number>/", proposals.proposal, name="proposal"),
    path("allocations/<str:number>/signature/", proposals.sign, name="sign"),
    path("allocations/<str:number>/refusal/", proposals.refuse, name="refuse"),
    path("allocations/<str:number>/correction/", proposals.correct, name="correct"),
    path("sources/", sources.sources, name="sources"),
    path("sources/registration/", sources.register, name="register_source"),
    path("sources/closing/", sources.close, name="close_year"),
    path("projects/", projects.projects, name="projects"),
    path("projects/registration/", projects.plan, name="plan_project"),
    path("projects/verdict/", projects.judge, name="judge"),
    path("projects/<str:code>/", projects.project, name="project"),
    path("projects/<str:code>/approval/", projects.approve, name="approve_project"),
    path("projects/<str:code>/vouchers/", projects.voucher, name="voucher"),
    path("projects/<str:code>/vouchers/<uuid:key>/", projects.approve_voucher, name="approve_voucher"),
    path("mine/money/<str:payment_id>/", own.money, name="own_money"),
    path("accounts/", batches.accounts, name="accounts"),
    path("accounts/appropriation/", batches.appropriate, name="appropriate"),
    path("differences/<int:difference>/", batches.difference, name="difference"),
]
