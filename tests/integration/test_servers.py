"""The real servers stand and speak as the tests that build on them expect."""

import io
import smtplib
import urllib.parse
from email.message import EmailMessage

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser

from tests.servers.bluesky import BlueskyPds
from tests.servers.faulty_proxy import DropReply, faulty_proxy
from tests.servers.mail import SmtpServer
from tests.servers.snac import Snac
from tests.servers.wordpress import WordPress, WordPressUser

TIMEOUT_SECONDS = 30.0
REDIRECT_URI = "http://127.0.0.1/callback"


@pytest.fixture
def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#c0392b").save(out, format="PNG")
    return out.getvalue()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# --- snac -----------------------------------------------------------------------------------------


def test_snac_shows_a_status_with_its_picture(snac: Snac, picture: bytes) -> None:
    headers = bearer(snac.relais.token)
    media = requests.post(
        f"{snac.base_url}/api/v2/media",
        headers=headers,
        files={"file": ("pain.png", picture, "image/png")},
        data={"description": "Une miche dorée"},
        timeout=TIMEOUT_SECONDS,
    )
    posted = requests.post(
        f"{snac.base_url}/api/v1/statuses",
        headers=headers,
        data={"status": "Bonjour", "media_ids[]": media.json()["id"]},
        timeout=TIMEOUT_SECONDS,
    )

    [status] = [s for s in snac.statuses(snac.relais.token) if s["id"] == posted.json()["id"]]

    assert "Bonjour" in status["content"]
    [attachment] = status["media_attachments"]
    assert attachment["description"] == "Une miche dorée"
    assert requests.get(attachment["url"], timeout=TIMEOUT_SECONDS).content == picture


def test_snac_users_are_told_apart(snac: Snac) -> None:
    marie = snac.new_user("marie")
    requests.post(
        f"{snac.base_url}/api/v1/statuses",
        headers=bearer(marie.token),
        data={"status": "Seule"},
        timeout=TIMEOUT_SECONDS,
    ).raise_for_status()

    assert len(snac.statuses(marie.token)) == 1
    assert all("Seule" not in status["content"] for status in snac.statuses(snac.zoe.token))


def test_snac_gives_a_token_for_a_code(snac: Snac) -> None:
    app = requests.post(
        f"{snac.base_url}/api/v1/apps",
        data={"client_name": "Relais", "redirect_uris": REDIRECT_URI, "scopes": "read write"},
        timeout=TIMEOUT_SECONDS,
    ).json()
    signed_in = requests.post(
        f"{snac.base_url}/oauth/x-snac-login",
        data={
            "login": snac.zoe.login,
            "passwd": snac.zoe.password,
            "cid": app["client_id"],
            "redir": REDIRECT_URI,
            "state": "opaque",
        },
        allow_redirects=False,
        timeout=TIMEOUT_SECONDS,
    )
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(signed_in.headers["Location"]).query)

    token = requests.post(
        f"{snac.base_url}/oauth/token",
        data={
            "grant_type": "authorization_code",
            "code": query["code"][0],
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": REDIRECT_URI,
        },
        timeout=TIMEOUT_SECONDS,
    ).json()["access_token"]
    me = requests.get(
        f"{snac.base_url}/api/v1/accounts/verify_credentials",
        headers=bearer(token),
        timeout=TIMEOUT_SECONDS,
    )

    assert signed_in.status_code == 303
    assert query["state"] == ["opaque"]
    assert me.json()["username"] == "zoe"


def test_snac_keeps_a_status_whose_answer_was_lost(snac: Snac) -> None:
    with faulty_proxy(snac.base_url) as proxy:
        proxy.fail_next("POST", "/api/v1/statuses$", DropReply())
        with pytest.raises(requests.ConnectionError):
            requests.post(
                f"{proxy.base_url}/api/v1/statuses",
                headers=bearer(snac.zoe.token),
                data={"status": "Perdu en route"},
                timeout=TIMEOUT_SECONDS,
            )

    kept = [s for s in snac.statuses(snac.zoe.token) if "Perdu en route" in s["content"]]
    assert len(kept) == 1


# --- Bluesky --------------------------------------------------------------------------------------


def test_bluesky_creates_a_record_key_once(bluesky_pds: BlueskyPds) -> None:
    account = bluesky_pds.new_account("boulangerie")
    session = bluesky_pds.call(
        "com.atproto.server.createSession",
        {"identifier": account.handle, "password": account.app_password},
    )
    post = {
        "repo": account.did,
        "collection": "app.bsky.feed.post",
        "rkey": "3lekz2a2a2a2a",
        "swapRecord": None,
        "record": {
            "$type": "app.bsky.feed.post",
            "text": "Bonjour",
            "createdAt": "2026-01-01T08:00:00.000Z",
        },
    }

    cids = [
        bluesky_pds.call("com.atproto.repo.putRecord", post, session["accessJwt"])["cid"]
        for _ in range(2)
    ]

    [record] = bluesky_pds.records(account.did)
    assert record["value"]["text"] == "Bonjour"
    assert cids == [record["cid"]] * 2


def test_bluesky_accounts_resolve_to_their_pds(bluesky_pds: BlueskyPds) -> None:
    account = bluesky_pds.new_account("resolve")

    document = requests.get(f"{bluesky_pds.plc_url}/{account.did}", timeout=TIMEOUT_SECONDS).json()

    assert [service["serviceEndpoint"] for service in document["service"]] == [bluesky_pds.base_url]
    assert document["alsoKnownAs"] == [f"at://{account.handle}"]
    assert bluesky_pds.records(account.did) == []


# --- WordPress ------------------------------------------------------------------------------------


def write_post(
    site: WordPress, user: WordPress | WordPressUser, **fields: str
) -> requests.Response:
    return requests.post(
        f"{site.base_url}/wp-json/wp/v2/posts",
        auth=(user.username, user.application_password),
        data=fields,
        timeout=TIMEOUT_SECONDS,
    )


def test_wordpress_finds_a_post_by_its_slug(wordpress: WordPress) -> None:
    written = write_post(
        wordpress, wordpress, slug="bonjour", title="Bonjour à tous", status="publish"
    )

    found = requests.get(
        f"{wordpress.base_url}/wp-json/wp/v2/posts",
        params={"slug": "bonjour"},
        timeout=TIMEOUT_SECONDS,
    ).json()
    page = requests.get(found[0]["link"], timeout=TIMEOUT_SECONDS)

    assert [post["id"] for post in found] == [written.json()["id"]]
    assert written.json()["id"] in [post["id"] for post in wordpress.posts("publish")]
    assert "Bonjour à tous" in page.text


def test_wordpress_lists_drafts_to_its_administrator(wordpress: WordPress) -> None:
    draft = write_post(wordpress, wordpress, slug="brouillon", title="Brouillon", status="draft")

    assert draft.json()["id"] in [post["id"] for post in wordpress.posts()]
    assert draft.json()["id"] not in [post["id"] for post in wordpress.posts("publish")]


def test_wordpress_serves_an_uploaded_picture(wordpress: WordPress, picture: bytes) -> None:
    uploaded = requests.post(
        f"{wordpress.base_url}/wp-json/wp/v2/media",
        auth=(wordpress.username, wordpress.application_password),
        files={"file": ("pain.png", picture, "image/png")},
        data={"alt_text": "Une miche dorée"},
        timeout=TIMEOUT_SECONDS,
    ).json()

    served = requests.get(uploaded["source_url"], timeout=TIMEOUT_SECONDS)

    assert (served.headers["Content-Type"], served.content) == ("image/png", picture)
    [item] = [item for item in wordpress.media() if item["id"] == uploaded["id"]]
    assert item["alt_text"] == "Une miche dorée"


@pytest.mark.parametrize(
    ("role", "draft", "publish"),
    [("contributor", 201, 403), ("subscriber", 403, 403), ("author", 201, 201)],
)
def test_wordpress_users_may_do_what_their_role_says(
    wordpress: WordPress, role: str, draft: int, publish: int
) -> None:
    user = wordpress.new_user(role)

    statuses = [
        write_post(wordpress, user, title=f"De {role}", status=status).status_code
        for status in ("draft", "publish")
    ]

    assert statuses == [draft, publish]


# --- Mail -----------------------------------------------------------------------------------------


def send(server: SmtpServer, recipient: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "relais@example.test", recipient
    message["Subject"] = "Votre lien de connexion"
    message.set_content("Voilà : https://example.test/é")
    with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS) as client:
        client.send_message(message)
    return message


def test_mail_is_kept(smtp_server: SmtpServer) -> None:
    send(smtp_server, "gardee@example.test")

    mail = smtp_server.wait_for("gardee@example.test")

    assert mail.sender == "relais@example.test"
    assert mail.message["Subject"] == "Votre lien de connexion"
    assert "https://example.test/é" in mail.message.get_content()
    assert smtp_server.messages("gardee@example.test") == [mail]


def test_mail_is_refused_when_told_to(smtp_server: SmtpServer) -> None:
    with (
        smtp_server.refusing("refusee@"),
        pytest.raises(smtplib.SMTPRecipientsRefused, match="No such mailbox"),
    ):
        send(smtp_server, "refusee@example.test")

    assert smtp_server.messages("refusee@example.test") == []


def test_mail_flows_again_after_a_refusal(smtp_server: SmtpServer) -> None:
    with smtp_server.refusing("plus-tard@", "451 4.7.1 Later"):
        pass

    send(smtp_server, "plus-tard@example.test")

    assert len(smtp_server.messages("plus-tard@example.test")) == 1


# --- Browser --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "violations"),
    [
        ("<main><h1>Bonjour</h1></main>", []),
        ("<main><h1>Bonjour</h1><img src='data:,'></main>", ["image-alt"]),
    ],
)
def test_axe_judges_a_page_in_chromium(
    chromium: Browser, axe_source: str, body: str, violations: list[str]
) -> None:
    page = chromium.new_page()
    page.set_content(f"<!doctype html><html lang='fr'><title>Essai</title>{body}</html>")
    page.evaluate(axe_source)

    result = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa']})")
    page.close()

    assert [violation["id"] for violation in result["violations"]] == violations
