"""What a message to customers may hold: welcome messages (page 92137) and mass messages (92135)."""

from .context import Json
from .wecom_fields import invalid

_ATTACHMENT_FIELDS = {
    "image": (),
    "link": ("title", "url"),
    "miniprogram": ("title", "pic_media_id", "appid", "page"),
    "video": ("media_id",),
    "file": ("media_id",),
}
_LONGEST_TITLE_BYTES = {"link": 128, "miniprogram": 64}


def checked_content(body: Json) -> Json:
    """The text and attachments of a message to customers, checked (page 92137): 40058 when neither is there."""
    text, attachments = body.get("text") or {}, body.get("attachments") or []
    content = text.get("content") if isinstance(text, dict) else None
    if not isinstance(attachments, list) or len(attachments) > 9:
        raise invalid("attachments")
    if not content and not attachments:
        raise invalid("text", "or attachments needed")
    if content and (not isinstance(content, str) or len(content.encode()) > 4000):
        raise invalid("text.content")
    for attachment in attachments:
        _check_attachment(attachment)
    return {"text": text, "attachments": attachments}


def _check_attachment(attachment: object) -> None:
    kind = attachment.get("msgtype") if isinstance(attachment, dict) else None
    fields = attachment.get(kind) if isinstance(attachment, dict) else None
    if kind not in _ATTACHMENT_FIELDS or not isinstance(fields, dict):
        raise invalid("attachments.msgtype")
    if kind == "image" and not (fields.get("media_id") or fields.get("pic_url")):
        raise invalid("attachments.image")
    for name in _ATTACHMENT_FIELDS[kind]:
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise invalid(f"attachments.{kind}.{name}", "missing")
    if len(str(fields.get("title", "")).encode()) > _LONGEST_TITLE_BYTES.get(kind, 4000):
        raise invalid(f"attachments.{kind}.title", "too long")
