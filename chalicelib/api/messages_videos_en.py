"""What the API says of videos and stories, in English.

Keys as in ``messages_videos_fr``.
"""

from __future__ import annotations

FAULTS = {
    "mixed-media": "{channel}: a video stands alone, without an image or another video.",
    "no-video": "{channel} takes no video.",
    "story-needs-media": "{channel}: a story shows an image or a video. Add one.",
    "story-one-medium": "{channel}: a story shows one image or one video. Remove the others.",
    "title-missing": "{channel} asks for a title.",
    "video-codec": (
        "This video is encoded in a way that networks don’t read. Export it as H.264 (MP4)."
    ),
    "video-fragmented": (
        "This video is recorded in pieces, as capture programs do: networks read it badly. Export "
        "it as a plain MP4."
    ),
    "video-missing": "{channel} publishes videos only: add one.",
    "video-no-pictures": "There are no moving pictures in this file.",
    "video-not-a-video": "This file isn’t an MP4 or MOV video.",
    "video-ratio": (
        "Video of {width} × {height} pixels: {channel} doesn’t take this shape. Crop it."
    ),
    "video-too-big": "The video weighs {size_mb} MB: {channel} takes {max_mb}.",
    "video-too-long": "The video lasts {seconds} s: {channel} takes {max} s at most.",
    "video-too-long-here": "The video is too long: {max_minutes} minutes at most.",
    "video-too-short": "The video lasts {seconds} s: {channel} asks for {min} s at least.",
    "video-too-small": (
        "Video of {width} × {height} pixels: {channel} wants {min} at least on each side."
    ),
    "video-too-wide": "Video {width} pixels wide: {channel} takes {max}.",
    "video-truncated": "The video is damaged or incomplete. Send it again.",
    "video-type": "{channel} doesn’t take this type of video. Export it as MP4.",
    "video-weight": "The video weighs {size_mb} MB: at most {max_mb} MB.",
}

REFUSALS = {
    "mixed_media": "A video stands alone on {network}. Remove the rest, then send the post again.",
    "no_video": "{network} takes no video. Remove it, then send the post again.",
    "story_needs_media": (
        "A story shows an image or a video on {network}. Add one, then send the post again."
    ),
    "story_one_medium": (
        "A story shows one image or one video on {network}. Remove the others, then send the post "
        "again."
    ),
    "title_missing": "{network} asks for a title. Add one, then send the post again.",
    "video_failed": (
        "{network} couldn’t read this video. Export it again as MP4 (H.264), replace it, then "
        "send the post again."
    ),
    "video_missing": "{network} publishes videos only. Add one, then send the post again.",
    "video_ratio": ("{network} doesn’t take this shape. Crop the video, then send the post again."),
    "video_too_big": (
        "The video is too heavy for {network}. Export it smaller, then send the post again."
    ),
    "video_too_long": "The video is too long for {network}. Cut it, then send the post again.",
    "video_too_short": (
        "The video is too short for {network}. Replace it, then send the post again."
    ),
    "video_too_small": (
        "The video has too few pixels for {network}. Replace it, then send the post again."
    ),
    "video_too_wide": (
        "The video is too wide for {network}. Export it smaller, then send the post again."
    ),
    "video_type": (
        "{network} doesn’t take this type of video. Export it as MP4, then send the post again."
    ),
}
