from __future__ import annotations

from django.urls import path

from greenhood.experts.views import designers, documents, pool, service

app_name = "experts"
urlpatterns = [
    path("", pool.pool, name="pool"),
    path("export/", pool.export_pool, name="export_pool"),
    path("mine/", pool.mine, name="mine"),
    path("apply/", pool.apply, name="apply"),
    path("enter/", pool.enter, name="enter"),
    path("<uuid:pk>/", pool.entry, name="entry"),
    path("<uuid:pk>/edit/", pool.edit_entry, name="edit_entry"),
    path("<uuid:pk>/interests/", pool.entry_interest, name="entry_interest"),
    path("<uuid:pk>/documents/", pool.add_entry_documents, name="add_entry_documents"),
    path("<uuid:pk>/steps/<slug:step>/", pool.entry_step, name="entry_step"),
    path("documents/<uuid:pk>/", documents.document, name="document"),
    path("documents/<uuid:pk>/<int:size>/", documents.document_copy, name="document_copy"),
    path("documents/<uuid:pk>/remove/", documents.remove_document, name="remove_document"),
    path("documents/<uuid:pk>/restore/", documents.restore_document, name="restore_document"),
    path("requests/", service.requests, name="requests"),
    path("requests/export/", service.export_requests, name="export_requests"),
    path("requests/new/", service.new_request, name="new_request"),
    path("requests/<uuid:pk>/", service.request_page, name="request"),
    path("requests/<uuid:pk>/edit/", service.edit_request, name="edit_request"),
    path("requests/<uuid:pk>/visits/", service.record_visit, name="record_visit"),
    path("requests/<uuid:pk>/close/", service.close_request, name="close_request"),
    path("requests/<uuid:pk>/steps/<slug:step>/", service.request_step, name="request_step"),
    path("visits/<uuid:pk>/documents/", service.add_visit_documents, name="add_visit_documents"),
    path("visits/<uuid:pk>/steps/<slug:step>/", service.visit_step, name="visit_step"),
    path("designers/", designers.designers, name="designers"),
    path("designers/export/", designers.export_designers, name="export_designers"),
    path("designers/new/", designers.new_designer, name="new_designer"),
    path("designers/<uuid:pk>/", designers.designer, name="designer"),
    path("designers/<uuid:pk>/edit/", designers.edit_designer, name="edit_designer"),
    path("designers/<uuid:pk>/end/", designers.end_designer, name="end_designer"),
    path("places/<int:code>/", designers.place, name="place"),
]
