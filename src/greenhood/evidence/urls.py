from django.urls import path

from greenhood.evidence import views

app_name = "evidence"

urlpatterns = [
    path("capture/", views.ticket, name="ticket"),
    path("attachments/<uuid:pk>/", views.original, name="attachment"),
    path("attachments/<uuid:pk>/<int:size>/", views.copy, name="attachment_copy"),
    path("attachments/<uuid:pk>/remove/", views.change, {"verb": "remove"}, name="remove_attachment"),
    path("attachments/<uuid:pk>/restore/", views.change, {"verb": "restore"}, name="restore_attachment"),
    path("seals/<uuid:pk>/list.csv", views.seal_list, name="seal_list"),
    path("seals/<uuid:pk>/check/", views.check_seal, name="check_seal"),
    path("<int:code>/<str:kind>/<uuid:subject>/attach/", views.attach, name="attach"),
]
