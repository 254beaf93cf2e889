"""Where boxes lie in the official code, of the time of mmdet 0.6: they include their last pixel.

So a box from 0 to 9 is 10 wide, its offsets are in parts of that, anchors have their centre in the
middle of a cell's pixels, and RoIAlign reads half a cell away. mmdet 3 keeps these conventions for
old weights, which the official ones are.

Not the same: mmdet 0.6 also ends the boxes of the annotations at their last pixel, counts it in
IoU, NMS and the level of a box, and lets RoIAlign read to its end; and the coder that mmdet 3 keeps
decodes to the pixels' outer edges, half a pixel to each side, as boxes of mmdet 3 do.
"""

coder = dict(type="LegacyDeltaXYWHBBoxCoder")
anchors = dict(type="LegacyAnchorGenerator", center_offset=0.5)
rois = dict(roi_layer=dict(aligned=False))
