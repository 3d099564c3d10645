"""What the API says of videos and stories, in French.

Keys as in ``messages_videos_en``.
"""

from __future__ import annotations

FAULTS = {
    "mixed-media": "{channel} : une vidéo est seule, sans image ni autre vidéo.",
    "no-video": "{channel} ne prend pas de vidéo.",
    "story-needs-media": "{channel} : une story montre une image ou une vidéo. Ajoutez-en une.",
    "story-one-medium": (
        "{channel} : une story montre une seule image ou une seule vidéo. Retirez-en."
    ),
    "title-missing": "{channel} demande un titre.",
    "video-codec": (
        "Cette vidéo est encodée d’une manière que les réseaux ne lisent pas. Exportez-la en "
        "H.264 (MP4)."
    ),
    "video-fragmented": (
        "Cette vidéo est enregistrée par morceaux, comme le font des logiciels de capture : les "
        "réseaux la lisent mal. Exportez-la en MP4 ordinaire."
    ),
    "video-missing": "{channel} ne publie que des vidéos : ajoutez-en une.",
    "video-no-pictures": "Ce fichier ne contient pas d’image animée.",
    "video-not-a-video": "Ce fichier n’est pas une vidéo MP4 ou MOV.",
    "video-ratio": (
        "Vidéo de {width} × {height} points : ce format n’est pas pris par {channel}. Recadrez-la."
    ),
    "video-too-big": "La vidéo pèse {size_mb} Mo : {channel} en accepte {max_mb}.",
    "video-too-long": "La vidéo dure {seconds} s : {channel} accepte {max} s au plus.",
    "video-too-long-here": "La vidéo est trop longue : {max_minutes} minutes au plus.",
    "video-too-short": "La vidéo dure {seconds} s : {channel} demande {min} s au moins.",
    "video-too-small": (
        "Vidéo de {width} × {height} points : {channel} en veut {min} au moins de chaque côté."
    ),
    "video-too-wide": "Vidéo large de {width} points : {channel} en accepte {max}.",
    "video-truncated": "La vidéo est abîmée ou incomplète. Envoyez-la de nouveau.",
    "video-type": "{channel} ne prend pas ce type de vidéo. Exportez-la en MP4.",
    "video-weight": "La vidéo pèse {size_mb} Mo : {max_mb} Mo au plus.",
}

REFUSALS = {
    "mixed_media": "Une vidéo est seule sur {network}. Retirez le reste, puis renvoyez le message.",
    "no_video": "{network} ne prend pas de vidéo. Retirez-la, puis renvoyez le message.",
    "story_needs_media": (
        "Une story montre une image ou une vidéo sur {network}. Ajoutez-en une, puis renvoyez le "
        "message."
    ),
    "story_one_medium": (
        "Une story montre une seule image ou une seule vidéo sur {network}. Retirez-en, puis "
        "renvoyez le message."
    ),
    "title_missing": "{network} demande un titre. Ajoutez-en un, puis renvoyez le message.",
    "video_failed": (
        "{network} n’a pas su lire cette vidéo. Exportez-la de nouveau en MP4 (H.264), "
        "remplacez-la, puis renvoyez le message."
    ),
    "video_missing": (
        "{network} ne publie que des vidéos. Ajoutez-en une, puis renvoyez le message."
    ),
    "video_ratio": (
        "Ce format d’image n’est pas pris par {network}. Recadrez la vidéo, puis renvoyez le "
        "message."
    ),
    "video_too_big": (
        "La vidéo est trop lourde pour {network}. Exportez-la plus petite, puis renvoyez le "
        "message."
    ),
    "video_too_long": (
        "La vidéo est trop longue pour {network}. Raccourcissez-la, puis renvoyez le message."
    ),
    "video_too_short": (
        "La vidéo est trop courte pour {network}. Remplacez-la, puis renvoyez le message."
    ),
    "video_too_small": (
        "La vidéo a trop peu de points pour {network}. Remplacez-la, puis renvoyez le message."
    ),
    "video_too_wide": (
        "La vidéo est trop large pour {network}. Exportez-la plus petite, puis renvoyez le message."
    ),
    "video_type": (
        "{network} ne prend pas ce type de vidéo. Exportez-la en MP4, puis renvoyez le message."
    ),
}
