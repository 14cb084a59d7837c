"""Addresses: ``declarations/`` needs sign-in; ``notices/``, ``draws/``, ``register/`` and ``verify/`` are public."""

from django.urls import path

from greenhood.declarations.views import draws, lists, notices, panels, record, register, upkeep

app_name = "declarations"

urlpatterns = [
    path("declarations/", lists.declarations, name="list"),
    path("declarations/todo/", lists.todo, name="todo"),
    path("declarations/bulk/", lists.bulk, name="bulk"),
    path("declarations/export.<slug:kind>", lists.export, name="export"),
    path("declarations/new/<uuid:assessment_pk>/", record.declare, name="new"),
    path("declarations/<uuid:pk>/", record.detail, name="detail"),
    path("declarations/<uuid:pk>/decide/", record.decide, name="decide"),
    path("declarations/<uuid:pk>/review/", record.review, name="review"),
    path("declarations/<uuid:pk>/award/", record.award, name="award"),
    path("declarations/<uuid:pk>/withdraw/", record.withdraw, name="withdraw"),
    path("declarations/<uuid:pk>/resubmit/", record.resubmit, name="resubmit"),
    path("declarations/draws/", draws.officer_list, name="draws"),
    path("declarations/draws/freeze/", draws.freeze, name="freeze"),
    path("declarations/draws/<uuid:pk>/draw/", draws.draw_seed, name="draw_seed"),
    path("declarations/panels/", panels.panels, name="panels"),
    path("declarations/panels/new/<uuid:version_pk>/<slug:step_key>/", panels.new_panel, name="new_panel"),
    path("declarations/panels/<uuid:pk>/", panels.panel, name="panel"),
    path("declarations/panels/<uuid:pk>/close/", panels.close, name="close_panel"),
    path("declarations/panels/<uuid:pk>/members/", panels.add_member, name="add_member"),
    path("declarations/cases/", panels.cases, name="cases"),
    path("declarations/cases/<uuid:pk>/", panels.case, name="case"),
    path("declarations/cases/<uuid:pk>/recuse/", panels.recuse, name="recuse"),
    path("declarations/notices/new/", notices.new_notice, name="new_notice"),
    path("declarations/notices/<uuid:pk>/close/", notices.close, name="close_notice"),
    path("declarations/notices/<uuid:pk>/objections/", notices.objections, name="objections"),
    path("declarations/notices/<uuid:pk>/objections/<uuid:objection_pk>/", notices.answer, name="answer"),
    path("declarations/notices/<uuid:pk>/objections/<uuid:objection_pk>/proof/", notices.proof, name="proof"),
    path("declarations/upkeep/", upkeep.upkeep, name="upkeep"),
    path("declarations/awards/<uuid:pk>/", upkeep.award, name="award_page"),
    path("declarations/awards/<uuid:pk>/<slug:verb>/", upkeep.act, name="upkeep_step"),
    path("notices/", notices.notices, name="notices"),
    path("notices/receipt/", notices.receipt, name="receipt"),
    path("notices/<uuid:pk>/", notices.notice, name="notice"),
    path("notices/<uuid:pk>/object/<uuid:entry_pk>/", notices.object_to, name="object"),
    path("draws/<uuid:pk>/", draws.draw, name="draw"),
    path("draws/<uuid:pk>/data.<slug:kind>", draws.data, name="draw_data"),
    path("register/", register.register, name="register"),
    path("register/export.<slug:kind>", register.export, name="register_export"),
    path("verify/", register.verify_form, name="verify_form"),
    path("verify/<str:code>/", register.verify, name="verify"),
    path("verify/<str:code>/qr.svg", register.qr, name="qr"),
]
