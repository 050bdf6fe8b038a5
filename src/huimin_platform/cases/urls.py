"""Addresses of the cases stage."""

from django.urls import path

from huimin_platform.cases.pages import case, handing, lists, meetings, notices, paths, processes, work

app_name = "cases"
urlpatterns = [
    path("work/", work.work, name="work"),
    path("lists/", lists.show, name="lists"),
    path("lists/workbook/", lists.export, name="lists_export"),
    path("processes/", processes.show_all, name="processes"),
    path("processes/<str:name>/", processes.show, name="process"),
    path("processes/<str:name>/bpmn/", processes.as_bpmn, name="process_bpmn"),
    path("drafts/<int:draft>/steps/", processes.trial, name="try_steps"),
    path("cases/", work.cases, name="cases"),
    path("cases/<str:number>/", case.case, name="case"),
    path("cases/<str:number>/decision/", case.decide, name="decide"),
    path("cases/<str:number>/steps/<int:step>/", case.step, name="step"),
    path("cases/<str:number>/steps/<int:step>/hand/", handing.hand, name="hand_step"),
    path("meetings/", meetings.register, name="meetings"),
    path("meetings/record/", meetings.record, name="record_meeting"),
    path("meetings/<int:meeting>/", meetings.meeting, name="meeting"),
    path("cases/<str:number>/paths/", paths.of_case, name="paths"),
    path("cases/<str:number>/paths/begin/", paths.begin, name="begin_path"),
    path("cases/<str:number>/paths/<int:path>/", paths.move, name="move_path"),
    path("notices/<int:notice>/", notices.notice, name="notice"),
    path("notices/<int:notice>/pdf/", notices.notice_pdf, name="notice_pdf"),
    path("verify/<str:token>/", notices.verify, name="verify"),
    path("mine/cases/", paths.own, name="own"),
    path("mine/cases/<str:number>/", paths.own_case, name="own_case"),
    path("mine/cases/<str:number>/begin/", paths.own_begin, name="own_begin"),
    path("mine/cases/<str:number>/paths/<int:path>/", paths.own_move, name="own_move"),
    path("mine/notices/<int:notice>/", notices.own_notice, name="own_notice"),
    path("mine/notices/<int:notice>/pdf/", notices.own_notice_pdf, name="own_notice_pdf"),
]
