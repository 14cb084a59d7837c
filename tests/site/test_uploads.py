"""Every page that takes a file takes it within bounds, and says at the field what was not taken."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from django.utils import timezone

from greenhood.accounts.models import Role, User
from greenhood.assessments import actions
from greenhood.assessments.models import Evidence, Override
from greenhood.communities.mapping.exchange import MOST_BYTES
from greenhood.communities.models import Boundary
from greenhood.declarations.actions import noticing
from greenhood.declarations.models import Objection
from greenhood.evidence.models import Blob
from greenhood.experts.actions.applying import begin
from greenhood.facts.models import CoordinateSystem, Import
from greenhood.facts.views.sheets import LARGEST as LARGEST_SHEET
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.source import LARGEST_FILE as LARGEST_SCHEME
from greenhood.site.division_lists import LARGEST as LARGEST_LIST
from greenhood.works.views.sheets import LARGEST as LARGEST_WORKS
from tests.assessments.dwellings import CHECK, set_managed
from tests.cast import Cast, appoint, sign_in
from tests.declarations import stage
from tests.exemplars import stage as exemplars
from tests.experts.conftest import particulars
from tests.kit.test_uploads import LIMIT, Watched, no_file_over
from tests.supervision import stage as supervision
from tests.works import stage as works

pytestmark = pytest.mark.django_db

SOURCES = Path(__file__).resolve().parents[2] / "src"


@dataclass
class Page:
    """Where a file is sent to, as which field, with what besides it.

    ``place`` is where the page says what is wrong with it, ``most`` the largest file that it takes.
    """

    url: str
    field: str
    place: str
    besides: dict[str, str] = field(default_factory=dict)
    most: int = LIMIT


@pytest.fixture(autouse=True)
def aside(tmp_path: Path, settings: Any) -> Path:
    """Where files are put while they come in."""
    folder = tmp_path / "aside"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MAX_UPLOAD_BYTES = LIMIT
    return folder


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


def people_page(client: Client, cast: Cast) -> Page:
    sign_in(client, cast.system_admin)
    return Page(reverse("accounts:import"), "file", "id_file-error")


def scheme_page(client: Client, cast: Cast) -> Page:
    sign_in(client, cast.province_officer)
    return Page(reverse("site:publish-scheme"), "upload", "id_upload-error", {"stage": "check"}, LARGEST_SCHEME)


def divisions_page(client: Client, cast: Cast) -> Page:
    sign_in(client, appoint("严管理", "province_system_admin", Role.SYSTEM_ADMIN, cast.province))
    told = {"as_of": today_in_shanghai().isoformat()}
    return Page(reverse("site:division-upload"), "file", "id_file-error", told, LARGEST_LIST)


def objection_page(client: Client, cast: Cast) -> Page:
    now = timezone.now()
    declaration = stage.declare(cast.community, cast.worker, at=now, year=today_in_shanghai().year)
    stage.bring_to(declaration, "notice", cast, at=now)
    notice = noticing.publish([declaration.pk], by=cast.province_officer, contact="028-12345678", at=now)
    told = {"name": "赵先生", "contact": "13800138000", "reason": "设施没有全覆盖。"}
    url = reverse("declarations:object", args=[notice.pk, notice.entries.get().pk])
    return Page(url, "proof", "id_proof-error", told)


def evidence_page(client: Client, cast: Cast) -> Page:
    started = actions.start(cast.community, year=today_in_shanghai().year, by=cast.worker)
    sign_in(client, cast.worker)
    return Page(reverse("assessments:edit", args=[started.pk]), "c1-files", "problems", {"c1-revision": "0"})


def sheet_page(client: Client, cast: Cast) -> Page:
    started = actions.start(cast.community, year=today_in_shanghai().year, by=cast.worker)
    sign_in(client, cast.worker)
    return Page(reverse("assessments:sheet", args=[started.pk]), "file", "problems")


def attachments_page(client: Client, cast: Cast) -> Page:
    row = Boundary.objects.create(
        community=cast.community, dated=today_in_shanghai(), area=900_000, recorded_at=timezone.now()
    )
    sign_in(client, cast.worker)
    url = reverse("evidence:attach", args=[cast.community.code, row.kind.subject_kind, row.thing])
    return Page(url, "files", "problems")


def facts_page(client: Client, cast: Cast) -> Page:
    sign_in(client, cast.worker)
    url = f"{reverse('facts:sheets')}?within={cast.community.code}"
    return Page(url, "file", "id_file-error", {"dated": today_in_shanghai().isoformat()}, LARGEST_SHEET)


def geojson_page(client: Client, cast: Cast) -> Page:
    sign_in(client, cast.worker)
    url = reverse("communities:geojson", args=[cast.community.code])
    told = {"system": CoordinateSystem.CGCS2000, "dated": today_in_shanghai().isoformat()}
    return Page(url, "file", "id_file-error", told, MOST_BYTES)


def dispute_page(client: Client, cast: Cast) -> Page:
    set_managed(cast.community, 20)
    started = actions.start(cast.community, year=today_in_shanghai().year, by=cast.worker)
    sign_in(client, cast.worker)
    no, check = CHECK
    told = {"kind": "dispute", "met": "yes", "reason": "两个小区已签物业合同。"}
    return Page(reverse("assessments:dispute", args=[started.pk, no, check]), "files", "problems", told)


def trial_page(client: Client, cast: Cast) -> Page:
    sign_in(client, cast.county_officer)
    told = {"within": str(cast.county.code)}
    return Page(reverse("insight:what_if"), "draft", "id_draft-error", told, LARGEST_SCHEME)


def works_sheet_page(client: Client, cast: Cast) -> Page:
    sign_in(client, cast.county_officer)
    return Page(f"{reverse('works:sheets')}?within={cast.county.code}", "file", "id_file-error", {}, LARGEST_WORKS)


def works_proof_page(client: Client, cast: Cast) -> Page:
    project = works.planned(cast)
    sign_in(client, cast.county_officer)
    url = reverse("works:attach", args=[project.pk, project.stages.first().pk, "before"])
    return Page(url, "files", "problems")


def check_sheet_page(client: Client, cast: Cast) -> Page:
    sheet = supervision.sheet_of(supervision.under_way(cast))
    sign_in(client, cast.county_officer)
    return Page(sheet.get_absolute_url(), "photo-t1", "problems", {"result-t1": "met", "revision-t1": "0"})


def check_photos_page(client: Client, cast: Cast) -> Page:
    found = supervision.found(cast)
    sign_in(client, cast.county_officer)
    return Page(reverse("supervision:attach", args=["finding", found.pk]), "files", "problems")


def expert_page(client: Client, cast: Cast) -> Page:
    entry = begin(cast.county, particulars(cast), by=cast.expert)
    sign_in(client, cast.expert)
    return Page(reverse("experts:add_entry_documents", args=[entry.pk]), "files", "problems")


def honour_objection_page(client: Client, cast: Cast) -> Page:
    nomination = exemplars.noticed(cast, "在公示的表扬").nominations.get()
    told = {"name": "赵先生", "contact": "13800138000", "reason": "情况不实。"}
    return Page(reverse("exemplars:object", args=[nomination.round_id, nomination.pk]), "proof", "id_proof-error", told)


PAGES = {
    "exemplars/object.html": honour_objection_page,
    "experts/documents.html": expert_page,
    "supervision/sheet.html": check_sheet_page,
    "supervision/photos.html": check_photos_page,
    "works/sheets.html": works_sheet_page,
    "works/files.html": works_proof_page,
    "assessments/dispute.html": dispute_page,
    "communities/geojson.html": geojson_page,
    "facts/sheets.html": facts_page,
    "insight/what_if.html": trial_page,
    "evidence/attachments.html": attachments_page,
    "accounts/import.html": people_page,
    "site/publish_scheme.html": scheme_page,
    "site/division_upload.html": divisions_page,
    "declarations/objection_new.html": objection_page,
    "assessments/edit.html": evidence_page,
    "assessments/sheet.html": sheet_page,
}


@pytest.fixture(params=PAGES.values(), ids=PAGES.keys())
def page(request: pytest.FixtureRequest, client: Client, cast: Cast, sichuan: SchemeVersion) -> Page:
    return request.param(client, cast)


def kept() -> tuple[int, ...]:
    """How much there is of what an upload could leave behind."""
    return tuple(model.objects.count() for model in (User, SchemeVersion, Objection, Blob, Evidence, Override, Import))


def body_of(page: Page, size: int) -> bytes:
    file = SimpleUploadedFile("材料.xlsx", b"PK\x03\x04" + b"x" * size)
    return encode_multipart(BOUNDARY, page.besides | {page.field: file})


def send(client: Client, page: Page, body: io.BytesIO, *, length: int | None = None) -> Any:
    size = len(body.getvalue()) if length is None else length
    sent = {"wsgi.input": body, "CONTENT_LENGTH": str(size), "CONTENT_TYPE": MULTIPART_CONTENT}
    return client.generic("POST", page.url, **sent)


def said_at(page: Page, html: str) -> str:
    """The text of the place that says what is wrong with the file."""
    found = re.search(rf'<(\w+)[^>]*(?:id|class)="{page.place}"[^>]*>(.*?)</\1>', html, re.DOTALL)
    return found[2] if found else ""


def test_these_are_all_the_forms_that_take_files() -> None:
    forms = {
        str(path).split("/templates/")[1]
        for path in SOURCES.rglob("templates/**/*.html")
        if "multipart/form-data" in path.read_text(encoding="utf-8")
    }
    assert forms == set(PAGES)


def test_file_over_the_limit_is_refused_as_it_comes_in(client: Client, page: Page, aside: Path) -> None:
    before = kept()
    body = Watched(body_of(page, page.most + 2 * LIMIT), aside)

    answer = send(client, page, body)

    assert answer.status_code == 422
    assert re.search("文件太大|文件超过", said_at(page, answer.content.decode()))
    assert body.most <= page.most + 2**16
    assert (kept(), list(aside.iterdir())) == (before, [])


def test_body_that_is_cut_leaves_nothing(client: Client, page: Page, aside: Path) -> None:
    before = kept()
    body = body_of(page, LIMIT // 2)

    answer = send(client, page, io.BytesIO(body[: len(body) * 3 // 4]), length=len(body))

    assert answer.status_code == 400
    assert "上传中断，没有收到完整内容，什么也没有保存" in answer.content.decode()
    assert (kept(), list(aside.iterdir())) == (before, [])


def test_full_disk_is_said(client: Client, page: Page, aside: Path) -> None:
    before = kept()
    body = io.BytesIO(body_of(page, LIMIT // 2))

    with no_file_over(2**16):
        answer = send(client, page, body)

    assert answer.status_code == 422
    assert "服务器存储空间不足" in said_at(page, answer.content.decode())
    assert (kept(), list(aside.iterdir())) == (before, [])


def test_page_that_takes_no_files_writes_none(client: Client, cast: Cast, aside: Path) -> None:
    page = Page(reverse("accounts:sign_in"), "file", "", {"username": "x", "password": "y"})
    body = Watched(body_of(page, LIMIT // 2), aside)

    assert send(client, page, body).status_code < 500
    assert body.most == 0
