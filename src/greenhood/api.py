"""The one API under /api/, made of the rooms' routers; its OpenAPI description is at /api/openapi.json."""

from importlib import import_module
from importlib.util import find_spec

from django.contrib.auth.decorators import login_not_required
from ninja import NinjaAPI
from ninja.security import django_auth

ROUTERS = ("divisions", "schemes", "assessments", "declarations", "insight")

api = NinjaAPI(
    title="绿色社区创建平台",
    version="1",
    description="与网页相同的数据和权限；公开接口不需要登录。",
    auth=django_auth,
    docs_decorator=login_not_required,
    docs_url=None,
)

for room in ROUTERS:
    # A room without an API yet has no api module.
    if find_spec(f"greenhood.{room}.api"):
        api.add_router(f"/{room}", import_module(f"greenhood.{room}.api").router)

urls = api.urls
for pattern in urls[0]:
    # Each operation says itself whether it asks for sign-in (`auth`), and answers a machine with 401, not with a page.
    login_not_required(pattern.callback)
