"""A SUN RGB-D scene as a FiftyOne sample."""

from __future__ import annotations

import fiftyone as fo
import numpy as np

from plumb.sunrgbd import Scene

FIELDS = {
    "scene_id": (fo.StringField, "path below SUNRGBD/"),
    "sensor": (fo.StringField, "kv1, kv2, realsense or xtion"),
    "scene": (fo.Classification, "scene label"),
    "intrinsics": (fo.PinholeCameraIntrinsics, "pixels"),
    "camera_tilt": (
        fo.StaticTransform,
        "turns camera axes (x right, y down, z forward) so that y points along gravity",
    ),
    "camera_pitch": (fo.FloatField, "degrees that the camera looks down"),
    "objects": (fo.Polylines, "annotation2Dfinal"),
}
"""What an import writes besides the ground truth: type and description by field."""


def declare_fields(dataset: fo.Dataset) -> None:
    """Put the fields of scenes into the schema."""
    for field, (kind, description) in FIELDS.items():
        embedded = not issubclass(kind, fo.Field)
        options = {"ftype": fo.EmbeddedDocumentField, "embedded_doc_type": kind} if embedded else {"ftype": kind}
        dataset.add_sample_field(field, description=description, **options)


def make(scene: Scene, metadata: fo.ImageMetadata, tag: str | None, **labels: fo.Label) -> fo.Sample:
    """The sample of a scene, tagged with its split; what the scene does not have is left empty."""
    size = np.array([metadata.width, metadata.height])
    sample = fo.Sample(
        filepath=str(scene.image),
        tags=[tag] if tag else [],
        metadata=metadata,
        scene_id=scene.folder.scene_id,
        sensor=scene.folder.sensor,
        **labels,
    )
    if scene.label:
        sample["scene"] = fo.Classification(label=scene.label)
    if scene.intrinsics is not None:
        (fx, skew, cx), (_, fy, cy), _ = scene.intrinsics.tolist()
        sample["intrinsics"] = fo.PinholeCameraIntrinsics(fx=fx, fy=fy, cx=cx, cy=cy, skew=skew)
    if scene.tilt is not None:
        pose = np.column_stack([scene.tilt, np.zeros(3)])
        sample["camera_tilt"] = fo.StaticTransform.from_matrix(pose, "camera", "gravity")
        # The optical axis in the levelled frame; its y component is what it drops by.
        sample["camera_pitch"] = float(np.degrees(np.arcsin(np.clip(scene.tilt[1, 2], -1, 1))))
    if scene.polygons:
        sample["objects"] = fo.Polylines(
            polylines=[
                fo.Polyline(label=p.label, points=[(p.points / size).tolist()], closed=True, filled=False)
                for p in scene.polygons
            ]
        )
    return sample
