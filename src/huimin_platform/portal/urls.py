"""Addresses of the pages that join stages."""

from django.urls import path

from huimin_platform.portal.pages import (
    asking,
    catalogue,
    drafting,
    file,
    home,
    identity,
    own,
    own_file,
    people,
    policies,
)

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("people/", people.search, name="people"),
    path("people/find/", people.find, name="find"),
    path("people/<int:person_id>/", file.person, name="person"),
    path("people/<int:person_id>/identity/", identity.identity, name="identity"),
    path("people/<int:person_id>/reveal/", file.reveal, name="reveal"),
    path("households/<int:household_id>/", file.household, name="household"),
    path("households/<int:household_id>/why/<slug:policy>/", file.why_answer, name="why"),
    path("purpose/<slug:kind>/<int:number>/", file.say_purpose, name="say_purpose"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/contracts/", catalogue.contract_texts, name="contract_texts"),
    path("catalogue/contracts/new/", catalogue.write_contract, name="write_contract"),
    path("catalogue/contracts/<int:text>/", catalogue.contract_text, name="contract_text"),
    path("catalogue/contracts/<int:text>/sign/", catalogue.sign_contract, name="sign_contract"),
    path("catalogue/<slug:name>/", catalogue.data_set, name="data_set"),
    path("policies/", policies.policies, name="policies"),
    path("policies/drafts/", drafting.drafts, name="drafts"),
    path("policies/drafts/<int:draft>/", drafting.draft, name="draft"),
    path("policies/drafts/<int:draft>/sign/", drafting.sign, name="sign_draft"),
    path("policies/<slug:name>/draft/", drafting.write, name="write_draft"),
    path("policies/<slug:name>/", policies.policy, name="policy"),
    path("policies/<slug:name>/guideline/", policies.guideline, name="guideline"),
    path("policies/<slug:name>/guideline.pdf", policies.guideline_pdf, name="guideline_pdf"),
    path("policies/<slug:name>/versions/", policies.compare, name="policy_compare"),
    path("mine/", own.mine, name="mine"),
    path("mine/policies/", asking.my_policies, name="my_policies"),
    path("mine/policies/<slug:policy>/", asking.my_policy, name="my_policy"),
    path("mine/policies/<slug:policy>/questions/", asking.questions, name="policy_questions"),
    path("mine/questions/", asking.questions, name="questions"),
    path("mine/answers/", asking.my_answers, name="my_answers"),
    path("mine/file/", own_file.my_file, name="my_file"),
    path("mine/file.json", own_file.my_file_json, name="my_file_json"),
    path("mine/file.pdf", own_file.my_file_pdf, name="my_file_pdf"),
    path("mine/file/correct/", own_file.ask_correction, name="ask_correction"),
]
