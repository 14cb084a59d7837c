from django.urls import path

from greenhood.divisions import views

app_name = "divisions"

urlpatterns = [
    path("", views.divisions, name="list"),
    path("find", views.find, name="find"),
    path("<int:code>/", views.detail, name="detail"),
    path("id/<int:pk>/", views.by_id, name="by-id"),
]
