from django.urls import path

from greenhood.insight.views import ground, overviews, trials

app_name = "insight"

urlpatterns = [
    path("overview/", overviews.overview_mine, name="overview_mine"),
    path("overview/nation/", overviews.overview_nation, name="overview_nation"),
    path("overview/<int:code>/", overviews.overview, name="overview"),
    path("overview/<int:code>/map/", ground.division_map, name="map"),
    path("overview/<int:code>/map/data/", ground.map_data, name="map_data"),
    path("overview/<int:code>/export/", overviews.export_overview, name="export_overview"),
    path("overview/<int:code>/communities/", overviews.export_communities, name="export_communities"),
    path("what-if/", trials.what_if, name="what_if"),
    path("community/<int:code>/", overviews.community, name="community"),
]
