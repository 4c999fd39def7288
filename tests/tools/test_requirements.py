"""The pinned requirement files agree with pyproject.toml and name nothing but packages."""

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.licences import FRONT_END, rows
from tools.requirements import FILES, blocks

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def text_of(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def versions_of(*names: str) -> dict[str, str]:
    return {package: pin.split("==", 1)[1].split()[0] for name in names for package, pin in blocks(text_of(name)).items()}


@pytest.mark.parametrize("name", FILES)
def test_a_requirement_file_names_no_address_and_hashes_every_pin(name: str) -> None:
    text = text_of(name)

    assert "://" not in text
    assert [package for package, pin in blocks(text).items() if "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize(
    ("wanted", "files"),
    [
        (PROJECT["dependencies"], ("core",)),
        (PROJECT["optional-dependencies"]["postgres"], ("core", "postgres")),
        (PROJECT["optional-dependencies"]["insight"], ("core", "insight")),
        (PROJECT["optional-dependencies"]["documents"], ("core", "postgres", "documents")),
        (PROJECT["optional-dependencies"]["dev"], ("build", "core", "postgres", "insight", "documents", "test")),
    ],
    ids=["core", "postgres", "insight", "documents", "test"],
)
def test_every_dependency_of_the_project_is_pinned_to_a_version_it_allows(wanted: list[str], files: tuple[str, ...]) -> None:
    pinned = versions_of(*files)

    unmet = []
    for line in wanted:
        requirement = Requirement(line)
        version = pinned.get(requirement.name.lower())
        if version is None or not requirement.specifier.contains(version):
            unmet.append(f"{line}: pinned {version}; run make requirements")

    assert unmet == []


def test_no_package_is_pinned_in_two_files() -> None:
    # What one file wants on Windows alone another may want everywhere.
    pins = [pin.split("\\", 1)[0].strip() for name in FILES for pin in blocks(text_of(name)).values()]
    everywhere = [pin.partition("==")[0] for pin in pins if "sys_platform" not in pin]

    assert sorted(pins) == sorted(set(pins))
    assert sorted(everywhere) == sorted(set(everywhere))


def test_nothing_needed_to_run_is_under_a_licence_that_binds_its_user() -> None:
    assert [row.package for row in rows() if row.forbidden] == []


def test_every_package_in_use_states_its_licence() -> None:
    assert [row.package for row in rows() if not row.licence] == []


def test_front_end_libraries_are_listed_with_the_version_that_is_served() -> None:
    import django_htmx

    folder = Path(django_htmx.__file__).parent / "static" / "django_htmx"
    served = (folder / "htmx-2.min.js").read_text(encoding="utf-8")
    version = next(version for name, version, _licence, _origin in FRONT_END if name == "htmx")

    assert f'version:"{version}"' in served
    assert metadata.version("django-htmx")


def test_every_vendored_script_or_style_is_listed_among_the_front_end_libraries() -> None:
    vendored = {path.name.split(".")[0].split("-")[0] for path in (ROOT / "linli").glob("**/static/**/vendor/*") if path.is_file()}

    assert vendored - {name for name, *_rest in FRONT_END} == set()
