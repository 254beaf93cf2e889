"""Where mmdet 3's detectors in two stages differ from the official ones."""

sampling = dict(roi_layer=dict(sampling_ratio=0))  # as many samples in a bin as it has cells
proposals = dict(rpn=dict(nms_pre=1000, max_per_img=1000))  # at test
