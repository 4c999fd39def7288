"""Settings at the Desk."""

from django.urls import path

from linli.kernel.matters import calendar_pages
from linli.kernel.matters import settings_pages as pages

app_name = "settings"
urlpatterns = [
    path("desk/settings/", pages.index, name="index"),
    path("desk/settings/promises/", pages.promises, name="promises"),
    path("desk/settings/promises/<int:rule_id>/end/", pages.end_rule, name="end_promise"),
    path("desk/settings/categories/", pages.categories, name="categories"),
    path("desk/settings/categories/new/", pages.new_category, name="new_category"),
    path("desk/settings/categories/<int:category_id>/", pages.category, name="category"),
    path("desk/settings/calendar/", calendar_pages.work_calendar, name="calendar"),
    path("desk/settings/calendar/remove/", calendar_pages.remove_day, name="remove_day"),
    path("desk/settings/calendar/declare/", calendar_pages.declare_year, name="declare_year"),
    path("desk/settings/calendar/<int:year>/", calendar_pages.enter_year, name="enter_year"),
    path("desk/settings/gateways/", pages.gateways, name="gateways"),
    path("desk/settings/gateways/<str:channel>/test/", pages.test_gateway, name="test_gateway"),
]
