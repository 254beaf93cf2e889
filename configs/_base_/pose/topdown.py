"""How top-down pose begins: a box around each person or face, mirrored half of the time."""

boxes = [
    dict(type="LoadImage"),
    dict(type="GetBBoxCenterScale"),  # padding 1.25, also in the official codes
    dict(type="RandomFlip", direction="horizontal"),
]
