"""The switches of machine judgement at the Desk."""

from django.urls import path

from linli.kernel.judgement import pages

app_name = "judgement"
urlpatterns = [
    path("desk/settings/judgement/", pages.switches, name="switches"),
    path("desk/settings/judgement/turn/", pages.turn, name="turn"),
]
