from django.urls import path

from greenhood.exemplars.views import practices

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
    path("<uuid:pk>/", practices.practice, name="practice"),
    path("<uuid:pk>/editions/<int:number>/", practices.edition, name="edition"),
    path("<uuid:pk>/edit/", practices.edit, name="edit"),
    path("<uuid:pk>/adopt/", practices.adopt, name="adopt"),
    path("<uuid:pk>/drop/", practices.drop, name="drop"),
    path("<uuid:pk>/<slug:verb>/", practices.step, name="step"),
]
