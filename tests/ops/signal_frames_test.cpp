#include "mirim/ops/signal_frames.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::run_all, test::values, test::with_states;
using testing::ElementsAre, testing::HasSubstr;

using Samples = std::vector<std::int16_t>;

Tensor samples(Shape shape, const Samples& values) { return {std::move(shape), values}; }

/// What the operator makes of one piece after the other: output 0, and whether output 1 says that it is valid.
struct Stream {
  Op op;
  std::vector<Tensor> inputs;

  std::vector<Tensor> next(Tensor piece) {
    if (inputs.empty()) {
      inputs = with_states(op, {piece});
    } else {
      inputs[0] = std::move(piece);
    }
    return run_all(op, inputs);
  }
  Samples next_samples(const Samples& piece) {
    return values<std::int16_t>(next(samples({static_cast<std::int64_t>(piece.size())}, piece))[0]);
  }
};

bool is_valid(const std::vector<Tensor>& outputs) { return outputs[1].bytes[0] == std::byte{1}; }

TEST(SignalDelay, gives_samples_later) {
  Stream stream{SignalDelay{.delay_length = 3}, {}};
  EXPECT_THAT(stream.next_samples({1, 2}), ElementsAre(0, 0));
  EXPECT_THAT(stream.next_samples({3, 4}), ElementsAre(0, 1));
  EXPECT_THAT(stream.next_samples({5, 6}), ElementsAre(2, 3));
}

TEST(SignalDelay, by_less_than_a_piece_and_by_nothing) {
  Stream stream{SignalDelay{.delay_length = 1}, {}};
  EXPECT_THAT(stream.next_samples({1, 2, 3}), ElementsAre(0, 1, 2));
  EXPECT_THAT(stream.next_samples({4, 5, 6}), ElementsAre(3, 4, 5));
  Stream none{SignalDelay{.delay_length = 0}, {}};
  EXPECT_THAT(none.next_samples({1, 2}), ElementsAre(1, 2));
}

TEST(SignalDelay, delays_each_row) {
  Stream stream{SignalDelay{.delay_length = 1}, {}};
  EXPECT_THAT(values<std::int16_t>(stream.next(samples({2, 2}, {1, 2, 3, 4}))[0]), ElementsAre(0, 1, 0, 3));
  EXPECT_THAT(values<std::int16_t>(stream.next(samples({2, 2}, {5, 6, 7, 8}))[0]), ElementsAre(2, 5, 4, 7));
}

// Frames of 3, each one step of 2 after the last: with a zero in front 0 1 2, 2 3 4, 4 5 6.
TEST(SignalFramer, frames_overlap_and_begin_with_zeros) {
  Stream stream{SignalFramer{.frame_size = 3, .frame_step = 2, .prefill = true}, {}};
  const auto first = stream.next(samples({4}, {1, 2, 3, 4}));
  EXPECT_EQ(first[0].type.shape, (Shape{2, 3}));
  EXPECT_THAT(values<std::int16_t>(first[0]), ElementsAre(0, 1, 2, 2, 3, 4));
  EXPECT_TRUE(is_valid(first));
  EXPECT_THAT(values<std::int16_t>(stream.next(samples({4}, {5, 6, 7, 8}))[0]), ElementsAre(4, 5, 6, 6, 7, 8));
}

// Without zeros 1 2 is no frame yet; then 1 2 3, then 3 4 5.
TEST(SignalFramer, waits_for_the_first_frame) {
  Stream stream{SignalFramer{.frame_size = 3, .frame_step = 2}, {}};
  const auto first = stream.next(samples({2}, {1, 2}));
  EXPECT_FALSE(is_valid(first));
  EXPECT_THAT(values<std::int16_t>(first[0]), ElementsAre(0, 0, 0));
  const auto second = stream.next(samples({2}, {3, 4}));
  EXPECT_TRUE(is_valid(second));
  EXPECT_THAT(values<std::int16_t>(second[0]), ElementsAre(1, 2, 3));
  EXPECT_THAT(values<std::int16_t>(stream.next(samples({2}, {5, 6}))[0]), ElementsAre(3, 4, 5));
}

// Frames 1, 2, 3, 4 with one on each side. The first stands for the one left of it: 1 1 2, and two steps on 2 3 4.
TEST(SignalStacker, stacks_a_frame_with_its_neighbours) {
  Stream stream{
      SignalStacker{.num_channels = 1, .stacker_left_context = 1, .stacker_right_context = 1, .stacker_step = 2}, {}};
  EXPECT_FALSE(is_valid(stream.next(samples({1}, {1}))));
  const auto second = stream.next(samples({1}, {2}));
  EXPECT_TRUE(is_valid(second));
  EXPECT_THAT(values<std::int16_t>(second[0]), ElementsAre(1, 1, 2));
  const auto third = stream.next(samples({1}, {3}));
  EXPECT_FALSE(is_valid(third));
  EXPECT_THAT(values<std::int16_t>(third[0]), ElementsAre(0, 0, 0));
  EXPECT_THAT(values<std::int16_t>(stream.next(samples({1}, {4}))[0]), ElementsAre(2, 3, 4));
}

// Frames 1 2 3 and 10 20 30, two apart: 1, 2, 3 + 10, 20, and then 30 + what follows.
TEST(SignalOverlapAdd, adds_where_frames_overlap) {
  const Op op = SignalOverlapAdd{.type = 0, .frame_step = 2};
  auto inputs = with_states(op, {test::tensor({2, 3}, {1, 2, 3, 10, 20, 30})});
  EXPECT_THAT(values(run_all(op, inputs)[0]), ElementsAre(1, 2, 13, 20));
  inputs[0] = test::tensor({2, 3}, {1, 1, 1, 1, 1, 1});
  EXPECT_THAT(values(run_all(op, inputs)[0]), ElementsAre(31, 1, 2, 1));
}

TEST(SignalOverlapAdd, sums_of_int16_are_clamped) {
  const Op op = SignalOverlapAdd{.type = 7, .frame_step = 1};
  auto inputs = with_states(op, {samples({2, 2}, {1, 30000, 30000, -5})});
  EXPECT_THAT(values<std::int16_t>(run_all(op, inputs)[0]), ElementsAre(1, 32767));
}

// (100 * 3) >> 2 = 75, (-5 * 1) >> 2 = -2, rounded down; 32767 * 32767 >> 2 is clamped.
TEST(SignalWindow, multiplies_shifts_and_clamps) {
  std::vector<Tensor> inputs{samples({4}, {100, -5, 7, 32767}), samples({2}, {3, 1})};
  EXPECT_THAT(values<std::int16_t>(run_all(SignalWindow{.shift = 2}, inputs)[0]), ElementsAre(75, -2, 5, 8191));
  std::vector<Tensor> loud{samples({2}, {32767, -32768}), samples({2}, {32767, 32767})};
  EXPECT_THAT(values<std::int16_t>(run_all(SignalWindow{.shift = 2}, loud)[0]), ElementsAre(32767, -32768));
}

// 300 needs 9 bits: 6 more fit into 15.
TEST(SignalFftAutoScale, shifts_up_to_the_largest_sample) {
  std::vector<Tensor> inputs{samples({3}, {100, -300, 7})};
  const auto y = run_all(SignalFftAutoScale{}, inputs);
  EXPECT_THAT(values<std::int16_t>(y[0]), ElementsAre(6400, -19200, 448));
  EXPECT_THAT(values<std::int32_t>(y[1]), ElementsAre(6));
  std::vector<Tensor> silence{samples({2}, {0, 0})};
  EXPECT_THAT(values<std::int32_t>(run_all(SignalFftAutoScale{}, silence)[1]), ElementsAre(0));
}

TEST(CircularBuffer, holds_the_last_inputs) {
  Stream stream{CircularBuffer{.cycles_max = 2, .num_slots = 3, .tells_valid = true}, {}};
  const auto next = [&](std::int8_t a, std::int8_t b) {
    return stream.next(Tensor({1, 1, 1, 2}, std::vector<std::int8_t>{a, b}));
  };
  const auto first = next(1, 2);
  EXPECT_THAT(values<std::int8_t>(first[0]), ElementsAre(0, 0, 0, 0, 1, 2));
  EXPECT_FALSE(is_valid(first));
  const auto second = next(3, 4);
  EXPECT_THAT(values<std::int8_t>(second[0]), ElementsAre(0, 0, 1, 2, 3, 4));
  EXPECT_TRUE(is_valid(second));
  EXPECT_FALSE(is_valid(next(5, 6)));
  EXPECT_THAT(values<std::int8_t>(next(7, 8)[0]), ElementsAre(3, 4, 5, 6, 7, 8));
}

TEST(CircularBuffer, that_ends_a_run_early_is_refused) {
  const Op op = CircularBuffer{.cycles_max = 2, .num_slots = 3};
  auto inputs = with_states(op, {Tensor({1, 1, 1, 1}, std::vector<std::int8_t>{1})});
  EXPECT_THROW(run_all(op, inputs), Unsupported);
}

TEST(SignalFrames, refuse_what_does_not_fit) {
  const auto why = [](const Op& op, const Tensor& x) -> std::string {
    try {
      test::infer(op, {x});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const Tensor x = samples({6}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(why(SignalDelay{.delay_length = -1}, x), HasSubstr("delay_length is -1"));
  EXPECT_THAT(why(SignalFramer{.frame_size = 3, .frame_step = 4}, x), HasSubstr("no multiple of the frame_step"));
  EXPECT_THAT(why(SignalFramer{.frame_size = 2, .frame_step = 3, .prefill = true}, x), HasSubstr("frame_step is 3"));
  EXPECT_THAT(why(SignalFramer{.frame_size = 0, .frame_step = 3}, x), HasSubstr("frame_size is 0"));
  EXPECT_THAT(why(SignalStacker{.num_channels = 5, .stacker_step = 1}, x), HasSubstr("expected num_channels = 5"));
  EXPECT_THAT(why(SignalStacker{.num_channels = 6, .stacker_step = 2}, x), HasSubstr("stacker_step is 2"));
  EXPECT_THAT(why(SignalOverlapAdd{.type = 0, .frame_step = 1}, x), HasSubstr("its option T is 0"));
  EXPECT_THAT(why(SignalOverlapAdd{.type = 7, .frame_step = 1}, x), HasSubstr("expected at least 2 dimensions"));
  EXPECT_THAT(why(SignalDelay{.delay_length = 1}, test::tensor({2}, {1, 2})), HasSubstr("float32"));
  std::vector<Tensor> without_state{x};
  EXPECT_THROW(run_all(SignalDelay{.delay_length = 1}, without_state), Unsupported);
  EXPECT_THROW(test::infer(SignalDelay{.delay_length = 1}, {x, samples({1, 2}, {0, 0})}), Error);
}

}  // namespace
}  // namespace mirim
