"""Addresses of the delivery stage."""

from django.urls import path

from huimin_platform.delivery.pages import orders, own_services, provider, purchases, services, settlements

app_name = "delivery"
urlpatterns = [
    path("orders/", orders.orders, name="orders"),
    path("services/", services.services, name="services"),
    path("services/visits/", services.visits, name="visits"),
    path("services/<int:order_id>/", services.service, name="service"),
    path("services/<int:order_id>/change/", services.change, name="change_service"),
    path("services/<int:order_id>/visits/<int:visit_id>/", services.decide, name="decide_visit"),
    path("provider/", provider.orders, name="provider_orders"),
    path("provider/<int:order_id>/", provider.order, name="provider_order"),
    path("provider/<int:order_id>/answer/", provider.answer, name="answer_order"),
    path("provider/<int:order_id>/visits/<int:visit_id>/code/", provider.read_code, name="read_code"),
    path("mine/services/", own_services.mine, name="own_services"),
    path("mine/services/<int:visit_id>/", own_services.say, name="own_visit"),
    path("mine/services/<int:order_id>/choose/", own_services.choose, name="own_choose"),
    path("purchases/", purchases.purchases, name="purchases"),
    path("purchases/providers/", purchases.register, name="register_provider"),
    path("purchases/providers/<str:code>/", purchases.provider, name="provider"),
    path("purchases/providers/<str:code>/confirm/", purchases.confirm, name="confirm_provider"),
    path("purchases/providers/<str:code>/skills/", purchases.add_skill, name="add_skill"),
    path(
        "purchases/providers/<str:code>/skills/<int:qualification>/confirm/",
        purchases.confirm_skill,
        name="confirm_skill",
    ),
    path("purchases/contracts/", purchases.propose, name="propose_contract"),
    path("purchases/contracts/<str:number>/sign/", purchases.sign, name="sign_contract"),
    path("settlements/", settlements.settlements, name="settlements"),
    path("settlements/<str:number>/", settlements.settlement, name="settlement"),
    path("settlements/<str:number>/sign/", settlements.sign, name="sign_settlement"),
]
