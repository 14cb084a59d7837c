from django.urls import path, register_converter

from greenhood.facts.views import editing, exporting, listing, records, sheets
from greenhood.facts.views.finding import KindConverter

app_name = "facts"

# Words that are no kind (the map of a community) go on to the rooms above.
register_converter(KindConverter, "fact_kind")

urlpatterns = [
    path("", listing.communities, name="communities"),
    path("export/", exporting.export_communities, name="export"),
    path("sheets/", sheets.sheets_of, name="sheets"),
    path("sheets/download/", sheets.download, name="download"),
    path("export/<fact_kind:kind>.csv", exporting.export_csv, name="export-csv"),
    path("export/<fact_kind:kind>.xlsx", exporting.export_xlsx, name="export-xlsx"),
    path("imports/<uuid:pk>/", sheets.import_page, name="import"),
    path("imports/<uuid:pk>/apply/", sheets.apply_import, name="apply-import"),
    path("imports/<uuid:pk>/marked/", sheets.marked, name="marked-import"),
    path("<int:code>/", records.community, name="community"),
    path("<int:code>/<fact_kind:kind>/", records.records, name="records"),
    path("<int:code>/<fact_kind:kind>/new/", editing.new, name="new"),
    path("<int:code>/<fact_kind:kind>/<uuid:thing>/", records.record, name="record"),
    path("<int:code>/<fact_kind:kind>/<uuid:thing>/edit/", editing.edit, name="edit"),
    path("<int:code>/<fact_kind:kind>/<uuid:thing>/retire/", editing.retire, name="retire"),
    path("<int:code>/<fact_kind:kind>/<uuid:thing>/restore/", editing.restore, name="restore"),
]
