"""GeoJSON out and in: the same things come back unchanged, errors are told by feature, all is stored or nothing."""

import json
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from greenhood.communities.models import Boundary, Estate, Facility, GreenSpace
from greenhood.history.models import Entry
from greenhood.kit import geodesy
from greenhood.kit.dates import today_in_shanghai
from tests.cast import sign_in
from tests.communities.shapes import (
    BOUNDARY,
    BOW,
    EAST,
    GREEN,
    NORTH,
    record_boundary,
    record_facility,
    record_green,
    square,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(cast):
    return reverse("communities:geojson", args=[cast.community.code])


@pytest.fixture
def file_address(cast):
    return reverse("communities:geojson-file", args=[cast.community.code])


def feature(kind, geometry, id=None, **properties):
    named = {"kind": kind} if kind else {}
    found = {"type": "Feature", "geometry": geometry, "properties": named | properties}
    return found | ({"id": str(id)} if id is not None else {})


def green(geometry=GREEN, id=None, **properties):
    return feature(
        "green-spaces", geometry, id, **{"name": "河边游园", "green_type": "park", "is_public": True} | properties
    )


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def upload(text, **more):
    content = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("map.geojson", content, "application/geo+json")
    return {"file": file, "kind": "", "system": "cgcs2000", "dated": "2026-03-01", "note": "", "do": "preview"} | more


def outcomes(answer):
    return [entry.outcome for entry in answer.context["found"].entries]


def errors(answer):
    return [entry.errors for entry in answer.context["found"].entries]


def confirm(client, address, answer, **more):
    """Sends the second step as the page of the first one would."""
    found, cleaned = answer.context["found"], answer.context["form"].cleaned_data
    sent = {
        "content": answer.context["content"],
        "seen": json.dumps(found.seen),
        "do": "store",
        "note": cleaned["note"],
    }
    rest = {"kind": cleaned["kind"], "system": cleaned["system"], "dated": cleaned["dated"].isoformat()}
    return client.post(address, sent | rest | more)


def test_what_is_exported_comes_back_unchanged(client, cast, address, file_address):
    record_boundary(cast.community, cast.worker)
    record_facility(cast.community, cast.worker)
    record_green(cast.community, cast.worker)
    sign_in(client, cast.worker)

    exported = client.get(file_address)
    answer = client.post(address, upload(exported.content))

    assert exported["Content-Type"] == "application/geo+json; charset=utf-8"
    assert "attachment" in exported["Content-Disposition"]
    assert outcomes(answer) == ["same", "same", "same"]
    assert Entry.objects.filter(event="fact.exported").count() == 1


def test_an_export_holds_columns_by_key_and_lasting_ids(client, cast, file_address):
    recorded = record_green(cast.community, cast.worker)
    record_facility(cast.community, cast.worker)
    sign_in(client, cast.worker)

    one_kind = client.get(file_address, {"kind": "green-spaces"}).json()

    [found] = one_kind["features"]
    assert found["id"] == str(recorded.thing)
    assert found["geometry"] == GREEN
    assert found["properties"]["kind"] == "green-spaces"
    assert found["properties"]["green_type"] == "park"
    assert found["properties"]["area"] == pytest.approx(10628.3, abs=0.1)
    assert client.get(file_address, {"kind": "nothing"}).status_code == 404


def test_a_preview_says_what_is_new_and_changed_and_stores_nothing(client, cast, address):
    known = record_green(cast.community, cast.worker)
    sign_in(client, cast.worker)
    wider = square(0.002, 0.002, 0.0011)

    answer = client.post(
        address, upload(collection(green(wider, known.thing, name="新名游园"), feature("boundary", BOUNDARY)))
    )

    assert outcomes(answer) == ["changed", "new"]
    page = answer.content.decode()
    assert "绿地名称：河边游园 → 新名游园" in page
    assert "图形：10,628.3 平方米" in page
    assert GreenSpace.objects.count() == 1
    assert not Boundary.objects.exists()


def test_a_confirmed_file_is_stored_with_its_source_and_the_same_id_updates(client, cast, address):
    known = record_green(cast.community, cast.worker)
    sign_in(client, cast.worker)
    text = collection(
        green(square(0.002, 0.002, 0.0011), known.thing),
        green(square(0.005, 0.005, 0.001), name="东游园"),
        feature("boundary", BOUNDARY),
        feature(
            "facilities",
            {"type": "Point", "coordinates": [EAST + 0.001, NORTH + 0.001]},
            name="幼儿园",
            facility_type="幼儿园",
        ),
    )
    answer = client.post(address, upload(text, note="2026 年地形图", dated="2026-04-01"))

    confirm(client, address, answer)

    assert GreenSpace.objects.filter(until=None).count() == 2
    updated = GreenSpace.objects.get(thing=known.thing, until=None)
    assert (updated.source, updated.source_note, str(updated.dated)) == ("imported", "2026 年地形图", "2026-04-01")
    assert Facility.objects.get().facility_type == "kindergarten"
    assert float(Boundary.objects.get().area) == pytest.approx(geodesy.area_m2(BOUNDARY), abs=0.01)
    entry = Entry.objects.get(event="fact.imported")
    assert entry.details["count"] == 4


def test_the_same_file_sent_twice_changes_nothing(client, cast, address):
    sign_in(client, cast.worker)
    text = collection(
        feature("boundary", BOUNDARY), green(id="way/17"), green(square(0.005, 0.005, 0.001), name="东游园")
    )
    first = client.post(address, upload(text))
    confirm(client, address, first)

    second = client.post(address, upload(text))

    assert outcomes(first) == ["new", "new", "new"]
    assert outcomes(second) == ["same", "same", "same"]


def test_one_bad_feature_keeps_the_whole_file_out_and_each_says_what_is_wrong(client, cast, address):
    record_boundary(cast.community, cast.worker)
    sign_in(client, cast.worker)
    text = collection(
        green(),
        green(BOW, name="交叉"),
        green(square(0.03, 0, 0.001), name="界外"),
        green(name=""),
        green(is_public="maybe"),
        green(green_type="forest"),
        green(plants=5, dead_plants=9),
        feature("nothing", GREEN),
        feature(None, GREEN),
        feature("facilities", GREEN, name="设施", facility_type="market"),
        {"type": "Polygon"},
        green([1, 2]),
        feature("buildings", None, name="1 栋", dwellings=20, estate=str(UUID(int=5))),
        green({"type": "Polygon", "coordinates": [GREEN["coordinates"][0][:4]]}, name="没闭合"),
    )

    answer = client.post(address, upload(text))

    found = ["".join(each) for each in errors(answer)]
    assert answer.status_code == 422
    for number, words in [
        (1, "自相交"),
        (2, "辖区范围之外"),
        (3, "请填写绿地名称"),
        (4, "公共绿地：应为 true 或 false"),
        (5, "没有这个选项"),
        (6, "不能多于植株"),
        (7, "类别“nothing”不存在"),
        (8, "没有写明类别"),
        (9, "图形类型是 Polygon"),
        (10, "不是要素"),
        (11, "不是 GeoJSON 几何图形"),
        (12, "没有编号为"),
        (13, "没有闭合"),
    ]:
        assert words in found[number], number
    assert "有一处错误" in answer.content.decode() or "文件有误" in answer.content.decode()
    forced = confirm(client, address, answer)
    assert forced.status_code == 422
    assert not GreenSpace.objects.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "第 1 行第 2 列"),
        ("[]", "不是要素集合"),
        ('{"type": "FeatureCollection", "features": []}', "没有要素"),
        (b"\xff\xfe\x00", "不是 UTF-8"),
        (json.dumps({"type": "FeatureCollection", "features": [{}] * 1001}), "一次最多 1,000 个"),
        ("x" * (5 * 2**20 + 1), "文件太大"),
        ("", "提交的是空文件"),
    ],
)
def test_what_is_no_collection_is_refused_with_the_reason(client, cast, address, text, words):
    sign_in(client, cast.worker)

    answer = client.post(address, upload(text))

    assert answer.status_code == 422
    assert words in answer.content.decode().replace("&quot;", '"')


def test_a_thing_twice_in_a_file_is_told(client, cast, address):
    sign_in(client, cast.worker)

    answer = client.post(address, upload(collection(green(id=UUID(int=7)), green(id=UUID(int=7)))))

    assert errors(answer)[1] == ["与第 1 个要素是同一对象。请删去重复的一个。"]


def test_what_is_drawn_twice_without_an_id_is_told(client, cast, address):
    sign_in(client, cast.worker)

    answer = client.post(address, upload(collection(green(), green(), green(name="另一处"))))

    assert errors(answer) == [[], ["与第 1 个要素的名称和图形都相同。请删去重复的一个。"], []]


def test_points_of_other_systems_are_moved(client, cast, address):
    sign_in(client, cast.worker)
    moved = [float(each) for each in geodesy.from_cgcs2000(104.0335, 30.6335, "gcj02")]
    point = {"type": "Point", "coordinates": moved}
    text = collection(feature(None, point, 设施名称="幼儿园", 类别="幼儿园"))

    answer = client.post(address, upload(text, kind="facilities", system="gcj02"))
    confirm(client, address, answer)

    stored = Facility.objects.get()
    assert float(geodesy.distance_m(stored.longitude, stored.latitude, 104.0335, 30.6335)) < 0.5
    assert stored.captured_in == "gcj02"


def test_doubtful_features_are_stored_only_when_confirmed(client, cast, address):
    record_boundary(cast.community, cast.worker)
    sign_in(client, cast.worker)
    text = collection(green(square(0.0094, 0.002, 0.001)), green(square(0.005, 0.005, 0.001), area=5.0, name="东游园"))
    answer = client.post(address, upload(text))
    warnings = "".join(words for _, words in answer.context["found"].warnings)
    assert "有 40%" in warnings
    assert "属性中的面积（5）与图形量算的（10,628" in warnings

    confirm(client, address, answer)
    assert not GreenSpace.objects.exists()

    confirm(client, address, answer, confirmed="on")
    assert GreenSpace.objects.count() == 2


def test_what_somebody_changed_after_the_preview_is_not_overwritten(client, cast, address):
    known = record_green(cast.community, cast.worker)
    sign_in(client, cast.worker)
    text = collection(
        green(square(0.002, 0.002, 0.0011), known.thing), green(square(0.005, 0.005, 0.001), name="东游园")
    )
    answer = client.post(address, upload(text, dated=str(today_in_shanghai())))
    record_green(cast.community, cast.street_officer, name="他人所改", thing=known.thing, replaces=known.id)

    late = confirm(client, address, answer)

    assert late.status_code == 409
    assert "预览之后他人已改过" in late.content.decode()
    assert GreenSpace.objects.get(until=None).name == "他人所改"


def test_more_green_than_land_keeps_the_file_out(client, cast, address):
    sign_in(client, cast.worker)
    small = square(0.002, 0.002, 0.001)
    text = collection(feature("boundary", small), green(small, name="一"), green(small, name="二"))
    answer = client.post(address, upload(text))

    late = confirm(client, address, answer, confirmed="on")

    assert late.status_code == 409
    assert "超过了辖区面积" in late.content.decode()
    assert not Boundary.objects.exists()


def test_a_building_may_name_an_estate_of_the_same_file(client, cast, address):
    sign_in(client, cast.worker)
    estate = UUID("018f0000-0000-7000-8000-000000000001")
    text = collection(
        feature(
            "buildings", {"type": "Point", "coordinates": [EAST, NORTH]}, name="1 栋", dwellings=20, estate=str(estate)
        ),
        feature("estates", square(size=0.002), estate, name="华西苑", dwellings=300),
    )

    answer = client.post(address, upload(text))
    confirm(client, address, answer)

    assert outcomes(answer) == ["new", "new"]
    assert Estate.objects.get().thing == estate


def test_readers_may_look_but_not_bring_in(client, cast, address, file_address):
    sign_in(client, cast.auditor)
    assert client.get(address).status_code == 200
    assert client.post(address, upload(collection(green()))).status_code == 403
    sign_in(client, cast.neighbour_worker)
    assert client.get(address).status_code == 404
    assert client.get(file_address).status_code == 404
