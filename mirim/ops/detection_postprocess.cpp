#include "mirim/ops/detection_postprocess.hpp"

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/micro/detection_postprocess.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

PerTensor reals_of(Types in, int i) {
  return in[i].dtype() == DType::float32 ? PerTensor{}
                                         : per_tensor(DetectionPostprocess::name, "input " + std::to_string(i), in[i]);
}

}  // namespace

std::vector<TensorType> DetectionPostprocess::infer(Types in) const {
  require_inputs(name, in, 3);
  for (int i = 0; i < 3; ++i) require_dtype(name, in, i, {DType::float32, DType::uint8});
  require_same_dtype(name, in, 0, 2);
  require_rank(name, in, 0, 3);
  require_rank(name, in, 1, 3);
  const Shape &boxes = in[0].shape(), &scores = in[1].shape();
  const std::int64_t count = boxes[1];
  if (boxes[0] != 1 || scores[0] != 1 || boxes[2] < 4 || scores[1] != count || in[2].shape() != Shape{count, 4}) {
    fail("{}: {}, {} and {} do not fit each other: expected [1, boxes, 4], [1, boxes, classes] and [boxes, 4]", name,
         describe_input(in, 0), describe_input(in, 1), describe_input(in, 2));
  }
  if (num_classes < 1 || scores[2] - num_classes < 0 || scores[2] - num_classes > 1) {
    fail("{}: num_classes is {}, expected one for each of the {} scores of a box, or one less without the background",
         name, num_classes, scores[2]);
  }
  const auto positive = [&](std::string_view what, std::int64_t value) {
    if (value < 1) fail("{}: {} is {}, expected at least 1", name, what, value);
  };
  positive("max_detections", max_detections);
  positive("max_classes_per_detection", max_classes_per_detection);
  if (use_regular_nms) positive("detections_per_class", detections_per_class);
  if (!(nms_iou_threshold > 0 && nms_iou_threshold <= 1)) {
    fail("{}: nms_iou_threshold is {}, expected more than 0 and at most 1", name, nms_iou_threshold);
  }
  for (const float scale : {y_scale, x_scale, h_scale, w_scale}) {
    if (!(std::fabs(scale) > 0)) fail("{}: a scale of boxes is {}", name, scale);
  }
  const std::int64_t room = product_of({max_detections, max_classes_per_detection});
  if (room > (1 << 24)) fail("{}: room for {} detections", name, room);
  return {
      {DType::float32, {1, room, 4}}, {DType::float32, {1, room}}, {DType::float32, {1, room}}, {DType::float32, {1}}};
}

// Each box is decoded; for each detection each box is looked at twice.
Cost DetectionPostprocess::cost(Types in) const {
  infer(in);
  const std::int64_t boxes = in[0].shape()[1];
  const std::int64_t rounds = use_regular_nms ? product_of({num_classes, detections_per_class}) : max_detections;
  return {.operations = product_of({boxes, 20}) + product_of({boxes, std::min(boxes, rounds), 2})};
}

void DetectionPostprocess::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall DetectionPostprocess::lower(Types in, Types) const {
  const PerTensor boxes = reals_of(in, 0), scores = reals_of(in, 1), anchors = reals_of(in, 2);
  for (int i = 0; i < 3; ++i) device_int(name, in[i].type->bytes());
  const std::int64_t count = in[0].shape()[1];
  const std::int64_t scratch = product_of({count, 5 * std::int64_t{sizeof(float)} + 1});
  device_int(name, scratch);
  const micro::DetectionPostprocessParams params{
      .boxes = device_int(name, count),
      .box_numbers = device_int(name, in[0].shape()[2]),
      .score_numbers = device_int(name, in[1].shape()[2]),
      .classes = num_classes,
      .room = max_detections * max_classes_per_detection,
      .most_detections = max_detections,
      .most_of_class = detections_per_class,
      .most_classes = max_classes_per_detection,
      .regular = use_regular_nms,
      .least_score = nms_score_threshold,
      .most_overlap = nms_iou_threshold,
      .scales = {y_scale, x_scale, h_scale, w_scale},
      .box_scale = boxes.scale,
      .box_zero_point = boxes.zero_point,
      .score_scale = scores.scale,
      .score_zero_point = scores.zero_point,
      .anchor_scale = anchors.scale,
      .anchor_zero_point = anchors.zero_point,
  };
  const std::vector<KernelArgument> arguments{kernel_input(0),  kernel_input(1),  kernel_input(2),  kernel_scratch(),
                                              kernel_output(0), kernel_output(1), kernel_output(2), kernel_output(3)};
  const auto call = [&]<class Box, class Score>(Box, Score) {
    return make_kernel_call("mirim/micro/detection_postprocess.hpp", "detection_postprocess",
                            "DetectionPostprocessParams", &micro::detection_postprocess<Box, Score>, params, arguments);
  };
  const bool quantized_boxes = in[0].dtype() == DType::uint8, quantized_scores = in[1].dtype() == DType::uint8;
  KernelCall result = quantized_boxes
                          ? (quantized_scores ? call(std::uint8_t{}, std::uint8_t{}) : call(std::uint8_t{}, 0.0F))
                          : (quantized_scores ? call(0.0F, std::uint8_t{}) : call(0.0F, 0.0F));
  result.scratch_bytes = scratch;
  return result;
}

void DetectionPostprocess::options(Options& o) {
  o.field(0, "max_detections", max_detections, 0);
  o.field(1, "max_classes_per_detection", max_classes_per_detection, 0);
  o.field(2, "detections_per_class", detections_per_class, 100);
  o.field(3, "use_regular_nms", use_regular_nms, false);
  o.field(4, "nms_score_threshold", nms_score_threshold, 0);
  o.field(5, "nms_iou_threshold", nms_iou_threshold, 0);
  o.field(6, "num_classes", num_classes, 0);
  o.field(7, "y_scale", y_scale, 0);
  o.field(8, "x_scale", x_scale, 0);
  o.field(9, "h_scale", h_scale, 0);
  o.field(10, "w_scale", w_scale, 0);
}

template <>
Op default_op<DetectionPostprocess>() {
  return DetectionPostprocess{};
}

}  // namespace mirim
