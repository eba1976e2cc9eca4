#include "mirim/ops/detection_postprocess.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::infer, test::run_all, test::tensor, test::values;
using testing::ElementsAre, testing::FloatNear, testing::HasSubstr, testing::Pointwise;

DetectionPostprocess settings() {
  return {.max_detections = 3,
          .max_classes_per_detection = 1,
          .nms_score_threshold = 0.1F,
          .nms_iou_threshold = 0.5F,
          .num_classes = 2,
          .y_scale = 1,
          .x_scale = 1,
          .h_scale = 1,
          .w_scale = 1};
}

/// Four boxes of 2x2: at 0, the same moved by 0.5 in x, at 10 and at 20. All encodings are 0: the anchors themselves.
std::vector<Tensor> four_boxes(const std::vector<float>& scores) {
  return {tensor({1, 4, 4}, std::vector<float>(16)), tensor({1, 4, 3}, scores),
          tensor({4, 4}, {0, 0, 2, 2, 0, 0.5F, 2, 2, 10, 10, 2, 2, 20, 20, 2, 2})};
}

// Scores of background, class 0 and class 1. Boxes 0 and 1 share 1.5 * 2 = 3 of 5: the better one stays. Box 3 is below
// the threshold.
const std::vector<float> kScores{0, 0.2F, 0.6F, 0, 0.7F, 0.1F, 0, 0.3F, 0.4F, 0.9F, 0.05F, 0.02F};

TEST(DetectionPostprocess, keeps_the_best_of_boxes_that_overlap) {
  auto inputs = four_boxes(kScores);
  const auto y = run_all(settings(), inputs);
  EXPECT_THAT(values(y[0]), ElementsAre(-1, -0.5F, 1, 1.5F, 9, 9, 11, 11, 0, 0, 0, 0));
  EXPECT_THAT(values(y[1]), ElementsAre(0, 1, 0));
  EXPECT_THAT(values(y[2]), ElementsAre(0.7F, 0.4F, 0));
  EXPECT_THAT(values(y[3]), ElementsAre(2));
}

// Each class apart: class 0 keeps boxes 1 (0.7) and 2 (0.3), class 1 boxes 0 (0.6) and 2 (0.4); the best three.
TEST(DetectionPostprocess, regular_suppression_is_for_each_class) {
  auto op = settings();
  op.use_regular_nms = true;
  auto inputs = four_boxes(kScores);
  const auto y = run_all(op, inputs);
  EXPECT_THAT(values(y[1]), ElementsAre(0, 1, 1));
  EXPECT_THAT(values(y[2]), ElementsAre(0.7F, 0.6F, 0.4F));
  EXPECT_THAT(values(y[0]), ElementsAre(-1, -0.5F, 1, 1.5F, -1, -1, 1, 1, 9, 9, 11, 11));
  EXPECT_THAT(values(y[3]), ElementsAre(3));
  op.detections_per_class = 1;
  EXPECT_THAT(values(run_all(op, inputs)[2]), ElementsAre(0.7F, 0.6F, 0));
}

// y = 4 / 2 * 3 + 1 = 7, x = 6 / 3 * 5 + 2 = 12, h = exp(0) * 3, w = exp(ln 2) * 5 = 10.
TEST(DetectionPostprocess, decodes_boxes_by_their_anchors) {
  auto op = settings();
  op.max_detections = 1, op.y_scale = 2, op.x_scale = 3;
  std::vector<Tensor> inputs{tensor({1, 1, 4}, {4, 6, 0, 0.6931472F}), tensor({1, 1, 2}, {0.5F, 0.25F}),
                             tensor({1, 4}, {1, 2, 3, 5})};
  EXPECT_THAT(values(run_all(op, inputs)[0]),
              Pointwise(FloatNear(1e-5F), std::vector<float>{7 - 1.5F, 12 - 5, 7 + 1.5F, 12 + 5}));
}

TEST(DetectionPostprocess, tells_further_classes_of_a_box_behind_it) {
  auto op = settings();
  op.max_classes_per_detection = 2;
  auto inputs = four_boxes(kScores);
  const auto y = run_all(op, inputs);
  EXPECT_THAT(values(y[1]), ElementsAre(0, 1, 1, 0, 0, 0));
  EXPECT_THAT(values(y[2]), ElementsAre(0.7F, 0.1F, 0.4F, 0.3F, 0, 0));
  EXPECT_THAT(values(y[3]), ElementsAre(4));
}

TEST(DetectionPostprocess, refuses_what_does_not_fit) {
  const auto why = [](const DetectionPostprocess& op, const std::vector<Tensor>& inputs) -> std::string {
    try {
      infer(op, inputs);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  auto op = settings();
  auto inputs = four_boxes(kScores);
  EXPECT_EQ(why(op, inputs), "");
  op.num_classes = 1;
  EXPECT_THAT(why(op, inputs), HasSubstr("num_classes is 1"));
  op = settings(), op.nms_iou_threshold = 0;
  EXPECT_THAT(why(op, inputs), HasSubstr("nms_iou_threshold is 0"));
  op = settings(), op.max_detections = INT32_MAX;
  EXPECT_THAT(why(op, inputs), HasSubstr("room for"));
  op = settings(), op.w_scale = 0;
  EXPECT_THAT(why(op, inputs), HasSubstr("a scale of boxes is 0"));
  inputs[2] = tensor({4, 3}, std::vector<float>(12));
  EXPECT_THAT(why(settings(), inputs), HasSubstr("do not fit each other"));
}

}  // namespace
}  // namespace mirim
