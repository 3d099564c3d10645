"""What the world reads without signing in: pages and feeds of a firm's own site."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.publishing.posts import Content, Media
from chalicelib.publishing.site import SiteEntry, code_of
from tests.fakes.api_world import BAKERY, FLORIST, ApiWorld, Client, serving
from tests.fakes.clocks import START

ATOM = "{http://www.w3.org/2005/Atom}"
NASTY = (
    "<script>alert(1)</script>\n\n[clic](javascript:alert(2)) "
    '<img src=x onerror="alert(3)"> **gras** & fin'
)
UUIDS = [f"11111111-1111-5111-8111-11111111111{n}" for n in range(6)]
CODES = [code_of(uuid) for uuid in UUIDS]
world_reader = Client()


def entry(n: int = 1, firm: WorkspaceId = BAKERY, **changes: object) -> SiteEntry:
    content = Content(
        text=NASTY,
        title='Galette & <b onload="x">rois',
        link="https://example.org/?a=1&b=2",
        media=(
            Media(
                sha256="a" * 64,
                content_type="image/jpeg",
                width=4,
                height=3,
                size=9,
                alt='Une "galette" <i>',
            ),
        ),
    )
    given: dict[str, object] = {
        "workspace": firm,
        "channel": ChannelId("site"),
        "delivery": DeliveryId(f"p{n}.site.0"),
        "uuid": UUIDS[n],
        "version": 1,
        "content": content,
        "published_at": START + timedelta(hours=n),
    }
    return SiteEntry(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        made.site_pages.entries = [entry(1), entry(2), entry(3, FLORIST)]
        yield made


def test_a_page_shows_a_post_and_obeys_nothing_in_it(world: ApiWorld) -> None:
    page = world_reader.get(f"/p/{CODES[1]}")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    html = page.text
    assert "<title>Galette &amp; &lt;b onload=&quot;x&quot;&gt;rois · Boulangerie" in html
    assert "<strong>gras</strong>" in html
    assert "&lt;script&gt;" in html
    assert 'alt="Une &quot;galette&quot; &lt;i&gt;"' in html
    assert f'src="http://127.0.0.1:8000/media/{"a" * 64}"' in html
    for never in ("<script", "<img src=x", 'javascript:alert(2)"', "<b onload", 'href="java'):
        assert never not in html
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("; sandbox")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert "25\u00a0novembre\u00a02026" in html


def test_the_one_style_is_the_one_that_the_policy_allows(world: ApiWorld) -> None:
    page = world_reader.get(f"/p/{CODES[1]}")
    (style,) = re.findall("<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.headers["content-security-policy"]
    assert " style=" not in page.text


def test_what_is_not_there_is_told_as_a_problem(world: ApiWorld) -> None:
    for path in ("/p/none", "/feed/none.atom", "/feed/feed-bakery.rss", "/p/..%2f..%2fetc"):
        answer = world_reader.get(path)
        assert (answer.status, answer.slug) == (404, "not-found"), path


def test_the_atom_feed_names_posts_by_their_own_ids_newest_first(world: ApiWorld) -> None:
    answer = world_reader.get("/feed/feed-bakery.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.text)
    assert [e.findtext(f"{ATOM}id") for e in feed.findall(f"{ATOM}entry")] == [
        "urn:uuid:11111111-1111-5111-8111-111111111112",
        "urn:uuid:11111111-1111-5111-8111-111111111111",
    ]
    assert feed.findtext(f"{ATOM}updated") == "2026-11-25T10:00:00+00:00"
    assert feed.findtext(f"{ATOM}title") == "Actualités de Boulangerie Martin"
    (content, _) = feed.iter(f"{ATOM}content")
    assert content.text is not None
    assert "<script" not in content.text
    assert "<strong>gras</strong>" in content.text
    links = {e.get("rel"): e.get("href") for e in feed.findall(f"{ATOM}link")}
    assert links["self"] == "http://127.0.0.1:8000/feed/feed-bakery.atom"


def test_the_json_feed_says_the_same(world: ApiWorld) -> None:
    answer = world_reader.get("/feed/feed-bakery.json")
    assert answer.headers["content-type"] == "application/feed+json"
    feed = json.loads(answer.text)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [i["url"] for i in feed["items"]] == [
        f"http://127.0.0.1:8000/p/{CODES[2]}",
        f"http://127.0.0.1:8000/p/{CODES[1]}",
    ]
    assert feed["items"][0]["external_url"] == "https://example.org/?a=1&b=2"
    assert feed["items"][0]["image"].endswith("/media/" + "a" * 64)


FILM = Media(
    sha256="b" * 64,
    content_type="video/mp4",
    width=1080,
    height=1920,
    size=8_388_608,
    alt='La "pâte" <i>lève</i>',
    duration_ms=12_500,
)
FILM_URL = f"http://127.0.0.1:8000/media/{'b' * 64}"


def test_a_video_is_played_on_its_page_and_described(world: ApiWorld) -> None:
    world.site_pages.entries = [entry(1, content=Content(text="Au fournil", media=(FILM,)))]
    page = world_reader.get(f"/p/{CODES[1]}")
    assert (
        f'<figure class="wp-block-video"><video controls src="{FILM_URL}"></video>'
        '<figcaption class="wp-element-caption">La &quot;pâte&quot; &lt;i&gt;lève&lt;/i&gt;'
        "</figcaption></figure>"
    ) in page.text
    assert "<img" not in page.text
    policy = page.headers["content-security-policy"]
    assert "; media-src http://127.0.0.1:8000/media/; " in policy


def test_a_video_without_a_description_has_no_empty_one(world: ApiWorld) -> None:
    mute = replace(FILM, alt="")
    world.site_pages.entries = [entry(1, content=Content(text="", media=(mute,)))]
    page = world_reader.get(f"/p/{CODES[1]}").text
    assert f'<video controls src="{FILM_URL}"></video></figure>' in page


def test_feeds_carry_a_video_with_its_type_and_length(world: ApiWorld) -> None:
    world.site_pages.entries = [entry(1, content=Content(text="Au fournil", media=(FILM,)))]
    feed = ET.fromstring(world_reader.get("/feed/feed-bakery.atom").text)
    (enclosure,) = (e for e in feed.iter(f"{ATOM}link") if e.get("rel") == "enclosure")
    told = (enclosure.get("href"), enclosure.get("type"), enclosure.get("length"))
    assert told == (FILM_URL, "video/mp4", "8388608")
    (item,) = json.loads(world_reader.get("/feed/feed-bakery.json").text)["items"]
    assert "image" not in item
    assert item["attachments"] == [
        {
            "url": FILM_URL,
            "mime_type": "video/mp4",
            "size_in_bytes": 8_388_608,
            "duration_in_seconds": 12.5,
            "title": FILM.alt,
        }
    ]


def test_a_firm_with_markup_in_its_name_is_escaped(world: ApiWorld) -> None:
    page = world_reader.get(f"/p/{CODES[3]}").text
    assert "Fleurs &lt;Flora&gt; &amp; fils" in page
    feed = ET.fromstring(world_reader.get("/feed/feed-florist.atom").text)
    assert feed.findtext(f"{ATOM}title") == "Actualités de Fleurs <Flora> & fils"


@pytest.mark.parametrize(
    "path", ["/feed/feed-bakery.atom", "/feed/feed-bakery.json", f"/p/{CODES[1]}"]
)
def test_what_has_not_changed_is_not_sent_again(world: ApiWorld, path: str) -> None:
    first = world_reader.get(path)
    tag, changed = first.headers["etag"], first.headers["last-modified"]
    for asked in (
        {"if_none_match": tag},
        {"if_none_match": f'"other", W/{tag}'},
        {"if_modified_since": changed},
    ):
        again = world_reader.with_headers(**asked).get(path)
        assert (again.status, again.text) == (304, "")
        assert again.headers["etag"] == tag
    for asked in (
        {"if_none_match": '"other"', "if_modified_since": changed},
        {"if_modified_since": "Tue, 24 Nov 2026 00:00:00 GMT"},
        {"if_modified_since": "yesterday"},
    ):
        assert world_reader.with_headers(**asked).get(path).status == 200
    world.clock.advance(timedelta(days=1))
    assert world_reader.get(path).text == first.text
    world.site_pages.entries.append(entry(4))
    if path.startswith("/feed"):
        assert world_reader.with_headers(if_none_match=tag).get(path).status == 200


def test_an_empty_feed_is_the_same_whenever_it_is_read(world: ApiWorld) -> None:
    world.site_pages.entries = []
    first = world_reader.get("/feed/feed-bakery.atom")
    assert ET.fromstring(first.text).findtext(f"{ATOM}updated") == "2026-11-25T08:00:00+00:00"
    assert first.text == world_reader.get("/feed/feed-bakery.atom").text


def test_control_characters_never_break_a_feed(world: ApiWorld) -> None:
    world.site_pages.entries = [entry(1, content=Content(text="a\x0bb\x00c"))]
    answer = world_reader.get("/feed/feed-bakery.atom")
    assert answer.status == 200
    assert ET.fromstring(answer.text) is not None


def test_the_head_of_a_page_can_be_asked_for(world: ApiWorld) -> None:
    assert world_reader.call("HEAD", f"/p/{CODES[1]}").status == 200
    assert world_reader.call("HEAD", "/feed/feed-bakery.json").status == 200
