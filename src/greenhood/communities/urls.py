from django.urls import path

from greenhood.communities.views import drawing, exchange
from greenhood.communities.views import map as maps

app_name = "communities"

urlpatterns = [
    path("<int:code>/map/", maps.community_map, name="map"),
    path("<int:code>/map/data/", maps.map_data, name="map-data"),
    path("<int:code>/map/draw/<slug:kind>/", drawing.draw, name="draw"),
    path("<int:code>/map/draw/<slug:kind>/<uuid:thing>/", drawing.redraw, name="redraw"),
    path("<int:code>/map/measure/<slug:kind>/", drawing.measure, name="measure"),
    path("<int:code>/map/geojson/", exchange.geojson, name="geojson"),
    path("<int:code>/map/geojson/file/", exchange.geojson_file, name="geojson-file"),
]
