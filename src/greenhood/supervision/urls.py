from __future__ import annotations

from django.urls import path

from greenhood.supervision.views import findings, inspections, orders, patterns, phone, photos, sheets

app_name = "supervision"

urlpatterns = [
    path("", inspections.inspections, name="inspections"),
    path("export/", inspections.export, name="export_inspections"),
    path("mine/", inspections.mine, name="mine"),
    path("new/", inspections.new, name="new"),
    path("from-calendar/<uuid:pk>/", inspections.from_calendar, name="from_calendar"),
    path("inspections/<uuid:pk>/", inspections.inspection, name="inspection"),
    path("inspections/<uuid:pk>/edit/", inspections.edit, name="edit"),
    path("inspections/<uuid:pk>/step/<str:verb>/", inspections.step, name="step"),
    path("inspections/<uuid:pk>/finding/", findings.new, name="new_finding"),
    path("inspections/<uuid:pk>/order/", orders.new, name="new_order"),
    path("sheets/<uuid:pk>/", sheets.sheet, name="sheet"),
    path("sheets/<uuid:pk>/finish/", sheets.step, {"verb": "finish"}, name="finish_sheet"),
    path("sheets/<uuid:pk>/reopen/", sheets.step, {"verb": "reopen"}, name="reopen_sheet"),
    path("answers/<uuid:pk>/finding/", findings.from_answer, name="find_from_answer"),
    path("findings/", findings.findings, name="findings"),
    path("findings/export/", findings.export, name="export_findings"),
    path("findings/<uuid:pk>/", findings.finding, name="finding"),
    path("findings/<uuid:pk>/withdraw/", findings.withdraw, name="withdraw_finding"),
    path("orders/", orders.orders, name="orders"),
    path("orders/export/", orders.export, name="export_orders"),
    path("orders/<uuid:pk>/", orders.order, name="order"),
    path("orders/<uuid:pk>/step/<str:verb>/", orders.step, name="order_step"),
    path("orders/<uuid:pk>/paper.<str:kind>", orders.paper, name="order_paper"),
    path("escalations/<uuid:pk>/urge/", orders.urge, name="urge"),
    path("communities/<int:code>/", inspections.community, name="community"),
    path("patterns/<int:code>/", patterns.patterns, name="patterns"),
    path("patterns/<int:code>/looks/", patterns.looks, name="pattern_looks"),
    path("patterns/<int:code>/cases/", patterns.cases, name="pattern_cases"),
    path("patterns/<int:code>/export/<str:table>/", patterns.export, name="export_patterns"),
    path("photos/<uuid:pk>/", photos.original, name="photo"),
    path("photos/<uuid:pk>/<int:size>/", photos.copy, name="photo_copy"),
    path("photos/<uuid:pk>/remove/", photos.change, {"verb": "remove"}, name="remove_photo"),
    path("photos/<uuid:pk>/restore/", photos.change, {"verb": "restore"}, name="restore_photo"),
    path("photos/<str:kind>/<uuid:subject>/attach/", photos.attach, name="attach"),
    path("phone/", phone.shell, name="phone"),
    path("phone/service-worker.js", phone.service_worker, name="service_worker"),
    path("phone/manifest.webmanifest", phone.manifest, name="manifest"),
    path("phone/me/", phone.me, name="phone_me"),
    path("phone/sheets/", phone.known, name="phone_sheets"),
    path("phone/sync/", phone.sync, name="sync"),
    path("phone/sync/photos/", phone.sync_photo, name="sync_photo"),
]
