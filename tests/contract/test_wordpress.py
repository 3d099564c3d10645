"""WordPress's adapter against a site that holds the rules of the REST API, and its noise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from chalicelib.networks import wordpress
from chalicelib.networks.articles import article_html, article_title
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Connection
from chalicelib.networks.http import Http
from chalicelib.publishing.outcomes import (
    AuthExpired,
    Found,
    NotThere,
    OutcomeUnknown,
    Part,
    RateLimited,
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
from tests.fakes.clocks import START, SettableClock
from tests.fakes.fake_wordpress import FakeWordPress
from tests.fakes.serving import Said, Served, said, serving
from tests.servers.process import free_port

PUBLISH = r"/wp/v2/posts/\d+$"
HTML = {"Content-Type": "text/html"}


@dataclass(slots=True)
class Stage:
    """A user, the site and the adapter."""

    fake: FakeWordPress
    served: Served
    http: Http
    clock: SettableClock

    def connect(self, **fields: str) -> Connection:
        typed = {
            "site": self.fake.base_url,
            "username": self.fake.username,
            "application_password": "abcd efgh ijkl mnop qrst uvwx",
        }
        return wordpress.connect({**typed, **fields}, self.http, self.clock)

    def walk(self) -> Walk:
        return Walk(self.adapter())

    def adapter(self) -> wordpress.WordPress:
        return wordpress.WordPress(tools_of(self.connect(), self.http, self.clock))


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = FakeWordPress(clock.now)
    with serving(fake) as served:
        fake.base_url = served.base_url
        yield Stage(fake, served, http_to(served.base_url), clock)


# Connecting.


def test_connecting_finds_the_api_and_the_sites_name(stage: Stage) -> None:
    made = stage.connect()
    assert made.settings["api"] == f"{stage.fake.base_url}/wp-json/"
    assert made.profile.name == "Boulangerie & fils"
    assert made.secret["application_password"] == stage.fake.password


def test_a_site_with_plain_permalinks_works_too(stage: Stage) -> None:
    stage.fake.plain_permalinks = True
    assert stage.connect().settings["api"] == f"{stage.fake.base_url}/?rest_route=/"
    stage.walk().send(outgoing(Content(text=TEXT), picture("Plat")))
    assert len(stage.fake.live()) == 1


@pytest.mark.parametrize(
    "page",
    [
        b"<html>",
        b"<link rel='https://api.w.org/' href='/wp-json/'>",
        b"<link rel='https://api.w.org/' href='https://[oups/wp-json/'>",
    ],
)
def test_a_site_that_hides_its_link_header_is_found_all_the_same(stage: Stage, page: bytes) -> None:
    stage.served.answer_next("GET", "^/$", Said(200, page, HTML))
    assert stage.connect().settings["api"].endswith("/wp-json/")


def test_an_api_that_is_announced_over_plain_http_is_refused(stage: Stage) -> None:
    link = {"Link": '<http://exemple.fr/wp-json/>; rel="https://api.w.org/"', **HTML}
    stage.served.answer_next("GET", "^/$", Said(200, b"<html>", link))
    with pytest.raises(Rejected):
        stage.connect()


def test_a_site_that_isnt_wordpress_is_named(stage: Stage) -> None:
    for path in ("^/$", "^/wp-json/$", "^/$"):
        stage.served.answer_next("GET", path, Said(404, b"<html>", HTML))
    with pytest.raises(Rejected) as refused:
        stage.connect()
    assert refused.value.reason == "site"


def test_a_host_that_drops_the_authorization_isnt_taken_for_a_success(stage: Stage) -> None:
    stage.fake.drops_authorization = True
    with pytest.raises(AuthExpired):
        stage.connect()


def test_a_role_too_low_is_told(stage: Stage) -> None:
    stage.fake.role = "contributor"
    with pytest.raises(AuthExpired) as refused:
        stage.connect()
    assert "publish_posts" in refused.value.detail


def test_a_wrong_password_needs_a_person(stage: Stage) -> None:
    with pytest.raises(AuthExpired):
        stage.connect(application_password="wrong")


# Publishing.


def test_a_post_goes_out_whole_and_is_found_again(stage: Stage) -> None:
    content = Content(
        text="Bonjour **tous**\nà demain",
        title="L’été & <b>nous</b>",
        link="https://exemple.fr/a?b=1&c=2",
        categories=("Pain & vin", "non classé"),
    )
    out = outgoing(content, picture("Un croissant"), picture('La "vitrine"', "red"))
    walk = stage.walk()
    published = walk.send(out)
    (post,) = stage.fake.live()
    assert post["title"]["raw"] == "L’été & <b>nous</b>"
    assert post["content"]["raw"] == (
        "<p>Bonjour <strong>tous</strong><br>\nà demain</p>\n"
        '<figure class="wp-block-image"><img src="'
        f'{stage.fake.media[post["featured_media"] + 1]["source_url"]}"'
        ' alt="La &quot;vitrine&quot;"></figure>\n'
        '<p><a href="https://exemple.fr/a?b=1&amp;c=2" rel="noopener">'
        "https://exemple.fr/a?b=1&amp;c=2</a></p>\n"
    )
    assert stage.fake.media[post["featured_media"]]["alt_text"] == "Un croissant"
    names = [stage.fake.categories[c] for c in post["categories"]]
    assert names == ["Pain & vin", "Non classé"]
    assert post["slug"] == KEY.slug
    assert published.url == post["link"]
    assert walk.calls == 1
    for parts in (walk.parts, {}):
        looked = stage.adapter().find(search(out, parts=parts))
        assert looked == Found(published.remote_id, published.url, 1)


def test_nothing_is_public_before_the_call(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT)), stage.walk()
    walk.prepare(out)
    assert stage.fake.live() == []
    assert stage.adapter().find(search(out, parts=walk.parts)) == NotThere(prepared_stands=True)


def test_preparing_twice_makes_nothing_twice(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT, categories=("Pain",)), picture("Plat")), stage.walk()
    walk.prepare(out)
    walk.prepare(out)
    assert (len(stage.fake.posts), len(stage.fake.media)) == (1, 1)
    assert len(stage.served.seen("POST")) == 3


def test_what_an_earlier_try_made_without_saying_so_is_used(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT, categories=("Pain",)), picture("Plat"))
    stage.walk().prepare(out)  # crashed: no part was stored
    stage.walk().send(out)
    assert (len(stage.fake.posts), len(stage.fake.media)) == (1, 1)
    assert len(stage.fake.live()) == 1


@pytest.mark.parametrize("unsaid", range(3))
def test_what_was_made_right_before_a_crash_is_used(stage: Stage, unsaid: int) -> None:
    pictures = (picture("A"), picture("B", "red"), picture("C", "blue"))
    out, walk = outgoing(Content(text=TEXT), *pictures), stage.walk()
    for n, step in enumerate(walk.adapter.prepare(out, {})):
        if n == unsaid:
            break
        assert isinstance(step, Part)
        walk.parts[step.name] = step.value
    assert list(walk.parts) == ["media.0", "media.1"][:unsaid]
    walk.send(out)
    assert (len(stage.fake.posts), len(stage.fake.media)) == (1, 3)
    (post,) = stage.fake.live()
    assert post["content"]["raw"].count("<figure") == 2


def test_the_last_picture_is_used_by_whoever_comes_after_a_crash_before_the_draft(
    stage: Stage,
) -> None:
    out, walk = outgoing(Content(text=TEXT), picture("A"), picture("B", "red")), stage.walk()
    stage.served.answer_next("POST", "posts$", Said(502, b"", {}))
    with pytest.raises(Transient):
        walk.prepare(out)
    edited = outgoing(Content(text="Nouveau"), picture("A"), picture("B", "red"), version=2)
    Walk(walk.adapter).send(edited)
    assert (len(stage.fake.posts), len(stage.fake.media)) == (1, 2)


def test_one_picture_and_its_draft_are_stored_at_once(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT, categories=("Pain",)), picture("Plat")), stage.walk()
    walk.prepare(out)
    assert list(walk.parts) == ["post"]


def test_an_edit_goes_out_by_the_same_draft(stage: Stage) -> None:
    stage.walk().prepare(outgoing(Content(text="Ancien"), picture("Plat")))
    stage.walk().send(outgoing(Content(text="Nouveau"), version=2))
    (post,) = stage.fake.live()
    assert post["content"]["raw"] == "<p>Nouveau</p>\n"
    assert post["featured_media"] == 0
    assert len(stage.fake.posts) == 1


def test_a_slow_worker_of_an_old_version_cant_slip_its_text_in(stage: Stage) -> None:
    new, walk = outgoing(Content(text="Nouveau"), version=2), stage.walk()
    walk.prepare(new)
    stage.walk().prepare(outgoing(Content(text="Ancien")))  # thawed in between
    walk.publish(new)
    (post,) = stage.fake.live()
    assert post["content"]["raw"] == "<p>Nouveau</p>\n"


def test_an_old_alternative_text_is_corrected_on_a_picture_that_stands(stage: Stage) -> None:
    stage.walk().prepare(outgoing(Content(text="Un"), picture("Faux")))
    stage.walk().send(outgoing(Content(text="Un"), picture("Juste"), version=2))
    (medium,) = stage.fake.media.values()
    assert medium["alt_text"] == "Juste"


def test_a_draft_that_a_person_deleted_is_made_anew(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT)), stage.walk()
    walk.prepare(out)
    stage.fake.posts.clear()
    with pytest.raises(Transient):
        walk.publish(out)
    walk.send(out)
    assert len(stage.fake.live()) == 1


def test_a_draft_in_the_bin_is_not_there(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT)), stage.walk()
    walk.prepare(out)
    for post in stage.fake.posts.values():
        post["status"], post["slug"] = "trash", f"{KEY.slug}__trashed"
    assert stage.adapter().find(search(out, parts=walk.parts)) == NotThere()
    walk.send(out)
    assert len(stage.fake.live()) == 1


def test_what_is_already_live_is_never_overwritten(stage: Stage) -> None:
    first, second = outgoing(Content(text="Un")), outgoing(Content(text="Deux"), version=2)
    published = stage.walk().send(first)
    walk = stage.walk()
    walk.prepare(second)
    with pytest.raises(OutcomeUnknown):
        walk.publish(second)
    assert walk.calls == 0
    looked = stage.adapter().find(search(second, first))
    assert looked == Found(published.remote_id, published.url, 1)


def test_publishing_again_changes_nothing(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT)), stage.walk()
    first = walk.send(out)
    assert walk.publish(out) == first
    assert len(stage.fake.posts) == 1


def test_a_text_that_a_person_changed_is_found_without_a_version(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT)), stage.walk()
    walk.send(out)
    stage.fake.live()[0]["content"]["raw"] = "<p>Autre chose</p>"
    looked = stage.adapter().find(search(out, parts=walk.parts))
    assert isinstance(looked, Found)
    assert looked.version is None


def test_a_site_that_prints_notices_is_understood(stage: Stage) -> None:
    stage.fake.is_noisy = True
    out, walk = outgoing(Content(text=TEXT, categories=("Pain",)), picture("Plat")), stage.walk()
    published = walk.send(out)
    looked = stage.adapter().find(search(out, parts=walk.parts))
    assert looked == Found(published.remote_id, published.url, 1)


def test_a_category_that_may_not_be_made_is_told_while_preparing(stage: Stage) -> None:
    stage.fake.role = "author"
    with pytest.raises(Rejected) as refused:
        stage.walk().prepare(outgoing(Content(text=TEXT, categories=("Nouvelle",))))
    assert refused.value.reason == "forbidden"
    assert stage.fake.posts == {}


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("GET", said(200, ["Pain"])),
        ("GET", said(200, [{"name": "Pain"}])),
        ("POST", said(400, {"code": "term_exists", "data": None})),
        ("POST", said(201, {"name": "Pain"})),
    ],
)
def test_an_answer_that_is_no_category_is_tried_again(
    stage: Stage, verb: str, answer: Said
) -> None:
    stage.served.answer_next(verb, "categories$", answer)
    with pytest.raises(Transient):
        stage.walk().prepare(outgoing(Content(text=TEXT, categories=("Pain",))))
    assert stage.fake.posts == {}


def test_a_category_made_in_the_meantime_is_used(stage: Stage) -> None:
    exists = {"code": "term_exists", "message": "", "data": {"status": 400, "term_id": 1}}
    stage.served.answer_next("POST", "categories$", said(400, exists))
    stage.walk().send(outgoing(Content(text=TEXT, categories=("Tout neuf",))))
    assert stage.fake.live()[0]["categories"] == [1]


def error(status: int, code: str) -> Said:
    return said(status, {"code": code, "message": "m", "data": {"status": status}})


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(401, "rest_cannot_edit"), Transient),  # once, then fine
        (error(403, "rest_cannot_publish"), AuthExpired),
        (error(400, "rest_invalid_param"), Rejected),
        (error(400, "empty_content"), Rejected),
        (error(404, "rest_no_route"), Rejected),
        (error(404, "rest_post_invalid_id"), Transient),
        (error(413, "too_large"), Rejected),
        (error(400, "some_plugin"), OutcomeUnknown),
        (error(500, "db_update_error"), OutcomeUnknown),
        (said(429, {"code": "rest_too_many", "message": ""}, Retry_After="120"), RateLimited),
        (Said(429, b"<html>Too many</html>", {"Retry-After": "120", **HTML}), RateLimited),
        (Said(403, b"<html>firewall</html>", HTML), OutcomeUnknown),
        (Said(503, b"<html>maintenance</html>", HTML), OutcomeUnknown),
        (Said(508, b"", {}), OutcomeUnknown),
        (Said(301, b"", {"Location": "https://exemple.fr/wp-login.php"}), OutcomeUnknown),
        (Said(200, b"<html>Bienvenue</html>", HTML), OutcomeUnknown),
        (Said(200, b'{"id": 1', {"Content-Type": "application/json"}), OutcomeUnknown),
        (said(200, {"id": 999_999, "status": "publish"}), OutcomeUnknown),
        (said(200, []), OutcomeUnknown),
    ],
)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, kind: type[Exception]
) -> None:
    out, walk = outgoing(Content(text=TEXT)), stage.walk()
    walk.prepare(out)
    stage.served.answer_next("POST", PUBLISH, answer)
    with pytest.raises(kind) as raised:
        walk.publish(out)
    assert type(raised.value) is kind
    if isinstance(raised.value, RateLimited):
        assert raised.value.reset_at == START + timedelta(seconds=120)


def test_a_password_that_was_revoked_before_the_call_needs_a_person(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT)), stage.walk()
    walk.prepare(out)
    stage.fake.password = "changed"
    with pytest.raises(AuthExpired):
        walk.publish(out)
    assert stage.fake.live() == []


@pytest.mark.parametrize(
    "code", ["rest_not_logged_in", "incorrect_password", "application_passwords_disabled"]
)
def test_a_refused_password_is_told_while_preparing(stage: Stage, code: str) -> None:
    walk = stage.walk()
    stage.served.answer_next("POST", "posts$", error(401, code))
    with pytest.raises(AuthExpired):
        walk.prepare(outgoing(Content(text=TEXT)))


def test_an_answer_that_still_says_draft_is_doubt(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT)), stage.walk()
    walk.prepare(out)
    post = {"id": json.loads(walk.parts["post"])["id"], "status": "pending", "link": ""}
    stage.served.answer_next("POST", PUBLISH, said(200, post))
    with pytest.raises(OutcomeUnknown):
        walk.publish(out)


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (error(413, "rest_upload_file_too_big"), Rejected, "media_refused"),
        (error(400, "rest_upload_no_data"), Rejected, "media_refused"),
        (Said(413, b"<html>nginx</html>", HTML), Rejected, "media_refused"),
        (Said(403, b"<html>firewall</html>", HTML), Rejected, "forbidden"),
        (Said(500, b"", {}), Transient, ""),
        (Said(200, b"<html>", HTML), Transient, ""),
    ],
)
def test_a_failed_upload_proves_that_nothing_is_public(
    stage: Stage, answer: Said, kind: type[Exception], reason: str
) -> None:
    stage.served.answer_next("POST", "media$", answer)
    with pytest.raises(kind) as raised:
        stage.walk().prepare(outgoing(Content(text=TEXT), picture("Plat")))
    assert getattr(raised.value, "reason", "") == reason


FILM = outgoing(Content(text="Au fournil", title="Le four"), video=clip('La "pâte" <lève>'))


def test_a_video_is_a_block_of_the_post_and_is_found_again(stage: Stage) -> None:
    walk = stage.walk()
    assert problems(FILM.content, stage.connect().limits, wordpress.SPEC) == []
    published = walk.send(FILM)
    (post,), (medium,) = stage.fake.live(), stage.fake.media.values()
    assert post["content"]["raw"] == (
        "<p>Au fournil</p>\n"
        f'<!-- wp:video {{"id": {medium["id"]}}} -->\n'
        f'<figure class="wp-block-video"><video controls src="{medium["source_url"]}"></video>'
        '<figcaption class="wp-element-caption">La &quot;pâte&quot; &lt;lève&gt;</figcaption>'
        "</figure>\n<!-- /wp:video -->\n"
    )
    assert post["featured_media"] == 0
    assert medium["alt_text"] == 'La "pâte" <lève>'
    assert medium["source_url"].endswith(".mp4")
    (asked,) = stage.served.seen("POST", "media$")
    assert FILM.video is not None
    assert asked.form()[1]["file"].data == FILM.video.read(0, FILM.video.size)
    for parts in (walk.parts, {}):
        looked = stage.adapter().find(search(FILM, parts=parts))
        assert looked == Found(published.remote_id, published.url, 1)
    other = outgoing(replace(FILM.content, media=()), video=clip("Autre chose"), version=2)
    looked = stage.adapter().find(search(other, FILM, parts=walk.parts))
    assert looked == Found(published.remote_id, published.url, 1)


def test_a_video_that_was_uploaded_is_stored_before_the_draft_is_made(stage: Stage) -> None:
    walk = stage.walk()
    for step in walk.adapter.prepare(FILM, {}):
        assert isinstance(step, Part)
        walk.parts[step.name] = step.value
        break  # the walk ends here: an upload takes long
    assert list(walk.parts) == ["media.0"]
    walk.send(FILM)
    assert len(stage.served.seen("POST", "media$")) == 1
    assert "wp-block-video" in stage.fake.live()[0]["content"]["raw"]


def test_a_video_uploaded_by_a_try_that_couldnt_say_so_is_used(stage: Stage) -> None:
    stage.walk().prepare(FILM)
    stage.walk().send(FILM)
    assert (len(stage.fake.posts), len(stage.fake.media)) == (1, 1)


@pytest.mark.parametrize("most", ["max_upload", "max_post"])
def test_a_video_too_large_for_the_site_is_told_as_such(stage: Stage, most: str) -> None:
    setattr(stage.fake, most, 5_000)
    with pytest.raises(Rejected) as refused:
        stage.walk().prepare(FILM)
    assert refused.value.reason == "video_too_big"
    assert stage.fake.posts == {}


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (error(413, "rest_upload_file_too_big"), Rejected, "video_too_big"),
        (error(400, "rest_upload_limited_space"), Rejected, "video_too_big"),
        (error(400, "rest_upload_no_data"), Rejected, "video_too_big"),
        (error(500, "rest_upload_unknown_error"), Rejected, "video_failed"),
        (Said(413, b"<html>nginx</html>", HTML), Rejected, "video_too_big"),
        (Said(403, b"<html>firewall</html>", HTML), Rejected, "forbidden"),
        (error(401, "rest_cannot_create"), AuthExpired, ""),
        (Said(500, b"<html>oups</html>", HTML), Transient, ""),
        (Said(502, b"", {}), Transient, ""),
        (Said(200, b"<html>", HTML), Transient, ""),
    ],
)
def test_a_refused_video_is_told_by_what_is_wrong_with_it(
    stage: Stage, answer: Said, kind: type[Exception], reason: str
) -> None:
    stage.served.answer_next("POST", "media$", answer)
    with pytest.raises(kind) as raised:
        stage.walk().prepare(FILM)
    assert getattr(raised.value, "reason", "") == reason


def test_a_look_without_a_valid_password_is_told(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT)), stage.walk()
    walk.send(out)
    adapter = stage.adapter()
    stage.fake.password = "changed"
    for parts in (walk.parts, {}):
        with pytest.raises(AuthExpired):
            adapter.find(search(out, parts=parts))


@pytest.mark.parametrize("answer", [Said(503, b"", {}), Said(200, b"<html>", HTML)])
def test_a_look_that_fails_proves_nothing(stage: Stage, answer: Said) -> None:
    adapter = stage.adapter()
    stage.served.answer_next("GET", "posts", answer)
    with pytest.raises(Transient):
        adapter.find(search(outgoing(Content(text=TEXT))))


def test_a_site_that_is_down_was_surely_not_reached(stage: Stage) -> None:
    out, walk = outgoing(Content(text=TEXT)), stage.walk()
    walk.prepare(out)
    down = f"http://localhost:{free_port()}"
    settings = {"api": f"{down}/wp-json/"}
    tools = tools_of(stage.connect(), http_to(down), stage.clock, settings=settings)
    with pytest.raises(Transient):
        wordpress.WordPress(tools).publish(out, walk.parts, before_send=walk.count)
    assert walk.calls == 0


def test_checking_changes_nothing(stage: Stage) -> None:
    assert stage.adapter().check().handle == stage.fake.username
    assert stage.served.seen("POST") == []


# The article.


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Un\ndeux\n\ntrois", "<p>Un<br>\ndeux</p>\n<p>trois</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        (
            "![x](https://a.fr/pixel.gif)",
            '<p>!<a href="https://a.fr/pixel.gif" rel="noopener">x</a></p>\n',
        ),
        ("#promo 1", "<p>#promo 1</p>\n"),
        ("## Titre", "<h2>Titre</h2>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("Sur relais.fr, ou bonjour@relais.fr.", "<p>Sur relais.fr, ou bonjour@relais.fr.</p>\n"),
        (
            "Sur https://exemple.fr/*a*_b_, et (HTTP://exemple.fr).",
            (
                '<p>Sur <a href="https://exemple.fr/*a*_b_" rel="noopener">'
                "https://exemple.fr/*a*_b_</a>, "
                'et (<a href="HTTP://exemple.fr" rel="noopener">HTTP://exemple.fr</a>).</p>\n'
            ),
        ),
        ("ftp://exemple.fr //exemple.fr", "<p>ftp://exemple.fr //exemple.fr</p>\n"),
        ("`https://exemple.fr`", "<p><code>https://exemple.fr</code></p>\n"),
    ],
)
def test_markdown_becomes_clean_html(text: str, html: str) -> None:
    assert article_html(Content(text=text)) == html


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (Content(text="Texte", title=" Titre "), "Titre"),
        (Content(text="# La première ligne\nla seconde"), "La première ligne"),
        (Content(text="", link="https://exemple.fr"), "https://exemple.fr"),
    ],
)
def test_an_article_always_has_a_title(content: Content, title: str) -> None:
    assert article_title(content) == title


def test_a_long_first_line_is_cut_at_a_word() -> None:
    title = article_title(Content(text="mot " * 60))
    assert len(title) <= 80
    assert title.endswith("mot…")


def test_an_uploads_name_tells_which_picture_it_is(stage: Stage) -> None:
    stage.walk().send(outgoing(Content(text=TEXT), picture("A"), picture("B", "red")))
    names = [m["slug"] for m in stage.fake.media.values()]
    assert len(set(names)) == 2
    assert all(name.startswith(KEY.slug) for name in names)
    assert replace(KEY, slug="x").slug not in names
