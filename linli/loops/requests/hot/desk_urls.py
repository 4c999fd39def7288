"""Addresses of hot topics at the Desk."""

from __future__ import annotations

from django.urls import path

from linli.loops.requests.hot import desk, desk_placing

app_name = "hot_desk"
urlpatterns = [
    path("desk/hot/", desk.index, name="list"),
    path("desk/hot/<int:topic_id>/", desk.show, name="topic"),
    path("desk/hot/<int:topic_id>/rename/", desk.rename, name="rename"),
    path("desk/hot/<int:topic_id>/dismiss/", desk.dismiss, name="dismiss"),
    path("desk/hot/<int:topic_id>/restore/", desk.restore, name="restore"),
    path("desk/hot/<int:topic_id>/join/", desk.join, name="join"),
    path("desk/hot/<int:topic_id>/take-out/", desk_placing.take_out, name="take_out"),
    path("desk/hot/<int:topic_id>/put-in/", desk_placing.put_in, name="put_in"),
    path("desk/hot/<int:topic_id>/changes/<int:change_id>/undo/", desk_placing.undo, name="undo"),
    path("desk/hot/<int:topic_id>/lead/", desk.lead, name="lead"),
]
