from django.urls import path

from greenhood.schemes import views

app_name = "schemes"

urlpatterns = [
    path("", views.schemes, name="list"),
    path("diff/", views.diff, name="diff"),
    path("crosswalk/", views.crosswalk, name="crosswalk"),
    path("crosswalk.xlsx", views.crosswalk_workbook, name="crosswalk_workbook"),
    path("schema.json", views.schema, name="schema"),
    path("<slug:scheme_id>/", views.newest, name="newest"),
    path("<slug:scheme_id>/<int:version>/", views.detail, name="detail"),
    path("<slug:scheme_id>/<int:version>/standard/", views.standard, name="standard"),
    path("<slug:scheme_id>/<int:version>/calendar/", views.calendar, name="calendar"),
    path("<slug:scheme_id>/<int:version>/coverage/", views.coverage, name="coverage"),
    path("<slug:scheme_id>/<int:version>/source.yaml", views.source, name="source"),
]
