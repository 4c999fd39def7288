"""Addresses of importing and exporting at the Desk."""

from django.urls import include, path

from linli.ports.tables import pages, plans, rolls

tables = [
    path("desk/import/", pages.home, name="home"),
    path("desk/import/template/<slug:kind>.xlsx", pages.template, name="template"),
    path("desk/import/new/<slug:kind>/", pages.upload, name="upload"),
    path("desk/import/<int:job_id>/", pages.job, name="job"),
    path("desk/import/<int:job_id>/columns/", pages.columns, name="columns"),
    path("desk/import/<int:job_id>/sheet/", pages.sheet, name="sheet"),
    path("desk/import/<int:job_id>/go/", pages.go, name="go"),
    path("desk/import/<int:job_id>/drop/", pages.drop, name="drop"),
    path("desk/import/<int:job_id>/first-passwords/", pages.first_passwords, name="first_passwords"),
    path("desk/import/<int:job_id>/marked.xlsx", pages.marked, name="marked"),
    path("desk/export/<slug:kind>", pages.export, name="export"),
    path("desk/rolls/<int:roll_id>/table", rolls.export, name="roll"),
    path("desk/rolls/<int:roll_id>/sheet/", rolls.sheet, name="roll_sheet"),
    path("desk/plans/<int:plan_id>/sheet/", plans.sheet, name="plan_sheet"),
]

urlpatterns = [path("", include((tables, "tables")))]
