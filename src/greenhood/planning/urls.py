from django.urls import path

from greenhood.planning.views import plans, work

app_name = "planning"

urlpatterns = [
    path("", plans.plans, name="plans"),
    path("export/", plans.export, name="export"),
    path("start/", plans.start, name="start"),
    path("work/", work.work_plans, name="work_plans"),
    path("work/export/", work.export, name="work_export"),
    path("work/start/", work.start, name="work_start"),
    path("work/public/<int:code>/", work.public, name="public"),
    path("work/<uuid:pk>/", work.work_plan, name="work_plan"),
    path("work/<uuid:pk>/edit/", work.edit, name="work_edit"),
    path("work/<uuid:pk>/consult/", work.consult, name="work_consult"),
    path("work/<uuid:pk>/opinion/", work.opinion, name="work_opinion"),
    path("work/<uuid:pk>/answer/", work.answer, name="work_answer"),
    path("work/<uuid:pk>/progress/", work.progress, name="work_progress"),
    path("work/<uuid:pk>/publish/", work.publish, name="work_publish"),
    path("work/<uuid:pk>/attach/", work.attach, name="work_attach"),
    path("work/<uuid:pk>/plan.<str:kind>", work.work_file, name="work_file"),
    path("<uuid:pk>/", plans.plan, name="plan"),
    path("<uuid:pk>/edit/<slug:key>/", plans.edit, name="edit"),
    path("<uuid:pk>/project/", plans.take_project, name="take_project"),
    path("<uuid:pk>/compare/", plans.compare, name="compare"),
    path("<uuid:pk>/submit/", plans.submit, name="submit"),
    path("<uuid:pk>/withdraw/", plans.withdraw, name="withdraw"),
    path("<uuid:pk>/receive/", plans.receive, name="receive"),
    path("<uuid:pk>/publish/", plans.publish, name="publish"),
    path("<uuid:pk>/discard/", plans.discard, name="discard"),
    path("<uuid:pk>/restore/", plans.restore, name="restore"),
    path("<uuid:pk>/rebase/", plans.rebase, name="rebase"),
    path("<uuid:pk>/filed/<int:number>/", plans.submission, name="submission"),
    path("<uuid:pk>/plan.<str:kind>", plans.plan_file, name="plan_file"),
]
