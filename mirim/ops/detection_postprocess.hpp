#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The boxes that a detector of the SSD kind has found: decodes boxes, and drops those that overlap a better one
/// (non-maximum suppression).
///
/// Inputs: boxes [1,N,4 or more] as (y, x, h, w), scores [1,N,C], anchors [N,4] as (y, x, h, w); float32 or uint8,
/// boxes and anchors of one type. C is num_classes, or one more with the background in front. A box is centred at y /
/// y_scale
/// * anchor.h + anchor.y, with the height exp(h / h_scale) * anchor.h; x and w likewise.
/// Outputs, float32, with D = max_detections * max_classes_per_detection: boxes [1,D,4] as (ymin, xmin, ymax, xmax),
/// classes [1,D], scores [1,D], how many there are [1]; what is left is 0.
///
/// `use_regular_nms` treats each class apart; otherwise a box counts with the best of its classes. A custom operator of
/// TensorFlow's object detection; float32 also in tflite-micro.
struct DetectionPostprocess {
  static constexpr std::string_view name = "TFLite_Detection_PostProcess";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;

  std::int32_t max_detections = 0;
  std::int32_t max_classes_per_detection = 0;
  std::int32_t detections_per_class = 100;
  bool use_regular_nms = false;
  float nms_score_threshold = 0;
  float nms_iou_threshold = 0;
  std::int32_t num_classes = 0;
  float y_scale = 0;
  float x_scale = 0;
  float h_scale = 0;
  float w_scale = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const DetectionPostprocess&) const = default;
};

}  // namespace mirim
