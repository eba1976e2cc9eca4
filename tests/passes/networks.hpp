#pragma once

#include <string>
#include <vector>

/// Small networks of every kind of coupling, as text. Every layer's weights are random.
namespace mirim::test {

inline const std::string kChain = R"(graph "" (%x: float32[1x4x4x1]) -> (%y) {
  %w1: float32[3x3x3x1] = random(1)
  %b1: float32[3] = random(2)
  %conv1: float32[1x4x4x3] = CONV_2D(%x, %w1, %b1) {stride_w=1, stride_h=1, fused_activation_function=RELU}
  %w2: float32[2x3x3x3] = random(3)
  %b2: float32[2] = random(4)
  %y: float32[1x4x4x2] = CONV_2D(%conv1, %w2, %b2) {stride_w=1, stride_h=1}
})";

/// As in ResNet-8: conv1 goes past conv2 and conv3 and is added.
inline const std::string kResidual = R"(graph "" (%x: float32[1x4x4x1]) -> (%y) {
  %w1: float32[4x3x3x1] = random(1)
  %b1: float32[4] = random(2)
  %conv1: float32[1x4x4x4] = CONV_2D(%x, %w1, %b1) {stride_w=1, stride_h=1, fused_activation_function=RELU}
  %w2: float32[3x3x3x4] = random(3)
  %b2: float32[3] = random(4)
  %conv2: float32[1x4x4x3] = CONV_2D(%conv1, %w2, %b2) {stride_w=1, stride_h=1, fused_activation_function=RELU}
  %w3: float32[4x3x3x3] = random(5)
  %b3: float32[4] = random(6)
  %conv3: float32[1x4x4x4] = CONV_2D(%conv2, %w3, %b3) {stride_w=1, stride_h=1}
  %sum: float32[1x4x4x4] = ADD(%conv3, %conv1) {fused_activation_function=RELU}
  %pool: float32[1x1x1x4] = AVERAGE_POOL_2D(%sum) {stride_w=4, stride_h=4, filter_width=4, filter_height=4, padding=VALID}
  %shape: int32[2] = [1, 4]
  %flat: float32[1x4] = RESHAPE(%pool, %shape)
  %w4: float32[2x4] = random(7)
  %b4: float32[2] = random(8)
  %fc: float32[1x2] = FULLY_CONNECTED(%flat, %w4, %b4)
  %y: float32[1x2] = SOFTMAX(%fc) {beta=1}
})";

/// With batch norm as it is in training, PRELU and RELU6.
inline const std::string kSeparable = R"(graph "" (%x: float32[1x4x4x2]) -> (%y) {
  %w1: float32[4x1x1x2] = random(1)
  %conv1: float32[1x4x4x4] = CONV_2D(%x, %w1) {stride_w=1, stride_h=1}
  %gamma: float32[4] = [1, -2, 3, 0.5]
  %beta: float32[4] = random(2)
  %mean: float32[4] = random(3)
  %variance: float32[4] = [1, 2, 3, 4]
  %bn1: float32[1x4x4x4] = BATCH_NORM(%conv1, %gamma, %beta, %mean, %variance)
  %slope: float32[1x1x4] = random(4)
  %prelu: float32[1x4x4x4] = PRELU(%bn1, %slope)
  %w2: float32[1x3x3x8] = random(5)
  %b2: float32[8] = random(6)
  %deep: float32[1x2x2x8] = DEPTHWISE_CONV_2D(%prelu, %w2, %b2) {stride_w=2, stride_h=2, depth_multiplier=2}
  %relu: float32[1x2x2x8] = RELU6(%deep)
  %w3: float32[3x1x1x8] = random(7)
  %y: float32[1x2x2x3] = CONV_2D(%relu, %w3) {stride_w=1, stride_h=1}
})";

inline const std::string kFlatten = R"(graph "" (%x: float32[1x2x2x1]) -> (%y) {
  %w1: float32[3x1x1x1] = random(1)
  %conv1: float32[1x2x2x3] = CONV_2D(%x, %w1) {stride_w=1, stride_h=1}
  %shape: int32[2] = [1, -1]
  %flat: float32[1x12] = RESHAPE(%conv1, %shape)
  %w2: float32[5x12] = random(2)
  %b2: float32[5] = random(3)
  %fc1: float32[1x5] = FULLY_CONNECTED(%flat, %w2, %b2) {fused_activation_function=RELU}
  %w3: float32[2x5] = random(4)
  %y: float32[1x2] = FULLY_CONNECTED(%fc1, %w3)
})";

/// Two branches side by side, and a third of the input itself.
inline const std::string kInception = R"(graph "" (%x: float32[1x4x4x2]) -> (%y) {
  %w1: float32[2x1x1x2] = random(1)
  %a: float32[1x4x4x2] = CONV_2D(%x, %w1) {stride_w=1, stride_h=1}
  %w2: float32[3x3x3x2] = random(2)
  %b2: float32[3] = random(3)
  %b: float32[1x4x4x3] = CONV_2D(%x, %w2, %b2) {stride_w=1, stride_h=1, fused_activation_function=RELU}
  %c: float32[1x4x4x2] = MAX_POOL_2D(%x) {stride_w=1, stride_h=1, filter_width=3, filter_height=3}
  %all: float32[1x4x4x7] = CONCATENATION(%a, %b, %c) {axis=3}
  %w3: float32[2x1x1x7] = random(4)
  %y: float32[1x4x4x2] = CONV_2D(%all, %w3) {stride_w=1, stride_h=1}
})";

/// conv2 has two groups: outputs 0 to 2 read channels 0 and 1 of conv1, outputs 3 to 5 read 2 and 3.
inline const std::string kGrouped = R"(graph "" (%x: float32[1x2x2x1]) -> (%y) {
  %w1: float32[4x1x1x1] = random(1)
  %b1: float32[4] = random(2)
  %conv1: float32[1x2x2x4] = CONV_2D(%x, %w1, %b1) {stride_w=1, stride_h=1, fused_activation_function=RELU}
  %w2: float32[6x3x3x2] = random(3)
  %conv2: float32[1x2x2x6] = CONV_2D(%conv1, %w2) {stride_w=1, stride_h=1}
  %w3: float32[2x1x1x6] = random(4)
  %y: float32[1x2x2x2] = CONV_2D(%conv2, %w3) {stride_w=1, stride_h=1}
})";

inline const std::string kDecoder = R"(graph "" (%x: float32[1x2x2x2]) -> (%y) {
  %to: int32[4] = [1, 4, 4, 3]
  %w1: float32[3x3x3x2] = random(1)
  %b1: float32[3] = random(2)
  %up: float32[1x4x4x3] = TRANSPOSE_CONV(%to, %w1, %x, %b1) {padding=SAME, stride_w=2, stride_h=2}
  %size: int32[2] = [8, 8]
  %larger: float32[1x8x8x3] = RESIZE_BILINEAR(%up, %size)
  %to_y: int32[4] = [1, 16, 16, 2]
  %w2: float32[2x3x3x3] = random(3)
  %y: float32[1x16x16x2] = TRANSPOSE_CONV(%to_y, %w2, %larger) {padding=SAME, stride_w=2, stride_h=2}
})";

/// Three units over two steps of two numbers, and a layer that reads them all.
inline const std::string kLstm = R"(graph "" (%x: float32[1x2x2]) -> (%y) {
  %wi: float32[3x2] = random(1)
  %wf: float32[3x2] = random(2)
  %wc: float32[3x2] = random(3)
  %wo: float32[3x2] = random(4)
  %ri: float32[3x3] = random(5)
  %rf: float32[3x3] = random(6)
  %rc: float32[3x3] = random(7)
  %ro: float32[3x3] = random(8)
  %bi: float32[3] = random(9)
  %bf: float32[3] = random(10)
  %bc: float32[3] = random(11)
  %bo: float32[3] = random(12)
  variable %h: float32[1x3]
  variable %c: float32[1x3]
  %lstm: float32[1x2x3] = UNIDIRECTIONAL_SEQUENCE_LSTM(%x, %wi, %wf, %wc, %wo, %ri, %rf, %rc, %ro, _, _, _, %bi, %bf, %bc, %bo, _, _, %h, %c, _, _, _, _) {fused_activation_function=TANH}
  %w: float32[2x6] = random(13)
  %y: float32[1x2] = FULLY_CONNECTED(%lstm, %w)
})";

/// Channels cut, sliced, turned, padded and put together again.
inline const std::string kMoves = R"(graph "" (%x: float32[1x2x2x1]) -> (%y) {
  %w1: float32[6x1x1x1] = random(1)
  %conv1: float32[1x2x2x6] = CONV_2D(%x, %w1) {stride_w=1, stride_h=1}
  %axis: int32[1] = [3]
  %lengths: int32[2] = [2, 4]
  %p: float32[1x2x2x2], %q: float32[1x2x2x4] = SPLIT_V(%conv1, %lengths, %axis) {num_splits=2}
  %begin: int32[4] = [0, 0, 0, 1]
  %size: int32[4] = [1, 2, 2, 3]
  %part: float32[1x2x2x3] = SLICE(%q, %begin, %size)
  %perm: int32[4] = [0, 3, 1, 2]
  %turned: float32[1x3x2x2] = TRANSPOSE(%part, %perm)
  %shape: int32[2] = [1, 12]
  %flat: float32[1x12] = RESHAPE(%turned, %shape)
  %paddings: int32[4x2] = [0, 0, 1, 0, 0, 0, 0, 0]
  %padded: float32[1x3x2x2] = PAD(%p, %paddings)
  %shape2: int32[2] = [1, 12]
  %flat2: float32[1x12] = RESHAPE(%padded, %shape2)
  %both: float32[1x24] = CONCATENATION(%flat, %flat2) {axis=1}
  %w2: float32[2x24] = random(2)
  %y: float32[1x2] = FULLY_CONNECTED(%both, %w2)
})";

/// Height and width are cut, repeated, looked up, mirrored and folded into the channels, which pass.
inline const std::string kViews = R"(graph "" (%x: float32[1x4x4x1]) -> (%y) {
  %w1: float32[3x1x1x1] = random(1)
  %conv1: float32[1x4x4x3] = CONV_2D(%x, %w1) {stride_w=1, stride_h=1}
  %begin: int32[4] = [0, 0, 1, 0]
  %end: int32[4] = [1, 4, 3, 3]
  %strides: int32[4] = [1, 2, 1, 1]
  %cut: float32[1x2x2x3] = STRIDED_SLICE(%conv1, %begin, %end, %strides)
  %multiples: int32[4] = [1, 1, 2, 1]
  %twice: float32[1x2x4x3] = TILE(%cut, %multiples)
  %rows: int32[2] = [1, 0]
  %found: float32[1x2x4x3] = GATHER(%twice, %rows) {axis=1}
  %paddings: int32[4x2] = [0, 0, 1, 1, 0, 0, 0, 0]
  %mirrored: float32[1x4x4x3] = MIRROR_PAD(%found, %paddings)
  %blocks: float32[1x2x2x12] = SPACE_TO_DEPTH(%mirrored) {block_size=2}
  %w2: float32[2x1x1x12] = random(2)
  %y: float32[1x2x2x2] = CONV_2D(%blocks, %w2) {stride_w=1, stride_h=1}
})";

/// Three units of two filters each that remember two steps.
inline const std::string kSvdf = R"(graph "" (%x: float32[1x2]) -> (%y) {
  %feature: float32[6x2] = random(1)
  %time: float32[6x2] = random(2)
  %b: float32[3] = random(3)
  variable %state: float32[1x12]
  %svdf: float32[1x3] = SVDF(%x, %feature, %time, %b, %state) {rank=2}
  %w: float32[2x3] = random(4)
  %y: float32[1x2] = FULLY_CONNECTED(%svdf, %w)
})";

}  // namespace mirim::test
