from django.urls import path

from greenhood.exemplars.views import bases, practices

app_name = "exemplars"

urlpatterns = [
    path("", practices.practices, name="practices"),
    path("export/", practices.export, name="export"),
    path("mine/", practices.mine, name="mine"),
    path("new/", practices.new, name="new"),
    path("for/<str:scheme_id>/<int:no>/", practices.for_criterion, name="for_criterion"),
    path("for-community/<int:code>/", practices.for_community, name="for_community"),
    path("pictures/<uuid:pk>/<int:size>/", practices.picture, name="picture"),
    path("files/<uuid:pk>/", practices.file, name="file"),
    path("bases/", bases.bases, name="bases"),
    path("bases/map-data/", bases.bases_data, name="bases_data"),
    path("bases/export/", bases.export_bases, name="export_bases"),
    path("bases/new/", bases.new_base, name="new_base"),
    path("bases/<uuid:pk>/", bases.base, name="base"),
    path("bases/<uuid:pk>/edit/", bases.edit_base, name="edit_base"),
    path("bases/<uuid:pk>/visits/", bases.note_visit, name="note_visit"),
    path("bases/<uuid:pk>/visits/<uuid:visit_pk>/remove/", bases.remove_visit, name="remove_visit"),
    path("bases/<uuid:pk>/<slug:verb>/", bases.base_step, name="base_step"),
    path("<uuid:pk>/", practices.practice, name="practice"),
    path("<uuid:pk>/editions/<int:number>/", practices.edition, name="edition"),
    path("<uuid:pk>/edit/", practices.edit, name="edit"),
    path("<uuid:pk>/adopt/", practices.adopt, name="adopt"),
    path("<uuid:pk>/drop/", practices.drop, name="drop"),
    path("<uuid:pk>/<slug:verb>/", practices.step, name="step"),
]
