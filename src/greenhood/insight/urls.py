from django.urls import path

from greenhood.insight import views

app_name = "insight"

urlpatterns = [
    path("overview/", views.overview_mine, name="overview_mine"),
    path("overview/nation/", views.overview_nation, name="overview_nation"),
    path("overview/<int:code>/", views.overview, name="overview"),
    path("overview/<int:code>/export/", views.export_overview, name="export_overview"),
    path("overview/<int:code>/communities/", views.export_communities, name="export_communities"),
    path("community/<int:code>/", views.community, name="community"),
]
