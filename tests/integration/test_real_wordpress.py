"""WordPress's adapter against a real site."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from chalicelib.clock import SystemClock
from chalicelib.networks import wordpress as adapters
from chalicelib.networks.contract import Connection, Outgoing
from chalicelib.networks.http import Http
from chalicelib.publishing.outcomes import (
    AuthExpired,
    Found,
    NotThere,
    OutcomeUnknown,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.stage import (
    KEY,
    TEXT,
    Walk,
    clip,
    http_to,
    outgoing,
    picture,
    search,
    tools_of,
)
from tests.servers.faulty_proxy import Answer, DropReply, Refuse, Truncate, faulty_proxy
from tests.servers.wordpress import WordPress

PUBLISH = r"/wp/v2/posts/\d+"


@dataclass(slots=True)
class Stage:
    """A user of one's own on the site, and a slug that no other test has."""

    site: WordPress
    http: Http
    connection: Connection
    slug: str

    def adapter(self, http: Http | None = None, **settings: str) -> adapters.WordPress:
        tools = tools_of(self.connection, http or self.http, SystemClock(), settings=settings)
        return adapters.WordPress(tools)

    def post(self, text: str = TEXT, *, version: int = 1, pictures: bool = True) -> Outgoing:
        content = Content(
            text=f"{text}\n\n**Gras**, <b>non</b> & 1 < 2",
            title="L’été & la « fête »",
            link="https://exemple.fr/lien?a=1&b=2",
            categories=("Actualités", "Pain & vin"),
        )
        shown = (picture("Un croissant doré"), picture("La vitrine", "red")) if pictures else ()
        return outgoing(content, *shown, version=version, key=replace(KEY, slug=self.slug))

    def standing(self) -> list[dict[str, object]]:
        return [p for p in self.site.posts() if str(p["slug"]).startswith(self.slug)]


@pytest.fixture
def stage(wordpress: WordPress) -> Stage:
    user = wordpress.new_user("editor")
    fields = {
        "site": f"{wordpress.base_url}/",
        "username": user.username,
        "application_password": user.application_password,
    }
    http = http_to(wordpress.base_url)
    connection = adapters.connect(fields, http, SystemClock())
    return Stage(wordpress, http, connection, f"relais-{secrets.token_hex(5)}")


def test_connecting_finds_the_api_and_who_we_are(stage: Stage) -> None:
    assert stage.connection.settings["api"] == f"{stage.site.base_url}/wp-json/"
    assert stage.connection.profile.name == "Test"
    assert stage.adapter().check().url == stage.site.base_url


def test_connecting_refuses_a_wrong_password_and_a_role_too_low(stage: Stage) -> None:
    fields = {"site": stage.site.base_url, "username": "admin", "application_password": "wrong"}
    with pytest.raises(AuthExpired):
        adapters.connect(fields, stage.http, SystemClock())
    user = stage.site.new_user("contributor")
    low = {"username": user.username, "application_password": user.application_password}
    with pytest.raises(AuthExpired) as refused:
        adapters.connect({**fields, **low}, stage.http, SystemClock())
    assert "publish_posts" in refused.value.detail


def test_a_post_goes_out_whole_and_is_found(stage: Stage) -> None:
    out, adapter = stage.post(), stage.adapter()
    walk = Walk(adapter)
    assert walk.prepare(out) is None
    (draft,) = stage.standing()
    assert draft["status"] == "draft"
    assert adapter.find(search(out, parts=walk.parts)) == NotThere(prepared_stands=True)
    published = walk.publish(out)
    (post,) = stage.standing()
    assert (post["status"], post["slug"], post["link"]) == ("publish", stage.slug, published.url)
    assert post["title"]["raw"] == "L’été & la « fête »"  # type: ignore[index]
    text = post["content"]["raw"]  # type: ignore[index]
    assert "<strong>Gras</strong>, &lt;b&gt;non&lt;/b&gt; &amp; 1 &lt; 2" in text
    assert 'alt="La vitrine"' in text
    media = {m["id"]: m for m in stage.site.media()}
    assert media[post["featured_media"]]["alt_text"] == "Un croissant doré"
    assert len(post["categories"]) == 2  # type: ignore[arg-type]
    for parts in (walk.parts, {}):
        found = adapter.find(search(out, parts=parts))
        assert found == Found(published.remote_id, published.url, 1)


def by_author(stage: Stage) -> adapters.WordPress:
    """Return the adapter of somebody whose HTML WordPress cleans."""
    author = stage.site.new_user("author")
    fields = {
        "site": stage.site.base_url,
        "username": author.username,
        "application_password": author.application_password,
    }
    connection = adapters.connect(fields, stage.http, SystemClock())
    return adapters.WordPress(tools_of(connection, stage.http, SystemClock()))


def test_a_video_is_a_block_of_the_post_whoever_writes_it(stage: Stage) -> None:
    key, content = replace(KEY, slug=stage.slug), Content(text="Au fournil", title="Le four")
    out = outgoing(content, video=clip("La pâte <lève> & dore"), key=key)
    adapter = by_author(stage)
    # A site without PHP's getid3 fails after it has kept the file: the next try uses it.
    with suppress(Transient):
        Walk(adapter).prepare(out)
    published = Walk(adapter).send(out)
    (post,) = stage.standing()
    raw, shown = post["content"]["raw"], post["content"]["rendered"]  # type: ignore[index]
    (medium,) = (m for m in stage.site.media() if m["slug"].startswith(stage.slug))
    assert f'<!-- wp:video {{"id":{medium["id"]}}} -->' in raw.replace(": ", ":")
    assert f'<video controls src="{medium["source_url"]}"></video>' in shown
    assert "La pâte &lt;lève&gt; &amp; dore</figcaption>" in shown
    assert medium["mime_type"] == "video/mp4"
    assert adapter.find(search(out)) == Found(published.remote_id, published.url, 1)


def test_a_video_larger_than_the_site_takes_is_told_as_such(stage: Stage) -> None:
    key = replace(KEY, slug=stage.slug)
    for megabytes in (9, 17):  # over upload_max_filesize, and over post_max_size
        size = megabytes * 1_048_576
        film = replace(clip(), size=size, read=lambda _, length: bytes(length))
        with pytest.raises(Rejected) as refused:
            Walk(stage.adapter()).prepare(outgoing(Content(text="Au fournil"), video=film, key=key))
        assert refused.value.reason == "video_too_big"
    assert stage.standing() == []


@pytest.mark.parametrize("fault", [DropReply(), Truncate(20), Answer(500, applied=True)])
def test_a_lost_answer_is_doubt_then_found_and_a_resend_doubles_nothing(
    stage: Stage, fault: DropReply | Truncate | Answer
) -> None:
    with faulty_proxy(stage.site.base_url) as proxy:
        adapter = stage.adapter(http_to(proxy.base_url), api=f"{proxy.base_url}/wp-json/")
        out, walk = stage.post(), Walk(adapter)
        assert walk.prepare(out) is None
        proxy.fail_next("POST", PUBLISH, fault)
        with pytest.raises(OutcomeUnknown):
            walk.publish(out)
        found = adapter.find(search(out, parts=walk.parts))
        assert isinstance(found, Found)
        assert walk.publish(out).remote_id == found.remote_id
        assert proxy.unused() == 0
    assert len(stage.standing()) == 1


def test_a_lost_draft_is_found_by_its_slug_and_used(stage: Stage) -> None:
    with faulty_proxy(stage.site.base_url) as proxy:
        adapter = stage.adapter(http_to(proxy.base_url), api=f"{proxy.base_url}/wp-json/")
        out, walk = stage.post(), Walk(adapter)
        proxy.fail_next("POST", r"/wp/v2/posts$", DropReply())
        with pytest.raises(Transient):
            walk.prepare(out)
        walk.send(out)
        assert proxy.unused() == 0
    (post,) = stage.standing()
    assert post["status"] == "publish"


def test_lost_uploads_are_found_and_used(stage: Stage) -> None:
    with faulty_proxy(stage.site.base_url) as proxy:
        adapter = stage.adapter(http_to(proxy.base_url), api=f"{proxy.base_url}/wp-json/")
        out, walk = stage.post(), Walk(adapter)
        proxy.fail_next("POST", r"/wp/v2/media$", DropReply())
        with pytest.raises(Transient):
            walk.prepare(out)
        walk.send(out)
    slugs = [m["slug"] for m in stage.site.media() if str(m["slug"]).startswith(stage.slug)]
    assert len(slugs) == 2


def test_a_reset_before_the_site_saw_it_leaves_the_draft(stage: Stage) -> None:
    with faulty_proxy(stage.site.base_url) as proxy:
        adapter = stage.adapter(http_to(proxy.base_url), api=f"{proxy.base_url}/wp-json/")
        out, walk = stage.post(pictures=False), Walk(adapter)
        assert walk.prepare(out) is None
        proxy.fail_next("POST", PUBLISH, Refuse())
        with pytest.raises(OutcomeUnknown):
            walk.publish(out)
        looked = adapter.find(search(out, parts=walk.parts))
        assert looked == NotThere(prepared_stands=True)
    assert stage.standing()[0]["status"] == "draft"


def test_an_edit_is_what_goes_out_by_the_same_draft(stage: Stage) -> None:
    adapter = stage.adapter()
    first, second = stage.post("Ancien"), stage.post("Nouveau", version=2, pictures=False)
    assert Walk(adapter).prepare(first) is None
    published = Walk(adapter).send(second)  # a new version begins without parts
    (post,) = stage.standing()
    assert "Nouveau" in post["content"]["raw"]  # type: ignore[index]
    assert post["featured_media"] == 0
    found = adapter.find(search(second, first))
    assert found == Found(published.remote_id, published.url, 2)


def test_what_a_person_published_from_the_draft_is_found_not_overwritten(stage: Stage) -> None:
    adapter = stage.adapter()
    first, second = stage.post("Un", pictures=False), stage.post("Deux", version=2, pictures=False)
    published = Walk(adapter).send(first)
    with pytest.raises(OutcomeUnknown):
        Walk(adapter).send(second)
    assert adapter.find(search(second, first)) == Found(published.remote_id, published.url, 1)


def test_a_picture_that_isnt_one_is_refused_while_preparing(stage: Stage) -> None:
    odd = replace(picture("x"), load=lambda: (b"<svg/>", "image/svg+xml"))
    out = outgoing(Content(text="Un"), odd, key=replace(KEY, slug=stage.slug))
    with pytest.raises((Rejected, Transient)):
        Walk(stage.adapter()).send(out)
    assert stage.standing() == []


def test_a_revoked_password_needs_a_person(stage: Stage) -> None:
    secret = {**stage.connection.secret, "application_password": "wrong"}
    stage.connection = replace(stage.connection, secret=secret)
    with pytest.raises(AuthExpired):
        Walk(stage.adapter()).send(stage.post())
    with pytest.raises(AuthExpired):
        stage.adapter().find(search(stage.post(), parts={"post": '{"id": 1}'}))
