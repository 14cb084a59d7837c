from django.urls import path

from greenhood.programme.views import goals, handing, pilots

app_name = "programme"

urlpatterns = [
    path("", goals.goals, name="goals"),
    path("issues/<uuid:pk>/cancel/", handing.cancel, name="cancel"),
    path("pilots/<uuid:pk>/", pilots.pilot, name="pilot"),
    path("<int:code>/", goals.goals_of, name="goals_of"),
    path("<int:code>/export/", goals.export_goals, name="export_goals"),
    path("<int:code>/set/", handing.own, name="set_own"),
    path("<int:code>/roster/", goals.rosters, name="roster"),
    path("<int:code>/roster/export/", goals.export_roster, name="export_roster"),
    path("<int:code>/pilots/", pilots.listing, name="pilots"),
    path("<int:code>/pilots/export/", pilots.export, name="export_pilots"),
    path("<int:code>/pilots/confirm/", pilots.confirm, name="confirm_pilots"),
    path("<int:code>/pilots/candidates/", pilots.to_choose, name="candidates"),
    path("<int:code>/pilots/candidates/export/", pilots.export_candidates, name="export_candidates"),
    path("<int:code>/pilots/choose/<int:community>/", pilots.choose, name="choose_pilot"),
    path("<int:code>/<slug:scheme>/<slug:entry>/", goals.goal, name="goal"),
    path("<int:code>/<slug:scheme>/<slug:entry>/below/", goals.below, name="below"),
    path("<int:code>/<slug:scheme>/<slug:entry>/below/export/", goals.export_below, name="export_below"),
    path("<int:code>/<slug:scheme>/<slug:entry>/hand-down/", handing.hand_down, name="hand_down"),
    path("<int:code>/<slug:scheme>/<slug:entry>/set/", handing.own, name="carry_on"),
]
