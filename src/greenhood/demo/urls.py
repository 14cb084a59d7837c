from django.urls import path

from greenhood.demo import views

app_name = "demo"

urlpatterns = [path("accounts/", views.accounts, name="accounts")]
