"""YouTube by its documented rules: resumable uploads, videos, playlists, comments, figures.

https://developers.google.com/youtube/v3/docs ·
https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.fake_google import FakeGoogle
from tests.fakes.fake_google_business import stamp
from tests.fakes.serving import Asked, Said, said

SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
HOST = "youtube.googleapis.com"
HOSTS = frozenset({HOST, "oauth2.googleapis.com"})
CHANNEL = "UCmartin00000000000000aa"
UPLOADED = "UUmartin00000000000000aa"
SETTABLE = {
    "snippet": {"title", "description", "categoryId", "tags", "defaultLanguage"},
    "status": {
        *("privacyStatus", "embeddable", "license", "publicStatsViewable", "publishAt"),
        *("selfDeclaredMadeForKids", "containsSyntheticMedia"),
    },
}
DEFAULTS = {"embeddable": True, "license": "youtube", "publicStatsViewable": True}
QUARTER = 256 * 1024


@dataclass
class Session:
    """An upload under way."""

    about: dict[str, Any]
    size: int
    content_type: str
    data: bytes = b""
    video: str = ""
    """What was made of it, once it is complete."""


@dataclass(kw_only=True)
class FakeYouTube(FakeGoogle):
    """One person's channel."""

    offers: frozenset[str] = frozenset({SCOPE})
    has_channel: bool = True
    is_suspended: bool = False
    is_audited: bool = True
    """Else what goes up through the API stays private, whatever it is told."""
    refuses_locked: bool = False
    """What stays private is refused with an error instead of being left as it is."""
    uploads_a_day: int = 100
    takes_at_once: int | None = None
    """How much of a chunk is taken; None: all of it."""
    sessions: dict[str, Session] = field(default_factory=dict)
    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By id, the first uploaded first."""
    hidden: int = 0
    """How many of the newest videos aren't told of yet."""
    looks: int = 0
    """How many looks at a video it takes until it is processed."""
    fails: Mapping[str, str] = field(default_factory=dict)
    """What becomes of a video instead: fields of its status."""
    threads: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By the id of the comment that each begins with."""
    statuses: dict[str, str] = field(default_factory=dict)
    """Of comments that aren't published."""
    inline: int = 5
    """How many replies a conversation is told with."""
    figures: dict[str, Any] = field(default_factory=dict)
    subscribers: int = 1230

    def answer(self, asked: Asked) -> Said:
        if asked.path.endswith("/token"):
            return self.tokens(asked) if asked.method == "POST" else said(404, {})
        path = asked.path.removeprefix(f"/{HOST}")
        if refusal := self.unsigned(asked, SCOPE):
            return refusal if refusal.status == 401 else refused(403, "insufficientPermissions")
        if self.is_suspended:
            return refused(403, "authenticatedUserAccountSuspended", "youtube.common")
        routes: Mapping[str, Callable[[Asked], Said]] = {
            "POST /upload/youtube/v3/videos": self._begin,
            "PUT /upload/youtube/v3/videos": self._put,
            "GET /youtube/v3/videos": self._list_videos,
            "PUT /youtube/v3/videos": self._update,
            "GET /youtube/v3/channels": self._channels,
            "GET /youtube/v3/playlistItems": self._uploaded,
            "GET /youtube/v3/commentThreads": self._list_threads,
            "POST /youtube/v3/commentThreads": self._begin_thread,
            "GET /youtube/v3/comments": self._list_comments,
            "POST /youtube/v3/comments": self._reply,
            "POST /youtube/v3/comments/setModerationStatus": self._moderate,
        }
        act = routes.get(f"{asked.method} {path}")
        return refused(404, "notFound") if act is None else act(asked)

    # Uploading.

    def _begin(self, asked: Asked) -> Said:
        size = asked.headers.get("x-upload-content-length", "")
        kind = asked.headers.get("x-upload-content-type", "")
        if asked.query.get("uploadType") != "resumable" or not size.isdecimal():
            return refused(400, "mediaBodyRequired")
        if not kind.startswith("video/"):
            return refused(400, "invalidContentType")
        if bad := _wrong(asked, with_parts={"snippet", "status"}):
            return refused(400, bad)
        if len(self.videos) >= self.uploads_a_day:
            return refused(400, "uploadLimitExceeded", "youtube.video")
        self.issued += 1
        name = f"upload{self.issued}"
        self.sessions[name] = Session(asked.json(), int(size), kind)
        where = f"https://{HOST}/upload/youtube/v3/videos?uploadType=resumable&upload_id={name}"
        return Said(200, b"", {"Location": where})

    def _put(self, asked: Asked) -> Said:
        session = self.sessions.get(asked.query.get("upload_id", ""))
        if session is None:
            return Said(404, b"Not Found", {"Content-Type": "text/plain"})
        span = asked.headers.get("content-range", "")
        if session.video:
            return said(200, self._shown(session.video, "snippet,status"))
        if span == f"bytes */{session.size}" and not asked.body:
            return self._incomplete(session)
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", span)
        if found is None:
            return refused(400, "badContent")
        start, last, size = map(int, found.groups())
        is_last = last + 1 == size
        if (
            size != session.size
            or last - start + 1 != len(asked.body)
            or start != len(session.data)
        ):
            return refused(400, "badContent")
        if not is_last and len(asked.body) % QUARTER:
            return refused(400, "badContent")
        session.data += asked.body[: self.takes_at_once]
        if len(session.data) < session.size:
            return self._incomplete(session)
        session.video = self.made(session.about["snippet"], session.about["status"])
        return said(200, self._shown(session.video, "snippet,status"))

    def _incomplete(self, session: Session) -> Said:
        come = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
        return Said(308, b"", come)

    def made(self, snippet: Mapping[str, Any], status: Mapping[str, Any]) -> str:
        """Take a video in; return its id."""
        self.issued += 1
        video = f"vid{self.issued:08d}"
        at = stamp(self.now())
        self.videos[video] = {
            "id": video,
            "snippet": {**snippet, "channelId": CHANNEL, "publishedAt": at},
            "status": {**DEFAULTS, **status, "uploadStatus": "uploaded"},
            "added": at,
            "looks": self.looks,
        }
        return video

    # Videos.

    def _list_videos(self, asked: Asked) -> Said:
        known = list(self.videos)[: len(self.videos) - self.hidden]
        wanted = [v for v in asked.query.get("id", "").split(",") if v in known]
        for video in wanted:
            if "processingDetails" in asked.query["part"]:
                self._work_on(self.videos[video])
        items = [self._shown(video, asked.query["part"]) for video in wanted]
        return listed("video", items)

    def _work_on(self, video: dict[str, Any]) -> None:
        if video["looks"] > 0:
            video["looks"] -= 1
        elif video["status"]["uploadStatus"] == "uploaded":
            video["status"] |= self.fails or {"uploadStatus": "processed"}

    def _shown(self, video: str, parts: str) -> dict[str, Any]:
        held = self.videos[video]
        shown: dict[str, Any] = {"kind": "youtube#video", "id": video}
        for part in parts.split(","):
            if part == "processingDetails":
                is_done = held["status"]["uploadStatus"] != "uploaded"
                shown[part] = {"processingStatus": "succeeded" if is_done else "processing"}
            elif part == "statistics":
                shown[part] = self.figures.get(video, {})
            else:
                shown[part] = held[part]
        return shown

    def _update(self, asked: Asked) -> Said:
        body = asked.json()
        held = self.videos.get(body.get("id", ""))
        if held is None:
            return refused(404, "videoNotFound", "youtube.video")
        if bad := _wrong(asked, with_parts={"status"}):
            return refused(400, bad)
        wanted = body["status"].get("privacyStatus", "public")
        if wanted != "private" and not self.is_audited:
            if self.refuses_locked:
                return refused(403, "forbidden", "youtube.video")
            wanted = "private"
        if wanted == "public" and held["status"]["privacyStatus"] != "public":
            held["snippet"]["publishedAt"] = stamp(self.now())
        kept = {"uploadStatus": held["status"]["uploadStatus"]}
        held["status"] = {**DEFAULTS, **kept, **body["status"], "privacyStatus": wanted}
        return said(200, self._shown(body["id"], "status"))

    def _uploaded(self, asked: Asked) -> Said:
        if asked.query.get("playlistId") != UPLOADED or not self.videos:
            return refused(404, "playlistNotFound", "youtube.playlistItem")
        known = list(self.videos.values())[: len(self.videos) - self.hidden]
        return paged(asked, "playlistItem", [_line(video) for video in reversed(known)], most=50)

    # The channel.

    def _channels(self, asked: Asked) -> Said:
        is_asked = asked.query.get("mine") == "true" or asked.query.get("id") == CHANNEL
        if not is_asked or not self.has_channel:
            return listed("channel", [])
        hidden = self.subscribers < 0
        about: Mapping[str, dict[str, Any]] = {
            "snippet": {"title": "Boulangerie Martin", "customUrl": "@boulangeriemartin"},
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": UPLOADED}},
            "statistics": {
                "viewCount": "9000",
                "subscriberCount": "0" if hidden else str(self.subscribers),
                "hiddenSubscriberCount": hidden,
                "videoCount": str(len(self.videos)),
            },
        }
        shown = {part: about[part] for part in asked.query["part"].split(",")}
        return listed("channel", [{"kind": "youtube#channel", "id": CHANNEL, **shown}])

    # Comments.

    def say(
        self,
        text: str,
        *,
        by: str = "@zoe",
        under: str = "",
        video: str = "vid00000000",
        at: datetime | None = None,
    ) -> str:
        """Let somebody comment a video, or answer in a conversation; return the comment's id."""
        self.issued += 1
        own = by == CHANNEL
        snippet = {
            "authorDisplayName": "@boulangeriemartin" if own else by,
            "authorChannelUrl": f"http://www.youtube.com/{by}",
            "authorChannelId": {"value": CHANNEL if own else f"UC{by.removeprefix('@')}"},
            "channelId": CHANNEL,
            "textDisplay": text,
            "likeCount": 0,
            "publishedAt": stamp(at or self.now()),
            "updatedAt": stamp(at or self.now()),
        }
        if own:
            snippet["textOriginal"] = text
        if under:
            comment = {"kind": "youtube#comment", "id": f"{under}.r{self.issued}"}
            comment["snippet"] = {**snippet, "parentId": under}  # type: ignore[assignment]
            self.threads[under]["replies"].append(comment)
        else:
            top = {"kind": "youtube#comment", "id": f"Ugx{self.issued}", "snippet": snippet}
            comment = top  # type: ignore[assignment]
            self.threads[str(top["id"])] = {"top": top, "replies": [], "video": video}
        return str(comment["id"])

    def comment(self, own: str) -> dict[str, Any]:
        """Return a comment by its id."""
        return next(c for c in self._comments() if c["id"] == own)

    def _comments(self) -> list[dict[str, Any]]:
        return [c for t in self.threads.values() for c in (t["top"], *t["replies"])]

    def _list_threads(self, asked: Asked) -> Said:
        if "id" in asked.query:
            ids = asked.query["id"].split(",")
            items = [self._thread(i) for i in ids if i in self.threads and i not in self.statuses]
            return listed("commentThread", items)
        video = asked.query.get("videoId", "")
        if video and video not in self.videos:
            return refused(404, "videoNotFound", "youtube.commentThread")
        if not video and asked.query.get("allThreadsRelatedToChannelId") != CHANNEL:
            return refused(404, "channelNotFound", "youtube.commentThread")
        wanted = asked.query.get("moderationStatus", "published")
        found = [i for i in self.threads if self.statuses.get(i, "published") == wanted]
        found = [i for i in found if video in ("", self.threads[i]["video"])]
        found.sort(key=lambda i: self.threads[i]["top"]["snippet"]["publishedAt"], reverse=True)
        return paged(asked, "commentThread", [self._thread(i) for i in found], most=100)

    def _thread(self, own: str) -> dict[str, Any]:
        held = self.threads[own]
        snippet = {
            "channelId": CHANNEL,
            "topLevelComment": held["top"],
            "canReply": held.get("canReply", True),
            "totalReplyCount": len(held["replies"]),
            "isPublic": True,
        }
        if held["video"]:
            snippet["videoId"] = held["video"]
        thread = {"kind": "youtube#commentThread", "id": own, "snippet": snippet}
        if held["replies"]:
            thread["replies"] = {"comments": held["replies"][: self.inline]}
        return thread

    def _list_comments(self, asked: Asked) -> Said:
        if "id" in asked.query:
            ids = asked.query["id"].split(",")
            shown = [c for c in self._comments() if c["id"] in ids and c["id"] not in self.statuses]
            return listed("comment", shown)
        held = self.threads.get(asked.query.get("parentId", ""))
        if held is None:
            return refused(404, "commentNotFound", "youtube.comment")
        return paged(asked, "comment", held["replies"], most=100)

    def _begin_thread(self, asked: Asked) -> Said:
        snippet = asked.json().get("snippet", {})
        top = snippet.get("topLevelComment", {}).get("snippet", {})
        is_whole = set(snippet) == {"videoId", "topLevelComment"} and set(top) == {"textOriginal"}
        if not is_whole or asked.query.get("part") != "snippet":
            return refused(400, "invalidCommentThreadMetadata", "youtube.commentThread")
        if wrong := _wrong_words(top["textOriginal"]):
            return wrong
        if snippet["videoId"] not in self.videos:
            return refused(404, "videoNotFound", "youtube.commentThread")
        made = self.say(top["textOriginal"], by=CHANNEL, video=snippet["videoId"])
        return said(200, self._thread(made))

    def _reply(self, asked: Asked) -> Said:
        snippet = asked.json().get("snippet", {})
        if set(snippet) != {"parentId", "textOriginal"} or asked.query.get("part") != "snippet":
            return refused(400, "invalidCommentMetadata", "youtube.comment")
        if wrong := _wrong_words(snippet["textOriginal"]):
            return wrong
        held = self.threads.get(snippet["parentId"])
        if held is None:
            return refused(404, "parentCommentNotFound", "youtube.comment")
        if not held.get("canReply", True):
            return refused(400, "operationNotSupported", "youtube.comment")
        made = self.say(snippet["textOriginal"], by=CHANNEL, under=snippet["parentId"])
        return said(200, self.comment(made))

    def _moderate(self, asked: Asked) -> Said:
        status, own = asked.query.get("moderationStatus", ""), asked.query.get("id", "")
        if status not in {"published", "heldForReview", "rejected"}:
            return refused(400, "invalidModerationStatus", "youtube.comment")
        if all(comment["id"] != own for comment in self._comments()):
            return refused(404, "commentNotFound", "youtube.comment")
        self.statuses.pop(own, None)
        if status != "published":
            self.statuses[own] = status
        return Said(204, b"")


def _wrong_words(text: str) -> Said | None:
    if not text.strip():
        return refused(400, "commentTextRequired", "youtube.comment")
    if len(text) > 10_000:
        return refused(400, "commentTextTooLong", "youtube.comment")
    return None


def _wrong(asked: Asked, *, with_parts: set[str]) -> str:
    """Return the word of what is wrong with a video that is written; empty if nothing is."""
    body, parts = asked.json(), set(asked.query.get("part", "").split(","))
    if parts != with_parts or set(body) - {"id"} != parts:
        return "unexpectedPart"
    if any(set(body[part]) - SETTABLE[part] for part in parts):
        return "invalidVideoMetadata"
    snippet, status = body.get("snippet", {}), body["status"]
    title, text = snippet.get("title", "x"), snippet.get("description", "")
    if not title or len(title) > 100 or re.search("[<>]", title):
        return "invalidTitle"
    if len(text.encode()) > 5_000 or re.search("[<>]", text):
        return "invalidDescription"
    is_known = status.get("privacyStatus", "public") in {"public", "unlisted", "private"}
    return "" if is_known else "invalidVideoMetadata"


def _line(video: Mapping[str, Any]) -> dict[str, Any]:
    """Return a video as the list of the uploaded has it."""
    snippet, privacy = video["snippet"], video["status"]["privacyStatus"]
    details = {"videoId": video["id"]}
    if privacy == "public":
        details["videoPublishedAt"] = snippet["publishedAt"]
    told = {name: snippet[name] for name in ("title", "description")}
    return {
        "kind": "youtube#playlistItem",
        "snippet": {**told, "publishedAt": video["added"]},
        "contentDetails": details,
        "status": {"privacyStatus": privacy},
    }


def listed(kind: str, items: list[dict[str, Any]], **more: Any) -> Said:
    """Return a list; what is empty isn't said."""
    body = {"kind": f"youtube#{kind}ListResponse", "etag": "x", **more}
    return said(200, body | ({"items": items} if items else {}))


def paged(asked: Asked, kind: str, items: list[dict[str, Any]], *, most: int) -> Said:
    """Return a page of a list."""
    size = int(asked.query.get("maxResults", 5))
    if not 1 <= size <= most:
        return refused(400, "invalidMaxResults")
    start = int(asked.query.get("pageToken", "at0").removeprefix("at"))
    more = {"nextPageToken": f"at{start + size}"} if len(items) > start + size else {}
    return listed(kind, items[start : start + size], **more)


# Errors.


def refused(code: int, reason: str, domain: str = "youtube.common", **headers: str) -> Said:
    """Return an error in YouTube's manner.

    https://developers.google.com/youtube/v3/docs/errors
    """
    message = "A message that may quote the request"
    errors = [{"message": message, "domain": domain, "reason": reason}]
    return said(code, {"error": {"code": code, "message": message, "errors": errors}}, **headers)
