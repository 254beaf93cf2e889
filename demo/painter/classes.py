"""Names, numbers and colours of what the toy scenes show, for all readers and writers."""

Colour = tuple[int, int, int]  # RGB, 0..255

STUFF = ("sky", "building", "road", "grass")
THINGS = ("person", "car", "dog", "tree", "ball", "sign")
SEMANTIC_CLASSES = STUFF + THINGS  # the position is the train id
IGNORED_LABEL = 255  # what people sit on: neither a thing nor stuff

PALETTE: tuple[Colour, ...] = (
    (112, 176, 224),
    (160, 120, 108),
    (128, 128, 136),
    (132, 184, 92),
    (236, 92, 92),
    (64, 84, 196),
    (168, 92, 40),
    (36, 116, 68),
    (248, 180, 48),
    (176, 76, 188),
)

KEYPOINTS = (
    "nose",
    *(
        f"{side}_{part}"
        for part in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in ("left", "right")
    ),
)

SKELETON = (
    ("left_ankle", "left_knee"),
    ("left_knee", "left_hip"),
    ("right_ankle", "right_knee"),
    ("right_knee", "right_hip"),
    ("left_hip", "right_hip"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
    ("left_shoulder", "right_shoulder"),
    ("left_shoulder", "left_elbow"),
    ("right_shoulder", "right_elbow"),
    ("left_elbow", "left_wrist"),
    ("right_elbow", "right_wrist"),
    ("left_eye", "right_eye"),
    ("nose", "left_eye"),
    ("nose", "right_eye"),
    ("left_eye", "left_ear"),
    ("right_eye", "right_ear"),
    ("left_ear", "left_shoulder"),
    ("right_ear", "right_shoulder"),
)
