from django.urls import path

from greenhood.indicators import views

app_name = "indicators"

urlpatterns = [
    path("", views.catalogue, name="list"),
    path("community/<int:code>/", views.community, name="community"),
    path("community/<int:code>/circle/", views.living_circle, name="circle"),
    path("community/<int:code>/export/", views.export_community, name="export_community"),
    path("<slug:key>/", views.detail, name="detail"),
    path("<slug:key>/export/", views.export, name="export"),
]
