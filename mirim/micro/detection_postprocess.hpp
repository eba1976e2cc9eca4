// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/float_math.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// boxes [boxes, box_numbers], scores [boxes, score_numbers], the last `classes` of which count, anchors [boxes, 4].
/// Room for `room` detections.
struct DetectionPostprocessParams {
  int32_t boxes;
  int32_t box_numbers;
  int32_t score_numbers;
  int32_t classes;
  int32_t room;
  int32_t most_detections;
  int32_t most_of_class;  ///< regular only
  int32_t most_classes;   ///< of one detection, fast only
  bool regular;
  float least_score;
  float most_overlap;
  float scales[4];  ///< of y, x, h, w
  float box_scale;  ///< of quantized operands; 1 of floats
  int32_t box_zero_point;
  float score_scale;
  int32_t score_zero_point;
  float anchor_scale;
  int32_t anchor_zero_point;
};

template <class V>
constexpr void fields(V&& v, const DetectionPostprocessParams& p) {
  v("boxes", p.boxes);
  v("box_numbers", p.box_numbers);
  v("score_numbers", p.score_numbers);
  v("classes", p.classes);
  v("room", p.room);
  v("most_detections", p.most_detections);
  v("most_of_class", p.most_of_class);
  v("most_classes", p.most_classes);
  v("regular", p.regular);
  v("least_score", p.least_score);
  v("most_overlap", p.most_overlap);
  v("scales", p.scales);
  v("box_scale", p.box_scale);
  v("box_zero_point", p.box_zero_point);
  v("score_scale", p.score_scale);
  v("score_zero_point", p.score_zero_point);
  v("anchor_scale", p.anchor_scale);
  v("anchor_zero_point", p.anchor_zero_point);
}

inline float real_of(float x, int32_t, float) { return x; }
template <class T>
inline float real_of(T x, int32_t zero_point, float scale) {
  return static_cast<float>(static_cast<int32_t>(x) - zero_point) * scale;
}

/// A box as (ymin, xmin, ymax, xmax).
inline float area(const float* box) { return (box[2] - box[0]) * (box[3] - box[1]); }

/// The common part of two boxes by all that they cover; 0 if one has no area.
inline float overlap(const float* a, const float* b) {
  const float area_a = area(a), area_b = area(b);
  if (area_a <= 0 || area_b <= 0) return 0;
  const float top = a[0] > b[0] ? a[0] : b[0], bottom = a[2] < b[2] ? a[2] : b[2];
  const float left = a[1] > b[1] ? a[1] : b[1], right = a[3] < b[3] ? a[3] : b[3];
  const float height = bottom > top ? bottom - top : 0, width = right > left ? right - left : 0;
  const float common = height * width;
  return common / (area_a + area_b - common);
}

/// corners [boxes, 4] as (ymin, xmin, ymax, xmax).
template <class T>
inline void decode_boxes(const DetectionPostprocessParams& p, const T* boxes, const T* anchors, float* corners) {
  for (int32_t i = 0; i < p.boxes; ++i, boxes += p.box_numbers, anchors += 4, corners += 4) {
    float box[4], anchor[4];
    for (int k = 0; k < 4; ++k) {
      box[k] = real_of(boxes[k], p.box_zero_point, p.box_scale) / p.scales[k];
      anchor[k] = real_of(anchors[k], p.anchor_zero_point, p.anchor_scale);
    }
    for (int k = 0; k < 2; ++k) {
      const float centre = box[k] * anchor[2 + k] + anchor[k];
      const float half = 0.5F * exponential(box[2 + k]) * anchor[2 + k];
      corners[k] = centre - half;
      corners[2 + k] = centre + half;
    }
  }
}

/// Calls chosen(box, score) for at most `most` boxes, best score first, the first of equal ones; none overlaps a
/// better one too much. `active` has a byte for each box.
template <class Score, class F>
inline void choose_boxes(const DetectionPostprocessParams& p, const float* corners, uint8_t* active, int32_t most,
                         Score score, F chosen) {
  for (int32_t i = 0; i < p.boxes; ++i) active[i] = score(i) >= p.least_score;
  for (int32_t n = 0; n < most; ++n) {
    int32_t best = -1;
    for (int32_t i = 0; i < p.boxes; ++i) {
      if (active[i] && (best < 0 || score(i) > score(best))) best = i;
    }
    if (best < 0) return;
    active[best] = 0;
    chosen(best, score(best));
    for (int32_t i = 0; i < p.boxes; ++i) {
      if (active[i] && overlap(corners + 4 * best, corners + 4 * i) > p.most_overlap) active[i] = 0;
    }
  }
}

/// Where the detections go.
struct Detections {
  float* boxes;
  float* classes;
  float* scores;
};

inline void put_detection(const Detections& to, int32_t at, const float* corners, int32_t of_class, float score) {
  for (int k = 0; k < 4; ++k) to.boxes[4 * at + k] = corners[k];
  to.classes[at] = static_cast<float>(of_class);
  to.scores[at] = score;
}

/// Each class apart; the best of all classes, sorted.
template <class T>
inline int32_t detect_by_class(const DetectionPostprocessParams& p, const T* scores, const float* corners,
                               uint8_t* active, const Detections& to) {
  int32_t count = 0;
  for (int32_t c = 0; c < p.classes; ++c) {
    const T* of_class = scores + p.score_numbers - p.classes + c;
    const auto score = [&](int32_t i) {
      return real_of(of_class[i * p.score_numbers], p.score_zero_point, p.score_scale);
    };
    choose_boxes(p, corners, active, p.most_of_class, score, [&](int32_t box, float value) {
      int32_t at = count;
      while (at > 0 && value > to.scores[at - 1]) --at;
      if (at >= p.most_detections) return;
      count = min(count + 1, p.most_detections);
      for (int32_t k = count - 1; k > at; --k) {
        put_detection(to, k, to.boxes + 4 * (k - 1), static_cast<int32_t>(to.classes[k - 1]), to.scores[k - 1]);
      }
      put_detection(to, at, corners + 4 * box, c, value);
    });
  }
  return count;
}

/// Each box with the best of its classes, then its next ones.
template <class T>
inline int32_t detect_best(const DetectionPostprocessParams& p, const T* scores, const float* corners, uint8_t* active,
                           float* best_scores, const Detections& to) {
  const auto score = [&](int32_t box, int32_t c) {
    return real_of(scores[box * p.score_numbers + p.score_numbers - p.classes + c], p.score_zero_point, p.score_scale);
  };
  for (int32_t i = 0; i < p.boxes; ++i) {
    best_scores[i] = score(i, 0);
    for (int32_t c = 1; c < p.classes; ++c) {
      if (score(i, c) > best_scores[i]) best_scores[i] = score(i, c);
    }
  }
  int32_t count = 0;
  choose_boxes(
      p, corners, active, p.most_detections, [&](int32_t i) { return best_scores[i]; },
      [&](int32_t box, float) {
        int32_t last = -1;
        for (int32_t n = 0; n < min(p.most_classes, p.classes); ++n) {
          // The next class in the order of falling scores, the first of equal ones.
          int32_t next = -1;
          for (int32_t c = 0; c < p.classes; ++c) {
            const float value = score(box, c);
            const bool later = last < 0 || value < score(box, last) || (value == score(box, last) && c > last);
            if (later && (next < 0 || value > score(box, next))) next = c;
          }
          if (next < 0) return;
          put_detection(to, count++, corners + 4 * box, next, score(box, next));
          last = next;
        }
      });
  return count;
}

/// scratch: 5 floats and a byte for each box.
template <class Box, class Score>
inline void detection_postprocess(const DetectionPostprocessParams& p, const Box* boxes, const Score* scores,
                                  const Box* anchors, float* scratch, float* out_boxes, float* out_classes,
                                  float* out_scores, float* out_count) {
  float* corners = scratch;
  float* best_scores = scratch + 4 * p.boxes;
  auto* active = reinterpret_cast<uint8_t*>(best_scores + p.boxes);
  const Detections to = {out_boxes, out_classes, out_scores};
  decode_boxes(p, boxes, anchors, corners);
  const int32_t count = p.regular ? detect_by_class(p, scores, corners, active, to)
                                  : detect_best(p, scores, corners, active, best_scores, to);
  const float nothing[4] = {};
  for (int32_t i = count; i < p.room; ++i) put_detection(to, i, nothing, 0, 0);
  *out_count = static_cast<float>(count);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
