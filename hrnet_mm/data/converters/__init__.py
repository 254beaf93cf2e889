"""Readers of annotation tools' formats, and writers of COCO files and label maps."""
