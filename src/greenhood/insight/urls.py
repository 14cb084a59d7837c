from django.urls import path

from greenhood.insight import views

app_name = "insight"

urlpatterns = [
    path("overview/", views.overview_mine, name="overview_mine"),
    path("overview/nation/", views.overview_nation, name="overview_nation"),
    path("overview/<int:code>/", views.overview, name="overview"),
    path("community/<int:code>/", views.community, name="community"),
]
