"""The roster and the homes at the Desk."""

from django.urls import path

from linli.kernel.people import desk_pages

app_name = "roster"
urlpatterns = [
    path("desk/people/", desk_pages.people, name="people"),
    path("desk/people/new/", desk_pages.register, name="register"),
    path("desk/people/<int:person_id>/", desk_pages.person, name="person"),
    path("desk/people/<int:person_id>/edit/", desk_pages.edit, name="edit"),
    path("desk/people/<int:person_id>/reveal/", desk_pages.reveal, name="reveal"),
    path("desk/people/<int:person_id>/groups/", desk_pages.add_group, name="add_group"),
    path("desk/people/<int:person_id>/groups/<int:fact_id>/end/", desk_pages.end_group, name="end_group"),
    path("desk/people/<int:person_id>/helpers/", desk_pages.add_helper, name="add_helper"),
    path("desk/people/<int:person_id>/export/", desk_pages.export, name="export"),
    path("desk/people/<int:person_id>/erase/", desk_pages.erase, name="erase"),
    path("desk/homes/", desk_pages.homes, name="homes"),
    path("desk/homes/<int:place_id>/", desk_pages.home, name="home"),
    path("desk/homes/<int:place_id>/owners/", desk_pages.add_owner, name="add_owner"),
    path("desk/homes/<int:place_id>/owners/<int:share_id>/end/", desk_pages.end_owner, name="end_owner"),
    path("desk/homes/<int:place_id>/residents/", desk_pages.add_resident, name="add_resident"),
    path("desk/homes/<int:place_id>/residents/<int:stay_id>/end/", desk_pages.end_resident, name="end_resident"),
]
