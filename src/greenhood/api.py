"""The one API under /api/, made of the rooms' routers; its OpenAPI description is at /api/openapi.json."""

from django.contrib.auth.decorators import login_not_required
from ninja import NinjaAPI
from ninja.security import django_auth

from greenhood.assessments import api as assessments
from greenhood.baseline import api as baseline
from greenhood.declarations import api as declarations
from greenhood.divisions import api as divisions
from greenhood.facts import api as facts
from greenhood.indicators import api as indicators
from greenhood.insight import api as insight
from greenhood.schemes import api as schemes

api = NinjaAPI(
    title="绿色社区创建平台",
    version="1",
    description="与网页相同的数据和权限；公开接口不需要登录。",
    auth=django_auth,
    docs_decorator=login_not_required,
    docs_url=None,
)

api.add_router("/divisions", divisions.router)
api.add_router("/schemes", schemes.router)
api.add_router("/facts", facts.router)
api.add_router("/indicators", indicators.router)
api.add_router("/baseline", baseline.router)
api.add_router("/assessments", assessments.router)
api.add_router("/declarations", declarations.router)
api.add_router("/insight", insight.router)

urls = api.urls
for pattern in urls[0]:
    # Each operation says itself whether it asks for sign-in (`auth`), and answers a machine with 401, not with a page.
    login_not_required(pattern.callback)
