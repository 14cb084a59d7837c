from django.urls import path

from greenhood.assessments.views import advising, edit, evidence, listing, overrides, review, version

app_name = "assessments"

urlpatterns = [
    path("", listing.assessments, name="list"),
    path("export/", listing.export, name="export"),
    path("start/<int:code>/", edit.start, name="start"),
    path("<uuid:pk>/", edit.edit, name="edit"),
    path("<uuid:pk>/items/<int:no>/", edit.show_item, name="item"),
    path("<uuid:pk>/items/<int:no>/save/", edit.save_item, name="save_item"),
    path("<uuid:pk>/items/<int:no>/evidence/", edit.upload, name="upload"),
    path("<uuid:pk>/advice/", advising.advise, name="advice"),
    path("<uuid:pk>/items/<int:no>/checks/<int:check>/dispute/", overrides.dispute, name="dispute"),
    path("overrides/<uuid:pk>/rule/", overrides.rule, name="rule"),
    path("<uuid:pk>/version/", version.version, name="version"),
    path("<uuid:pk>/sheet/", listing.sheet, name="sheet"),
    path("<uuid:pk>/review/", review.review, name="review"),
    path("<uuid:pk>/review/items/<int:no>/", review.pieces, name="review_pieces"),
    path("<uuid:pk>/comparison/", review.comparison, name="comparison"),
    path("evidence/<uuid:pk>/", evidence.original, name="evidence"),
    path("evidence/<uuid:pk>/<int:size>/", evidence.copy, name="evidence_copy"),
    path("evidence/<uuid:pk>/remove/", edit.change_evidence, {"verb": "remove"}, name="remove_evidence"),
    path("evidence/<uuid:pk>/restore/", edit.change_evidence, {"verb": "restore"}, name="restore_evidence"),
    path("evidence/<uuid:pk>/describe/", edit.change_evidence, {"verb": "describe"}, name="describe_evidence"),
    path("public/evidence/<uuid:pk>/<int:size>/", evidence.public_copy, name="public_evidence"),
]
