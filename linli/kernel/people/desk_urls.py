"""The roster and the homes at the Desk."""

from django.urls import path

from linli.kernel.people import desk_homes, desk_people, desk_ties

app_name = "roster"
urlpatterns = [
    path("desk/people/", desk_people.people, name="people"),
    path("desk/people/new/", desk_people.register, name="register"),
    path("desk/people/<int:person_id>/", desk_people.person, name="person"),
    path("desk/people/<int:person_id>/edit/", desk_people.edit, name="edit"),
    path("desk/people/<int:person_id>/reveal/", desk_people.reveal, name="reveal"),
    path("desk/people/<int:person_id>/groups/", desk_people.add_group, name="add_group"),
    path("desk/people/<int:person_id>/groups/<int:fact_id>/end/", desk_people.end_group, name="end_group"),
    path("desk/people/<int:person_id>/helpers/", desk_ties.add_helper, name="add_helper"),
    path("desk/people/<int:person_id>/helpers/<int:tie_id>/end/", desk_ties.end_helper, name="end_helper"),
    path("desk/people/<int:person_id>/consents/", desk_ties.give_consent, name="give_consent"),
    path("desk/people/<int:person_id>/consents/<int:consent_id>/end/", desk_ties.end_consent, name="end_consent"),
    path("desk/people/<int:person_id>/export/", desk_people.export, name="export"),
    path("desk/people/<int:person_id>/erase/", desk_people.erase, name="erase"),
    path("desk/homes/", desk_homes.homes, name="homes"),
    path("desk/homes/<int:place_id>/", desk_homes.home, name="home"),
    path("desk/homes/<int:place_id>/owners/", desk_homes.add_owner, name="add_owner"),
    path("desk/homes/<int:place_id>/owners/<int:share_id>/end/", desk_homes.end_owner, name="end_owner"),
    path("desk/homes/<int:place_id>/residents/", desk_homes.add_resident, name="add_resident"),
    path("desk/homes/<int:place_id>/residents/<int:stay_id>/end/", desk_homes.end_resident, name="end_resident"),
]
