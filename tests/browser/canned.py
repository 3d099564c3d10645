"""The pages on canned answers: a small API that keeps the rules of the inbox, in memory.

`Canned().visit(browser, "/boite")` opens a page at an address that leads nowhere: its files
come from `frontend/` under their real policy, and what it asks the API is answered here, on a
clock that stands still. `asked` holds every request that changes something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, Route

from local.pages import Pages
from tests.browser.canned_data import (
    CHANNELS,
    CHOICE,
    CHOICES,
    COLLEAGUES,
    ITEMS,
    LINKS,
    NETWORKS,
    NOW,
    REPLIES,
    SOURCES,
    TRIAL,
    WATCHES,
    channel,
    month,
    today,
)

ORIGIN = "https://relais.test"
FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
WAIT_MS = 10_000
TALL = 900
PHONE_BELOW = 700
ME = "claire"

Answer = tuple[int, Any]
Doing = Callable[..., Answer]


def problem(status: int, slug: str, **more: Any) -> Answer:
    """Return a problem as the API words it."""
    return status, {"type": f"/problems/{slug}", "status": status, "title": slug, **more}


TESTED = {
    "ok": True,
    "profile": {
        "remote_id": "17841",
        "name": "Boulangerie Martin",
        "handle": "@martin",
        "url": "",
        "quota": {"used": 3, "total": 100, "hours": 24},
    },
    "problem": None,
    "detail": "",
}


class Canned:
    """One firm's inbox, watches and figures, as its API would answer."""

    def __init__(self, role: str = "owner", language: str = "fr") -> None:
        self.role = role
        self.language = language
        self.items = {item["id"]: deepcopy(item) for item in ITEMS}
        self.replies = deepcopy(REPLIES)
        self.watches = deepcopy(WATCHES)
        self.sources = deepcopy(SOURCES)
        self.links = deepcopy(LINKS)
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.channels = deepcopy(CHANNELS)
        self.choices = deepcopy(CHOICES)
        self.charge = 15_000
        """What a network that charges asks for any content."""
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.report = month()
        self.today = today([i for i in ITEMS if i["state"] == "open"])
        self.can_answer_within = 500
        self.charges: dict[str, int] | None = None
        self.asked: list[tuple[str, str, Any]] = []
        self.said: list[str] = []
        self.now = NOW
        self._pages = Pages(FRONTEND)

    # Opening pages.

    def visit(self, browser: Browser, path: str, width: int = 1280, **options: Any) -> Page:
        """Open a page, signed in; what its policy forbids is in `said`."""
        options.setdefault("locale", "fr-FR" if self.language == "fr" else "en-GB")
        context = browser.new_context(
            base_url=ORIGIN,
            viewport={"width": width, "height": TALL},
            is_mobile=width < PHONE_BELOW,
            has_touch=width < PHONE_BELOW,
            **options,
        )
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", self._heard)
        page.route("**/*", self._route)
        page.goto(ORIGIN + path)
        page.locator("h1").wait_for()
        page.get_by_text(re.compile("^(Chargement|Loading)…$")).first.wait_for(state="detached")
        return page

    def _heard(self, line: Any) -> None:
        if line.type in {"error", "warning"} and "Failed to load resource" not in line.text:
            self.said.append(line.text)

    def _route(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if not url.path.startswith("/api/"):
            made = self._pages.answer({"REQUEST_METHOD": "GET"}, url.path)
            route.fulfill(status=made.status, headers=dict(made.headers), body=b"".join(made.body))
            return
        asks = route.request
        body = json.loads(asks.post_data) if asks.post_data else None
        path = url.path.removeprefix("/api/v1").removeprefix("/workspaces/demo")
        if asks.method != "GET":
            self.asked.append((asks.method, path, body))
        status, answer = self.answer(asks.method, path, parse_qs(url.query), body)
        headers = {"Date": format_datetime(self.now, usegmt=True)}
        if answer is None:
            route.fulfill(status=status, headers=headers)
        else:
            route.fulfill(status=status, headers=headers, json=answer)

    # The API.

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        """Answer one request."""
        for verb, pattern, doing in self._doings():
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                return doing(*found.groups(), query=query, body=body)
        return problem(404, "not-found")

    def _doings(self) -> Iterator[tuple[str, str, Doing]]:
        yield "GET", "/session", self._session
        yield "PATCH", "/session", lambda **_: (200, {})
        yield "GET", "/inbox/colleagues", lambda **_: (200, {"items": COLLEAGUES})
        yield "GET", "/channels", lambda **_: (200, {"items": self.channels})
        yield "GET", "/networks", lambda **_: (200, {"items": NETWORKS})
        yield "POST", "/channels/(\\w+)/test", lambda *_, **__: (200, TESTED)
        yield "GET", "/channels/choices/(.+)", self._choices
        yield "POST", "/channels/choices/(.+)", self._choose
        yield "GET", "/today", lambda **_: (200, self.today)
        yield "GET", "/inbox", self._list
        yield "GET", "/inbox/counts", lambda **_: (200, self._counts())
        yield "GET", "/inbox/labels", lambda **_: (200, {"labels": ["horaires", "fêtes"]})
        yield "GET", "/inbox/response-time", self._response_time
        yield "POST", "/inbox/people/erase", self._erase
        yield "GET", "/inbox/(\\w+)", self._one
        yield "POST", "/inbox/(\\w+)/answer", self._send
        yield "POST", "/inbox/(\\w+)/note", self._note
        yield "POST", "/inbox/(\\w+)/(\\w+)", self._act
        yield "GET", "/replies", lambda **_: (200, {"replies": self.replies})
        yield "POST", "/replies", self._keep_reply
        yield "PUT", "/replies/(\\w+)", self._keep_reply
        yield "DELETE", "/replies/(\\w+)", lambda *_, **__: (204, None)
        yield "POST", "/replies/(\\w+)/fill", self._fill
        yield "GET", "/watches", lambda **_: (200, {"watches": self.watches})
        yield "POST", "/preview", self._preview
        yield "POST", "/watches/try", lambda **_: (200, TRIAL)
        yield "POST", "/watches/feeds", self._feeds
        yield "POST", "/watches", self._keep_watch
        yield "PUT", "/watches/(\\w+)", self._keep_watch
        yield "DELETE", "/watches/(\\w+)", self._drop_watch
        yield "GET", "/sources", lambda **_: (200, {"sources": self.sources})
        yield "POST", "/sources/(\\w+)/(pause|resume)", self._source
        yield "GET", "/metrics", self._metrics
        yield "POST", "/metrics/entries", lambda **_: (201, {})
        yield "GET", "/links", lambda **_: (200, {"links": self.links, "next": None})
        yield "POST", "/links", self._keep_link

    def _preview(self, body: Any, **_: Any) -> Answer:
        made = {"counts": [], "problems": [], "charge": self.charge}
        return 200, {"channels": [{"channel": one, **made} for one in body["channels"]]}

    def _session(self, **_: Any) -> Answer:
        member = {
            "id": ME,
            "name": "Claire Martin",
            "email": "claire@boulangerie-martin.fr",
            "language": self.language,
        }
        firm = {
            "id": "demo",
            "name": "Boulangerie Martin",
            "role": self.role,
            "zone": "Europe/Paris",
            "language": "fr",
        }
        return 200, {"member": member, "workspaces": [firm]}

    def _counts(self) -> dict[str, Any]:
        waiting = [item for item in self.items.values() if item["state"] == "open"]
        owners = [item["assignee"] for item in waiting if item["assignee"]]
        return {
            "open": len(waiting),
            "unread": len([item for item in waiting if item["is_unread"]]),
            "by_assignee": {owner: owners.count(owner) for owner in owners},
        }

    def _choices(self, token: str, **_: Any) -> Answer:
        if token != CHOICE:
            return problem(404, "not-found", detail="Ce choix n’est plus à faire.")
        return 200, {"network": "facebook", "accounts": self.choices, "only_one": False}

    def _choose(self, token: str, body: Any, **_: Any) -> Answer:
        made = [
            channel(f"page{n}", "Facebook", "", name=account["name"], network="facebook")
            for n, account in enumerate(self.choices)
            if account["remote_id"] in body["accounts"]
        ]
        self.channels += made
        self.choices = []
        return 201, {"items": made}

    def _list(self, query: dict[str, list[str]], **_: Any) -> Answer:
        asked = {name: values[0] for name, values in query.items()}
        found = [item for item in self.items.values() if _is_asked(item, asked)]
        found.sort(key=lambda item: item["said_at"], reverse=True)
        start = int(asked.get("after", "0"))
        end = start + int(asked.get("limit", "30"))
        return 200, {"items": found[start:end], "next": str(end) if end < len(found) else None}

    def _one(self, mention: str, **_: Any) -> Answer:
        item = self.items.get(mention)
        if item is None:
            return problem(404, "not-found")
        said = {"text": item["text"], "at": item["said_at"], "author": item["author"]["name"]}
        conversation = [
            *([OUR_POST] if item["kind"] in {"reply", "comment"} else []),
            {"kind": "mention", "id": mention, "url": item["url"], **said},
            *self.answers.get(mention, []),
        ]
        earlier = [
            other
            for other in self.items.values()
            if other["person"] == item["person"] and other["id"] != mention
        ]
        limits = [{"unit": "mastodon", "maximum": self.can_answer_within, "url_length": 23}]
        moderate = ["like", "unlike", "hide", "delete"]
        can = {
            "answer": item["can_answer"] and not item["deleted_at"],
            "why": None if item["can_answer"] else "no-channel",
            "limits": limits,
            "moderate": [*moderate, "approve"] if item["waits"] else moderate,
            "charges": self.charges,
        }
        notes = self.notes.get(mention, [])
        whole = {"item": item, "notes": notes, "conversation": conversation}
        return 200, {**whole, "earlier": earlier, "can": can}

    def _act(self, mention: str, act: str, body: Any, **_: Any) -> Answer:
        item = self.items[mention]
        changes: dict[str, Callable[[], dict[str, Any]]] = {
            "read": lambda: {"is_unread": False},
            "reopen": lambda: {"state": "open", "snoozed_until": None},
            "writing": dict,
            "assign": lambda: {"assignee": body["member"]},
            "label": lambda: {"labels": list(dict.fromkeys(body["labels"]))},
            "snooze": lambda: {"state": "snoozed", "snoozed_until": "2026-11-25T07:00:00Z"},
            "close": lambda: {"state": body["state"], "is_unread": False},
            "moderate": lambda: {"waits": item["waits"] and body["act"] != "approve"},
        }
        item.update(changes[act](), rev=item["rev"] + 1)
        return 200, item

    def _note(self, mention: str, body: Any, **_: Any) -> Answer:
        note = {"by": ME, "at": self.now.isoformat(), "text": body["text"]}
        self.notes.setdefault(mention, []).append(note)
        return 200, self.items[mention]

    def _send(self, mention: str, body: Any, **_: Any) -> Answer:
        item = self.items[mention]
        if body["seen"] != item["answers"]:
            detail = "Paul a répondu pendant que vous écriviez."
            return problem(409, "answered-meanwhile", by="paul", detail=detail)
        return 201, {"item": self.answered(mention, "Claire Martin", body["text"]), "delivery": {}}

    def answered(self, mention: str, who: str, text: str, status: str = "going_out") -> Any:
        """Let somebody answer; return the item as it stands then."""
        item = self.items[mention]
        number = f"{mention}r{item['answers']}.mastodon.once"
        said = {"kind": "answer", "id": number, "author": who, "text": text, "status": status}
        at = (self.now + timedelta(seconds=item["answers"])).isoformat()
        self.answers.setdefault(mention, []).append({**said, "at": at})
        item.update(answers=item["answers"] + 1, rev=item["rev"] + 1, answering=None)
        return item

    def _erase(self, body: Any, **_: Any) -> Answer:
        gone = [i for i, item in self.items.items() if item["person"] == body["person"]]
        for mention in gone:
            del self.items[mention]
        return 200, {"erased": len(gone), "more": False}

    def _response_time(self, **_: Any) -> Answer:
        return 200, {
            "answered": 9,
            "median_minutes": 38,
            "within_target": 0.78,
            "target_minutes": 60,
        }

    def _keep_reply(self, reply: str = "new", *, body: Any, **_: Any) -> Answer:
        self.replies = [one for one in self.replies if one["id"] != reply]
        self.replies.append({"id": reply, **body})
        return 201, self.replies[-1]

    def _fill(self, reply: str, body: Any, **_: Any) -> Answer:
        text = next(one["text"] for one in self.replies if one["id"] == reply)
        first = self.items[body["mention"]]["author"]["name"].split()[0]
        filled = text.replace("{prénom}", first)
        return 200, {"text": filled, "missing": ["lien"] if "{lien}" in filled else []}

    def _feeds(self, body: Any, **_: Any) -> Answer:
        if "connexion" in body["url"]:
            detail = "Cette page demande de se connecter : elle n’a pas de flux public."
            return problem(422, "not-a-feed", detail=detail)
        found = {"address": "https://gazette.example/rss", "title": "La Gazette", "kind": "rss"}
        return 200, {
            "feeds": [
                found,
                {
                    **found,
                    "address": "https://gazette.example/sport.rss",
                    "title": "La Gazette, sport",
                },
            ]
        }

    def _keep_watch(self, watch: str = "new", *, body: Any, **_: Any) -> Answer:
        terms = body["query"]["all"] + body["query"]["any"]
        if not terms:
            fault = {"pointer": "/query", "code": "empty", "message": "Écrivez au moins un mot."}
            return problem(422, "invalid", errors=[fault])
        blank = {**SOURCES[0], "watch": watch, "channel": None, "address": "", "words": ""}
        sources = [
            {**blank, "id": f"s{n}", "label": one.get("label") or one.get("words", ""), **one}
            for n, one in enumerate(body["sources"])
        ]
        made = {**body, "id": watch, "sources": sources, "created_at": NOW.isoformat(), "rev": 1}
        self.watches = [one for one in self.watches if one["id"] != watch] + [made]
        self.sources = [one for one in self.sources if one["watch"] != watch] + sources
        return 201, made

    def _drop_watch(self, watch: str, **_: Any) -> Answer:
        self.watches = [one for one in self.watches if one["id"] != watch]
        return 204, None

    def _source(self, source: str, act: str, **_: Any) -> Answer:
        found = next(one for one in self.sources if one["id"] == source)
        found.update(status="paused" if act == "pause" else "active")
        if act == "resume":
            found.update(failing_since=None, reason="", reason_text="", detail="")
        return 200, found

    def _metrics(self, query: dict[str, list[str]], **_: Any) -> Answer:
        return 200, {**self.report, "from": query["from"][0], "to": query["to"][0]}

    def _keep_link(self, body: Any, **_: Any) -> Answer:
        if not body["target"].startswith("http"):
            said = "Un lien commence par http:// ou https://."
            fault = {"pointer": "/target", "code": "bad-scheme", "message": said}
            return problem(422, "invalid", errors=[fault])
        made = {**LINKS[0], "code": "nouveaulien2", "url": f"{ORIGIN}/l/nouveaulien2"}
        counted = {"people": 0, "visitors": 0, "bots": 0, "previews": 0}
        made.update(target=body["target"], label=body.get("label", ""), **counted)
        self.links = [made, *self.links]
        return 201, made


OUR_POST = {
    "kind": "post",
    "id": "galettes",
    "author": "Boulangerie Martin",
    "text": "Galettes : réservez la vôtre au comptoir ou par téléphone.",
    "at": "2026-11-23T07:30:00Z",
    "url": "https://piaille.fr/@boulangerie/1",
}


def _is_asked(item: dict[str, Any], asked: dict[str, str]) -> bool:
    state = asked.get("state", "open")
    same = ("assignee", "network", "channel", "source", "kind", "person", "thread")
    return (
        state in {"any", item["state"]}
        and ("unread" not in asked or item["is_unread"])
        and all(item[name] == asked[name] for name in same if name in asked)
        and ("label" not in asked or asked["label"] in item["labels"])
        and ("watch" not in asked or asked["watch"] in item["watches"])
        and asked.get("q", "").casefold() in item["text"].casefold()
    )
