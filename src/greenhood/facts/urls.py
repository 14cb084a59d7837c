from django.urls import path, register_converter

from greenhood.facts.views import editing, listing, records
from greenhood.facts.views.finding import KindConverter

app_name = "facts"

# Words that are no kind (the map of a community) go on to the rooms above.
register_converter(KindConverter, "fact_kind")

urlpatterns = [
    path("", listing.communities, name="communities"),
    path("<int:code>/", records.community, name="community"),
    path("<int:code>/<fact_kind:kind>/", records.records, name="records"),
    path("<int:code>/<fact_kind:kind>/new/", editing.new, name="new"),
    path("<int:code>/<fact_kind:kind>/<uuid:thing>/", records.record, name="record"),
    path("<int:code>/<fact_kind:kind>/<uuid:thing>/edit/", editing.edit, name="edit"),
    path("<int:code>/<fact_kind:kind>/<uuid:thing>/retire/", editing.retire, name="retire"),
    path("<int:code>/<fact_kind:kind>/<uuid:thing>/restore/", editing.restore, name="restore"),
]
