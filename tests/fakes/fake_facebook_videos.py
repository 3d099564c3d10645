"""The videos of a Page: reels and stories by sessions, others unpublished and then published.

https://developers.facebook.com/docs/video-api/guides/reels-publishing
https://developers.facebook.com/docs/page-stories-api
https://developers.facebook.com/docs/graph-api/reference/page/videos/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.networks.graph import VERSION
from tests.fakes.fake_graph import Refused, refused
from tests.fakes.graph_fields import parsed, picked
from tests.fakes.serving import Asked, Said, said

UPLOADS = "/video-upload/"
LONGEST = 63_206


@dataclass(slots=True)
class FakeVideos:
    """What was uploaded, public or not; what has a session is worked on once it is finished."""

    new_id: Callable[[], str]
    show: Callable[[str, str], str]
    """Publishes a text with a video; returns the id of its post."""
    show_story: Callable[[str], str]
    """Publishes a story with a video; returns its id."""
    looks: int = 2
    """How many times what is fetched, or worked on, is looked at before it is ready."""
    fetches: Callable[[str], bool] = lambda url: url.startswith("https://")
    fails: str = ""
    """What the next videos fail in: ``uploading`` or ``processing``."""
    is_for_advertisers: bool = False
    """Whether unpublished videos need a permission of advertisers."""
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    """Every video that there ever was."""

    # Uploading.

    def session(self, kind: str, form: Mapping[str, str]) -> dict[str, Any]:
        """Start a session of a reel or a story, or finish it."""
        if form["upload_phase"] == "start":
            made = self._keep(kind)
            return {"video_id": made, "upload_url": f"https://rupload.facebook.com{UPLOADS}{made}"}
        assert form["upload_phase"] == "finish"
        assert kind == "story" or form["video_state"] == "PUBLISHED"
        return self._finish(kind, form)

    def fetch(self, asked: Asked, token: str) -> Said:
        """Fetch a reel's file from where it is said to be; this host speaks in its own way."""
        assert asked.path.startswith(f"{UPLOADS}{VERSION}/")
        video = self.kept.get(asked.path.rpartition("/")[2])
        if asked.headers.get("authorization") != f"OAuth {token}":
            return _debug("NotAuthorizedError", 401)
        if video is None or video["kind"] == "plain" or video["uploading"] != "not_started":
            return _debug("InvalidSessionError", 400)
        if not self.fetches(asked.headers.get("file_url", "")):
            return _debug("ProcessingFailedError", 400)
        video["uploading"], video["left"] = "in_progress", self.looks
        return said(200, {"success": True})

    def upload(self, form: Mapping[str, str]) -> dict[str, Any]:
        assert form["published"] == "false", "it would be public at once"
        if self.is_for_advertisers:
            raise Refused(refused(200, status=403))
        if not self.fetches(form["file_url"]):
            raise Refused(refused(389, 1_363_057))
        made = self._keep("plain")
        video = self.kept[made]
        video["text"], video["uploading"], video["left"] = _text(form), "complete", self.looks
        video["processing"] = "in_progress"
        return {"id": made}

    def _keep(self, kind: str) -> str:
        made = self.new_id()
        phases = dict.fromkeys(("uploading", "processing", "publishing"), "not_started")
        how = {"kind": kind, "fails": self.fails, "left": 0, "text": "", "post": ""}
        self.kept[made] = {**phases, **how, "published": False}
        self.made.add(made)
        return made

    # Publishing.

    def _finish(self, kind: str, form: Mapping[str, str]) -> dict[str, Any]:
        video = self.kept.get(form["video_id"])
        if video is None or video["kind"] != kind:
            raise Refused(refused(100, 33))
        if video["uploading"] != "complete" or video["processing"] != "not_started":
            raise Refused(refused(100))
        video["text"], video["processing"], video["left"] = _text(form), "in_progress", self.looks
        if video["fails"] != "processing":
            self._show(form["video_id"])
        return {"success": True, **({"post_id": video["post"]} if kind == "story" else {})}

    def on_video(self, method: str, name: str, params: Mapping[str, str]) -> dict[str, Any]:
        video = self.kept[name]
        if method == "GET":
            return picked(self._looked_at(name), parsed(params.get("fields", "id")))
        assert params["published"] == "true"
        if video["kind"] != "plain" or video["processing"] != "complete" or video["published"]:
            raise Refused(refused(100))
        self._show(name)
        video["publishing"] = "complete"
        return {"success": True}

    def _show(self, name: str) -> None:
        video = self.kept[name]
        is_story = video["kind"] == "story"
        video["post"] = self.show_story(name) if is_story else self.show(video["text"], name)
        video["published"] = True

    # Looking.

    def _looked_at(self, name: str) -> dict[str, Any]:
        video = self.kept[name]
        self._go_on(video)
        status = {
            f"{phase}_phase": {"status": video[phase]}
            for phase in ("uploading", "processing", "publishing")
        }
        whole = {"not_started": "upload_complete", "complete": "ready", "error": "error"}
        told = {"video_status": whole.get(video["processing"], "processing"), **status}
        if video["uploading"] == "error":
            told["video_status"] = "upload_failed"
        link = f"/reel/{name}/" if video["kind"] == "reel" else f"/100200300/videos/{name}/"
        is_out = video["publishing"] == "complete"
        shown = {"post_id": video["post"].rpartition("_")[2]} if is_out else {}
        return {"id": name, "status": told, "published": video["published"], **shown} | {
            "permalink_url": link
        }

    def _go_on(self, video: dict[str, Any]) -> None:
        """Each look finds the work further on."""
        if video["left"]:
            video["left"] -= 1
            return
        for phase in ("uploading", "processing"):
            if video[phase] == "in_progress":
                video[phase] = "error" if video["fails"] == phase else "complete"
                if phase == "processing" and video["kind"] != "plain" and video["published"]:
                    video["publishing"] = "complete"


def attachment_of(video: str) -> dict[str, Any]:
    """Return how a post shows a video."""
    return {"media_type": "video", "target": {"id": video}}


def _text(form: Mapping[str, str]) -> str:
    text = form.get("description", "")
    if len(text) > LONGEST:
        raise Refused(refused(100))
    return text


def _debug(kind: str, status: int) -> Said:
    info = {"retriable": False, "type": kind, "message": "Request processing failed"}
    return said(status, {"debug_info": info})
