"""Images: begun here, sent straight to where bytes are kept, then looked into."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api import views
from chalicelib.api.answers import FormAnswer, MediaAnswer, UploadAnswer
from chalicelib.api.calls import Call
from chalicelib.api.routes import route
from chalicelib.api.schemas import UploadBody
from chalicelib.ids import MediaId
from chalicelib.workspaces.access import Action

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}/media"


@route(
    blueprint,
    "POST",
    PATH,
    action=Action.COMPOSE,
    body=UploadBody,
    answer=UploadAnswer,
    status=201,
    is_idempotent=True,
)
def begin_upload(call: Call, body: UploadBody) -> UploadAnswer:
    """Begin an upload: the answer says where and how to send the file."""
    begun = call.services.uploads.begin(
        call.firm,
        name=body.name,
        content_type=body.content_type,
        size=body.size,
        media=MediaId(call.new_id),
    )
    form = FormAnswer(url=begun.form.url, fields=dict(begun.form.fields))
    return UploadAnswer(id=begun.upload.id, upload=form)


@route(
    blueprint,
    "POST",
    f"{PATH}/{{media}}/complete",
    action=Action.COMPOSE,
    answer=MediaAnswer,
)
def complete_upload(call: Call) -> MediaAnswer:
    """Look into what was sent, and keep it under the SHA-256 of what it holds."""
    kept = call.services.uploads.complete(call.firm, call.media)
    return views.media(kept, call.media, call.services.settings)
