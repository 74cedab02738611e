from django.http import HttpRequest, HttpResponse
from django.urls import path


def blank(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Tanpuhui")


urlpatterns = [path("", blank, name="welcome"), path("home/", blank, name="home")]
