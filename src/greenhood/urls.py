"""The address of every room. Public pages opt out of sign-in themselves (`login_not_required`)."""

from django.urls import include, path

from greenhood import api
from greenhood.site.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("api/", api.urls),
    path("account/", include("greenhood.accounts.urls")),
    path("divisions/", include("greenhood.divisions.urls")),
    path("schemes/", include("greenhood.schemes.urls")),
    path("evidence/", include("greenhood.evidence.urls")),
    path("communities/", include("greenhood.communities.urls")),
    path("communities/", include("greenhood.facts.urls")),
    path("baseline/", include("greenhood.baseline.urls")),
    path("indicators/", include("greenhood.indicators.urls")),
    path("assessments/", include("greenhood.assessments.urls")),
    path("", include("greenhood.declarations.urls")),
    path("documents/", include("greenhood.documents.urls")),
    path("reports/", include("greenhood.reporting.urls")),
    path("experts/", include("greenhood.experts.urls")),
    path("works/", include("greenhood.works.urls")),
    path("goals/", include("greenhood.programme.urls")),
    path("coordination/", include("greenhood.coordination.urls")),
    path("supervision/", include("greenhood.supervision.urls")),
    path("practices/", include("greenhood.exemplars.urls")),
    path("plans/", include("greenhood.planning.urls")),
    path("history/", include("greenhood.accounts.audit_urls")),
    path("demo/", include("greenhood.demo.urls")),
    path("", include("greenhood.insight.urls")),
    path("", include("greenhood.site.urls")),
]

handler500 = "greenhood.site.failures.server_error"
