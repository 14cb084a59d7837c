"""What a load balancer asks: is this process able to serve?"""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache


@never_cache
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 where the database answers, else 503; says nothing about the cause to strangers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return JsonResponse({"status": "数据库不可用"}, status=503)
    return JsonResponse({"status": "ok"})
