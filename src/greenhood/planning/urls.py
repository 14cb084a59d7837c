from django.urls import path

from greenhood.planning.views import comparison, files, plans, residents, steps, work, writing

app_name = "planning"

urlpatterns = [
    path("", plans.plans, name="plans"),
    path("export/", plans.export, name="export"),
    path("start/", plans.start, name="start"),
    path("owed/<uuid:pk>/", plans.answer, name="answer"),
    path("work/", work.work_plans, name="work_plans"),
    path("work/export/", work.export, name="work_export"),
    path("work/start/", work.start, name="work_start"),
    path("work/public/<int:code>/", work.public, name="public"),
    path("work/<uuid:pk>/", work.work_plan, name="work_plan"),
    path("work/<uuid:pk>/edit/", work.edit, name="work_edit"),
    path("work/<uuid:pk>/consult/", residents.consult, name="work_consult"),
    path("work/<uuid:pk>/consult/remove/", residents.remove, name="work_remove"),
    path("work/<uuid:pk>/consult/restore/", residents.restore, name="work_restore"),
    path("work/<uuid:pk>/opinion/", residents.opinion, name="work_opinion"),
    path("work/<uuid:pk>/answer/", residents.answer, name="work_answer"),
    path("work/<uuid:pk>/progress/", work.progress, name="work_progress"),
    path("work/<uuid:pk>/publish/", work.publish, name="work_publish"),
    path("work/<uuid:pk>/attach/", work.attach, name="work_attach"),
    path("work/<uuid:pk>/plan.<str:kind>", work.work_file, name="work_file"),
    path("<uuid:pk>/", plans.plan, name="plan"),
    path("<uuid:pk>/edit/<slug:key>/", writing.edit, name="edit"),
    path("<uuid:pk>/project/", writing.take_project, name="take_project"),
    path("<uuid:pk>/compare/", comparison.compare, name="compare"),
    path("<uuid:pk>/submit/", steps.submit, name="submit"),
    path("<uuid:pk>/withdraw/", steps.withdraw, name="withdraw"),
    path("<uuid:pk>/receive/", steps.receive, name="receive"),
    path("<uuid:pk>/publish/", steps.publish, name="publish"),
    path("<uuid:pk>/discard/", steps.discard, name="discard"),
    path("<uuid:pk>/restore/", steps.restore, name="restore"),
    path("<uuid:pk>/rebase/", steps.rebase, name="rebase"),
    path("<uuid:pk>/again/", steps.take_up_again, name="take_up_again"),
    path("<uuid:pk>/filed/<int:number>/", files.submission, name="submission"),
    path("<uuid:pk>/plan.<str:kind>", files.plan_file, name="plan_file"),
]
