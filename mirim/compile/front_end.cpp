#include "mirim/compile/front_end.hpp"

#include "mirim/base/error.hpp"
#include "mirim/base/source_options.hpp"
#include "mirim/graph/meaning.hpp"

namespace mirim {
namespace {

// Alive throughout: sound comes after an answer too, while its outputs are read.
int add_buffer(Plan& plan, std::int64_t bytes) {
  plan.buffers.push_back({.bytes = aligned(bytes), .first = -1, .last = static_cast<int>(plan.steps.size())});
  return static_cast<int>(plan.buffers.size()) - 1;
}

}  // namespace

FrontEndOptions parse_front_end(std::string_view text) {
  const SourceOptions given("--front-end", text, {"rate", "window", "hop", "bands", "low", "high", "every"});
  if (given.place() != "logmel") fail("--front-end: there is no '{}'; there is logmel", given.place());
  const std::int64_t rate = given.whole("rate", 16'000, 1'000, 192'000);
  return {.settings = log_mel_settings(given, rate), .every = given.whole("every", 0, 1, 1'000'000)};
}

void add_front_end(Plan& plan, const FrontEndOptions& options) {
  const LogMel front(options.settings);
  if (plan.graph.inputs.size() != 1) {
    fail("--front-end: the model has {} inputs; sound can come for one only", plan.graph.inputs.size());
  }
  if (plan.pushed != kNoValue) fail("--front-end gives the input whole; leave out --input rows");
  const Value& input = plan.graph[plan.graph.inputs[0]];
  const bool floats = input.type.dtype == DType::float32 && scaling_of(input).empty();
  if (!floats && !(input.type.dtype == DType::int8 && input.quantization.scale.size() == 1)) {
    fail("--front-end: the input '{}' is {}, expected float32, or int8 with one scale", input.name,
         name(input.type.dtype));
  }
  const std::int64_t elements = input.type.shape.elements();
  if (elements == 0 || elements % front.bands() != 0) {
    fail("--front-end: the input '{}' has {} elements, which are no whole frames of {} bands", input.name, elements,
         front.bands());
  }
  const std::int64_t frames = elements / front.bands();
  if (options.every < 0 || options.every > frames) {
    fail("--front-end: every={} frames; there must be 1 to {}", options.every, frames);
  }
  FrontEnd made{.settings = options.settings, .frames = frames, .every = options.every == 0 ? frames : options.every};
  made.samples = add_buffer(plan, 2 * front.size());
  made.progress = add_buffer(plan, 8);
  made.features = add_buffer(plan, 4 * elements);
  made.work = add_buffer(plan, 4 * (front.points() + 2));
  plan.front_end = made;
}

}  // namespace mirim
