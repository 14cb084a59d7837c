from django.urls import path

from greenhood.baseline.views import campaigns, community, phone

app_name = "baseline"

urlpatterns = [
    path("", campaigns.campaigns, name="campaigns"),
    path("new/", campaigns.new, name="new"),
    path("phone/", phone.shell, name="phone"),
    path("phone/manifest.webmanifest", phone.manifest, name="manifest"),
    path("phone/service-worker.js", phone.service_worker, name="service_worker"),
    path("phone/icon-<int:size>.png", phone.icon, name="icon"),
    path("phone/me/", phone.me, name="phone_me"),
    path("phone/definitions/", phone.definitions, name="phone_definitions"),
    path("phone/<int:code>/", phone.community_data, name="phone_data"),
    path("sync/", phone.sync, name="sync"),
    path("sync/photos/", phone.sync_photo, name="sync_photo"),
    path("<int:code>/<str:kind>/nothing/", community.nothing, {"verb": "state"}, name="nothing"),
    path(
        "<int:code>/<str:kind>/nothing/take-back/", community.nothing, {"verb": "take_back"}, name="take_back_nothing"
    ),
    path("<int:code>/<str:kind>/<uuid:thing>/confirm/", community.confirm, name="confirm"),
    path("<uuid:pk>/", campaigns.campaign, name="campaign"),
    path("<uuid:pk>/edit/", campaigns.edit, name="edit"),
    path("<uuid:pk>/open/", campaigns.step, {"verb": "open"}, name="open"),
    path("<uuid:pk>/close/", campaigns.step, {"verb": "close"}, name="close"),
    path("<uuid:pk>/discard/", campaigns.step, {"verb": "discard"}, name="discard"),
    path("<uuid:pk>/take-in/", campaigns.step, {"verb": "take_in"}, name="take_in"),
    path("<uuid:pk>/reopen/", campaigns.reopen, name="reopen"),
    path("<uuid:pk>/export/", campaigns.export, name="export"),
    path("<uuid:pk>/community/<int:code>/", community.community, name="community"),
    path("<uuid:pk>/community/<int:code>/submit/", community.hand_in, {"verb": "submit"}, name="submit"),
    path("<uuid:pk>/community/<int:code>/withdraw/", community.hand_in, {"verb": "withdraw"}, name="withdraw"),
    path("<uuid:pk>/community/<int:code>/settle/", community.settle, name="settle"),
    path("<uuid:pk>/community/<int:code>/extend/", community.extend, name="extend"),
]
