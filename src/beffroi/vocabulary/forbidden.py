"""What must not exist here: names by which a part would tell who somebody is or what somebody is like.

Source: the law as product requirements (no biometrics, ever); GDPR art. 9; AI Act (2024/1689), art. 3 and 5.
A name is cut into its words (``faceCount`` → face, count) and compared word by word, so that "surface" is no face.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

_TABLE = """
face: face faces facial faceid facenet arcface cosface retinaface deepface insightface openface mtcnn dlib scrfd yunet
face: sface visage visages landmark landmarks iris retina
re-identification: reid reids reidentification reidentify reidentified reidentifier osnet torchreid fastreid boxmot
re-identification: re_id re_identification re_identify person_embedding person_embeddings appearance_embedding
re-identification: body_embedding identity_embedding
emotion: emotion emotions emotional fer hsemotion mood moods humeur humeurs sentiment sentiments
age: age ages aged agegender minor_person adult adults enfant enfants elderly
gender: gender genders genre genres sex sexe sexes male female woman women femme femmes homme hommes
origin: ethnic ethnicity ethnicities ethnie ethnies race races racial skin skins skintone nationality religion religions
origin: person_origin origin_class
gait: gait gaits gaitset gaitnet opengait
voice: voice voices voiceprint voiceprints voix speaker_embedding
biometrics: biometric biometrics biometrie biometry fingerprints faceprint faceprints
dependency: face-recognition face-recognition-models face-alignment facenet-pytorch retina-face mediapipe fast-reid
dependency: py-feat ultralytics speechbrain resemblyzer pyannote-audio face-api.js @vladmandic/face-api
dependency: @vladmandic/human clmtrackr @mediapipe/face_mesh @mediapipe/tasks-vision
"""


def _read() -> dict[str, frozenset[str]]:
    kinds: dict[str, set[str]] = {}
    for line in _TABLE.strip().splitlines():
        kind, words = line.split(": ")
        kinds.setdefault(kind, set()).update(words.split())
    return {kind: frozenset(words) for kind, words in kinds.items()}


FORBIDDEN: Mapping[str, frozenset[str]] = _read()
"""Kind → words, or pairs of neighbouring words joined by ``_``; lower case, without accents. Of the kind "dependency":
whole names of packages that bring such a model (ultralytics also for its licence).
"""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_BY_WORD = {word: kind for kind, words in FORBIDDEN.items() for word in words}


def words_of(name: str) -> list[str]:
    """The words of a name, lower case.

    >>> words_of("faceCount"), words_of("re-id_net2"), words_of("RTSPSurface")
    (['face', 'count'], ['re', 'id', 'net'], ['rtsp', 'surface'])
    """
    return [word.lower() for word in _WORD.findall(name)]


def forbidden_kind(name: str) -> tuple[str, str] | None:
    """The first forbidden word of a name and its kind; None when the name is harmless.

    >>> forbidden_kind("faceCount"), forbidden_kind("surface_px"), forbidden_kind("reId")
    (('face', 'face'), None, ('re_id', 're-identification'))
    """
    words = words_of(name)
    pairs = [f"{first}_{second}" for first, second in pairwise(words)]
    for word in (*words, *pairs, name.strip().lower()):
        if word in _BY_WORD:
            return word, _BY_WORD[word]
    return None
