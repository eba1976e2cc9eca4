// A model and a data set that may have nothing to do with each other, given to a command: train, resume, eval,
// quantize, diff or run. The bytes are a list of choices; any list is a pair. What must come of it is an answer or one
// Error.

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/quantize_job.hpp"
#include "mirim/recipe/run_job.hpp"
#include "mirim/recipe/train_job.hpp"
#include "mirim/train/compare.hpp"
#include "mirim/train/evaluate.hpp"
#include "mirim/zoo/toml.hpp"

namespace {

using namespace mirim;

/// Reads the bytes as numbers; 0 for ever when they are used up.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::int64_t below(std::int64_t count) {
    if (bytes_.empty()) return 0;
    const std::int64_t choice = bytes_[0] % count;
    bytes_ = bytes_.subspan(1);
    return choice;
  }
  bool one_in(std::int64_t count) { return below(count) == count - 1; }
  template <class T, std::size_t N>
  T of(const T (&list)[N]) {
    return list[below(static_cast<std::int64_t>(N))];
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

std::string size_text(const Shape& shape) {
  std::string text;
  for (const std::int64_t d : shape) text += (text.empty() ? "" : ", ") + std::to_string(d);
  return text;
}

const Shape kShapes[] = {{4}, {1}, {3}, {6, 6, 1}, {6, 2}, {5, 4, 3}};

/// A chain of up to four layers as a model's TOML; a second output now and then.
std::string network(Choices& choose, const Shape& shape) {
  const char* const on_rows[] = {"fully_connected", "batch_norm", "dropout"};
  const char* const on_images[] = {"conv2d",         "depthwise_conv2d", "max_pool2d",
                                   "average_pool2d", "flatten",          "batch_norm"};
  const char* const activations[] = {"linear", "relu", "sigmoid", "tanh", "relu6", "leaky_relu", "hard_swish"};
  std::string layers;
  bool image = shape.rank() == 3;
  const std::int64_t count = choose.below(4);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string type = image ? choose.of(on_images) : choose.of(on_rows);
    if (type == "flatten") image = false;
    layers += fmt::format("[[layer]]\ntype = \"{}\"\nname = \"l{}\"\n", type, i);
    if (type == "fully_connected") layers += fmt::format("units = {}\n", 1 + choose.below(6));
    if (type == "conv2d") layers += fmt::format("filters = {}\n", 1 + choose.below(5));
    if (type == "fully_connected" || type == "conv2d" || type == "depthwise_conv2d") {
      layers += fmt::format("activation = \"{}\"\nbatch_norm = {}\n", choose.of(activations), choose.one_in(3));
    }
  }
  layers += fmt::format("[[layer]]\ntype = \"fully_connected\"\nname = \"last\"\nunits = {}\n",
                        choose.one_in(3) ? shape.elements() : 1 + choose.below(5));
  const char* const ends[] = {"", "softmax", "sigmoid", "relu", "tanh"};
  if (const std::string end = choose.of(ends); !end.empty()) {
    layers += fmt::format("[[layer]]\ntype = \"{}\"\nname = \"end\"\n", end);
    if (choose.one_in(6)) layers = "outputs = [\"end\", \"last\"]\n" + layers;
  }
  const std::string outputs = layers.starts_with("outputs") ? layers.substr(0, layers.find('\n') + 1) : "";
  return fmt::format("name = \"pair\"\n{}[input]\nshape = [{}]\n{}{}", outputs, size_text(shape),
                     choose.one_in(4) ? "normalize = { scale = 0.01 }\n" : "", layers.substr(outputs.size()));
}

float number(Random& random, std::int64_t kind) {
  switch (kind) {
    case 0:
      return random.normal();
    case 1:
      return static_cast<float>(random.below(2));
    case 2:
      return static_cast<float>(random.below(5));
    case 3:
      return 1e30F * random.normal();
    case 4:
      return 0;
    default:
      return random.below(7) == 0 ? std::numeric_limits<float>::quiet_NaN() : random.uniform();
  }
}

std::int64_t kind_of_numbers(Choices& choose) { return choose.one_in(6) ? 3 + choose.below(3) : choose.below(3); }

Dataset dataset(Choices& choose, const Shape& input, Random& random) {
  const std::int64_t count = 1 + choose.below(24);
  Dataset data{.sample = {DType::float32, choose.one_in(8) ? choose.of(kShapes) : input}};
  const DType types[] = {DType::float32, DType::float32, DType::uint8, DType::int8, DType::int32};
  data.sample.dtype = choose.of(types);
  const std::int64_t elements = count * data.sample.shape.elements();
  if (data.sample.dtype == DType::float32) {
    const std::int64_t kind = kind_of_numbers(choose);
    std::vector<float> values;
    for (std::int64_t i = 0; i < elements; ++i) values.push_back(number(random, kind));
    const BytesView bytes = bytes_of(values);
    data.samples.assign(bytes.begin(), bytes.end());
  } else {
    for (std::int64_t i = 0; i < elements * byte_size(data.sample.dtype); ++i) {
      data.samples.push_back(static_cast<std::byte>(random.below(256)));
    }
  }
  const std::int64_t size = 1 + choose.below(6);
  switch (choose.below(4)) {
    case 0:  // classes
      for (std::int64_t i = 0; i < count; ++i) data.labels.push_back(static_cast<std::int32_t>(random.below(size)));
      for (std::int64_t c = 0; c < size; ++c) data.class_names.push_back(std::to_string(c));
      data.named_classes = choose.one_in(2);
      break;
    case 1: {  // numbers
      data.target_size = size;
      const std::int64_t kind = kind_of_numbers(choose);
      for (std::int64_t i = 0; i < count * size; ++i) data.targets.push_back(number(random, kind));
      break;
    }
    case 2:  // one-hot rows
      data.target_size = size;
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t label = random.below(size);
        for (std::int64_t k = 0; k < size; ++k) data.targets.push_back(k == label ? 1.0F : 0.0F);
      }
      break;
    default:
      break;
  }
  return data;
}

TrainSettings train_settings(Choices& choose) {
  const char* const losses[] = {
      "auto", "auto", "cross_entropy", "binary_cross_entropy", "mean_squared_error", "huber", "mean_absolute_error"};
  const char* const optimizers[] = {"adam", "sgd", "adamw"};
  const char* const schedules[] = {"cosine", "constant", "step"};
  const double rates[] = {0.01, 0, 1, 1e30};
  TrainSettings settings{.epochs = 1 + choose.below(2), .batch = choose.below(12)};
  settings.loss = choose.of(losses);
  settings.optimizer = choose.of(optimizers);
  settings.schedule = choose.of(schedules);
  settings.learning_rate = choose.of(rates);
  settings.label_smoothing = choose.one_in(5) ? 0.1 : 0;
  settings.patience = choose.below(2);
  settings.best_weights = choose.one_in(2);
  settings.plain = choose.one_in(3);
  if (choose.one_in(4)) {
    settings.shift = choose.below(3);
    settings.flip = choose.one_in(2);
    settings.cutout = choose.below(3);
  }
  return settings;
}

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

void measure(const Graph& graph, const Subset& samples, Choices& choose) {
  EvaluateOptions options{.stream = choose.one_in(4)};
  if (choose.one_in(3)) options.loss = kAllLosses[static_cast<std::size_t>(choose.below(std::ssize(kAllLosses)))];
  const Evaluation found = evaluate(graph, samples, options);
  require(std::isfinite(found.loss), "the loss of an evaluation is finite");
  to_json(found, samples.data->class_names);
}

/// Trains, perhaps in two halves, and goes on with the file that comes of it, as a second command would.
Graph trained(const Graph& graph, const Splits& splits, Choices& choose) {
  const TrainSettings settings = train_settings(choose);
  TrainFiles files;
  const bool stops = choose.one_in(4);
  if (stops) {
    files.checkpoint = std::filesystem::temp_directory_path() / fmt::format("mirim_pairs.{}", ::getpid());
    std::filesystem::remove(files.checkpoint);
    files.stop = [left = 1 + choose.below(6)]() mutable { return left-- == 0; };
    try {
      train(graph, splits, settings, files, {});
    } catch (const Error&) {
    }
    files.stop = {};
    files.resume = true;
  }
  TrainResult result = train(graph, splits, settings, files, {});
  for (const EpochRecord& epoch : result.fit.history)
    require(std::isfinite(epoch.training_loss), "the loss of an epoch is finite");
  require(verify(result.graph).empty(), "a trained graph is sound");
  return std::move(result.graph);
}

void compile_and_feed(const Graph& graph, const Subset& samples) {
  const Artifact artifact = compile(graph, {.target = "host"});
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("mirim_pairs_firmware.{}", ::getpid());
  std::filesystem::remove_all(folder);
  write_artifact(folder, artifact);
  const Firmware firmware = read_firmware(folder);
  host_answers(graph, firmware, firmware_samples(firmware, samples, samples.size()));
}

void run(Choices choose) {
  Random random(static_cast<std::uint64_t>(choose.below(256)));
  const Shape shape = choose.of(kShapes);
  Graph graph = parse_model(network(choose, shape), "pair.toml");
  auto data = std::make_shared<const Dataset>(dataset(choose, shape, random));
  const Splits splits = split(data, {.validation = choose.one_in(2) ? 0.3 : 0, .test = 0.3});
  const std::int64_t command = choose.below(6);
  Graph after = graph;
  if (command < 3) after = trained(graph, splits, choose);
  if (choose.one_in(2)) {
    Model model;
    model.graphs.push_back(std::move(after));
    const QuantizeSettings settings{.samples = 1 + choose.below(8), .float_io = choose.one_in(3)};
    after = std::move(quantize(std::move(model), splits, settings).model.main());
  }
  measure(after, splits.test.size() > 0 ? splits.test : splits.training, choose);
  if (command == 3) compare(graph, after, splits.training);
  if (command == 4) {
    Model model;
    model.graphs.push_back(after);
    run_graph(model, make_arrays(input_ports(model), 2));
    compile_and_feed(after, splits.training.first(3));
  }
  if (command == 5) trained(after, splits, choose);  // an int8 model, or one that goes on
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    run(Choices({data, size}));
  } catch (const Error&) {
  }
  return 0;
}
