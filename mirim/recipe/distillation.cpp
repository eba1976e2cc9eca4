#include "mirim/recipe/distillation.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/base/hash.hpp"
#include "mirim/base/random.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/data/shuffle.hpp"
#include "mirim/exec/loss.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/recipe/parsed.hpp"
#include "mirim/recipe/teacher_answers.hpp"
#include "mirim/train/sample_numbers.hpp"

namespace mirim {
namespace {

constexpr std::string_view kHelper = "distill/projection/";

/// The value of the logits: what a final SOFTMAX reads, else output 0.
ValueId logits_of(const Graph& graph) {
  const ValueId output = graph.outputs.at(0);
  const int last = last_computation(graph, output);
  if (last < 0) return output;
  const Node& node = graph.nodes[static_cast<std::size_t>(last)];
  return node.op.is<Softmax>() ? node.inputs[0] : output;
}

ValueId layer_output(const Graph& graph, const std::string& layer, const std::string& of) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) {
    if (node.outputs.empty() || node.outputs[0] == kNoValue) continue;
    names.push_back(short_layer_name(graph, node));
    if (names.back() == layer) return node.outputs[0];
  }
  fail("{} has no layer '{}'; {}", of, layer, suggestion(layer, names));
}

constexpr std::string_view kPairs = "STUDENT_LAYER=TEACHER_LAYER";

bool same_but_channels(const Shape& a, const Shape& b) {
  return a.rank() == b.rank() && std::equal(a.begin() + 1, a.end() - 1, b.begin() + 1);
}

}  // namespace

struct Distillation::Inside {
  struct Running {
    std::string name;
    Graph graph;  ///< of any batch
    ValueId logits;
    std::optional<Interpreter> interpreter{};
    std::int64_t batch = 0;  ///< of the interpreter

    Interpreter& for_batch(std::int64_t samples) {
      if (interpreter && batch == samples) return *interpreter;
      in_context(name, [&] { interpreter.emplace(rebatch(graph, samples, States::of_each_sample)); });
      batch = samples;
      return *interpreter;
    }
  };
  /// What a term's teacher is: all teachers' logits, or a value of the first.
  struct Source {
    ValueId value = kNoValue;  ///< of the first teacher; none: the mean of all logits
  };

  Graph student;
  std::vector<Running> running;
  std::vector<LossTerm> terms;
  std::vector<Source> sources;
  float loss_weight = 1;
  std::string described, teachers_described;
  bool raw_bytes = false;
  std::vector<std::uint8_t> bytes{};
  std::uint64_t order_seed = 1;             ///< of the order of training samples
  std::optional<TeacherAnswers> answers{};  ///< to all training samples, once they were asked
  std::vector<std::int64_t> order{};        ///< of the samples in epoch `arranged`
  std::int64_t arranged = -1;

  /// As eval feeds a model: bytes as bytes, numbers as numbers, scaled where the teacher's input has a scaling.
  void feed(Interpreter& teacher, std::span<const float> samples) {
    const TensorView input = teacher.input(0);
    const Shape& shape = input.type->shape;
    const Graph& graph = teacher.graph();
    if (input.type->dtype == DType::float32 && scaling_of(graph[graph.inputs[0]]).empty()) {
      std::ranges::copy(samples, input.as<float>().begin());  // numbers as they are, without a look at each
      return;
    }
    if (!raw_bytes) {
      set_sample(teacher, 0, {DType::float32, shape}, std::as_bytes(samples));
      return;
    }
    bytes.resize(samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) bytes[i] = static_cast<std::uint8_t>(samples[i]);
    set_sample(teacher, 0, {DType::uint8, shape}, std::as_bytes(std::span(bytes)));
  }

  void add_answers(const std::vector<Teacher>& teachers, const DistillationSettings& s) {
    const ValueId own = logits_of(student);
    const std::int64_t outputs = student[own].type.shape.elements() / student[own].type.shape[0];
    for (const Teacher& teacher : teachers) {
      const Shape& theirs = teacher.graph[logits_of(teacher.graph)].type.shape;
      const std::int64_t count = theirs.elements() / std::max<std::int64_t>(1, theirs.rank() > 0 ? theirs[0] : 1);
      if (count != outputs) {
        fail("{}: the teacher gives {} numbers for a sample, the student {}", teacher.name, count, outputs);
      }
      const Shape &asked = teacher.graph[teacher.graph.inputs.at(0)].type.shape,
                  &given = student[student.inputs.at(0)].type.shape;
      if (asked.elements() / asked[0] != given.elements() / given[0]) {
        fail("{}: the teacher takes samples of {}, the student of {}", teacher.name, to_string(asked),
             to_string(given));
      }
    }
    if (s.soft_weight == 0) return;
    const bool classes = own != student.outputs[0] || outputs > 1;
    terms.push_back({.kind = classes ? LossTerm::Kind::soft_targets : LossTerm::Kind::hint,
                     .value = own,
                     .weight = static_cast<float>(s.soft_weight),
                     .temperature = static_cast<float>(s.temperature)});
    sources.push_back({});
    loss_weight = static_cast<float>(1 - s.soft_weight);
  }

  void add_hint(const Teacher& teacher, const std::string& mine, const std::string& theirs, float weight,
                std::uint64_t seed) {
    const ValueId from = layer_output(teacher.graph, theirs, teacher.name);
    const ValueId own = layer_output(student, mine, "the student");
    const Shape& there = teacher.graph[from].type.shape;
    require_places(teacher, mine, theirs, student[own].type.shape, there);
    const ValueId value = there.back() == student[own].type.shape.back() ? own : project(own, there.back(), seed);
    terms.push_back({.kind = LossTerm::Kind::hint, .value = value, .weight = weight});
    sources.push_back({from});
  }

  void add_attention(const Teacher& teacher, const std::string& mine, const std::string& theirs, float weight) {
    const ValueId from = layer_output(teacher.graph, theirs, teacher.name);
    const ValueId own = layer_output(student, mine, "the student");
    const Shape& there = teacher.graph[from].type.shape;
    require_places(teacher, mine, theirs, student[own].type.shape, there);
    terms.push_back(
        {.kind = LossTerm::Kind::attention, .value = own, .weight = weight, .teacher_channels = there.back()});
    sources.push_back({from});
  }

  static void require_places(const Teacher& teacher, const std::string& mine, const std::string& theirs,
                             const Shape& own, const Shape& there) {
    if (same_but_channels(own, there)) return;
    fail("{}: its layer '{}' is {}, the student's '{}' {}; they must agree but for the channels", teacher.name, theirs,
         to_string(there), mine, to_string(own));
  }

  /// A linear layer from the student's channels to the teacher's; it is trained and left out at the end.
  ValueId project(ValueId own, std::int64_t channels, std::uint64_t seed) {
    const Shape& shape = student[own].type.shape;
    const std::int64_t inputs = shape.back();
    Random random(seed * 0x9e3779b97f4a7c15ULL + terms.size());
    std::vector<float> weights(static_cast<std::size_t>(channels * inputs));
    const float limit = std::sqrt(6.0F / static_cast<float>(channels + inputs));
    for (float& w : weights) w = (2 * random.uniform() - 1) * limit;
    const std::string name = std::string(kHelper) + std::to_string(terms.size());
    const bool dense = shape.rank() == 2;
    Value constant{.name = name + "/weights",
                   .type = {DType::float32, dense ? Shape{channels, inputs} : Shape{channels, 1, 1, inputs}},
                   .constant = make_constant(weights)};
    if (!dense && shape.rank() != 4) fail("a hint of {} needs equal channels", to_string(shape));
    const ValueId w = student.add(std::move(constant));
    const ValueId bias =
        student.add(Value{.name = name + "/bias",
                          .type = {DType::float32, {channels}},
                          .constant = make_constant(std::vector<float>(static_cast<std::size_t>(channels), 0.0F))});
    return dense ? student.add(FullyConnected{}, {own, w, bias}, name) : student.add(Conv2d{}, {own, w, bias}, name);
  }

  std::int64_t sample_elements() const {
    const Shape& shape = student[student.inputs[0]].type.shape;
    return shape.elements() / shape[0];
  }

  bool wants(std::size_t term, bool answer) const { return (sources[term].value == kNoValue) == answer; }

  bool wants_any(bool answer) const {
    for (std::size_t t = 0; t < terms.size(); ++t) {
      if (wants(t, answer)) return true;
    }
    return false;
  }

  /// Writes what the student's terms want of the batch that stands in the plan.
  void teach(TrainingPlan& plan, std::int64_t step) {
    const std::span<const float> samples = plan.input(0);
    const std::int64_t batch = std::ssize(samples) / sample_elements();
    if (answers) look_up(plan, step, batch);
    for (std::size_t r = 0; r < running.size(); ++r) {
      // Inner values are the first teacher's.
      if ((answers || !wants_any(true)) && (r > 0 || !wants_any(false))) break;
      Interpreter& teacher = run(r, samples, batch);
      for (std::size_t t = 0; t < terms.size(); ++t) {
        const std::span<float> to = plan.teacher(static_cast<int>(t));
        if (!wants(t, true)) {
          if (r == 0) std::ranges::copy(reals(teacher.value(sources[t].value)), to.begin());
        } else if (!answers) {
          add_answer(r, to);
        }
      }
    }
  }

  Interpreter& run(std::size_t r, std::span<const float> samples, std::int64_t batch) {
    Interpreter& teacher = running[r].for_batch(batch);
    feed(teacher, samples);
    teacher.reset();
    teacher.run();
    return teacher;
  }

  /// Of the mean over teachers the part of this one, which has run.
  void add_answer(std::size_t r, std::span<float> to) {
    if (r == 0) std::ranges::fill(to, 0.0F);
    const std::vector<float> values = reals(running[r].interpreter->value(running[r].logits));
    const float part = 1 / static_cast<float>(running.size());
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += part * values[i];
  }

  void look_up(TrainingPlan& plan, std::int64_t step, std::int64_t batch) {
    const std::int64_t steps = answers->samples() / batch;  // of an epoch, as fit makes them
    const std::int64_t epoch = step / steps;
    if (epoch != arranged) shuffle(order, order_seed, static_cast<std::uint64_t>(epoch));
    arranged = epoch;
    const auto row = static_cast<std::size_t>(answers->outputs);
    for (std::size_t t = 0; t < terms.size(); ++t) {
      if (!wants(t, true)) continue;
      const std::span<float> to = plan.teacher(static_cast<int>(t));
      for (std::int64_t i = 0; i < batch; ++i) {
        const std::int64_t sample = order[static_cast<std::size_t>(step % steps * batch + i)];
        std::copy_n(answers->rows.begin() + sample * answers->outputs, row, to.begin() + i * answers->outputs);
      }
    }
  }

  /// In batches of kTogether, in the order of the set: which samples stand beside one must not depend on the training.
  TeacherAnswers answers_to(const Subset& samples, const std::function<bool()>& stop) {
    constexpr std::int64_t kTogether = 32;
    const Shape& logits = student[logits_of(student)].type.shape;
    TeacherAnswers found{.outputs = logits.elements() / logits[0]};
    found.rows.reserve(static_cast<std::size_t>(samples.size() * found.outputs));
    const auto elements = static_cast<std::size_t>(sample_elements());
    std::vector<float> x(kTogether * elements), y(static_cast<std::size_t>(kTogether * found.outputs));
    for (std::int64_t first = 0; first < samples.size(); first += kTogether) {
      if (stop && stop()) fail("stopped; nothing was written");
      const std::int64_t count =
          std::min(kTogether, samples.size() - first);  // the last batch is filled up with others
      for (std::int64_t i = 0; i < count; ++i) {
        to_floats(samples.data->sample, samples.sample(first + i),
                  std::span(x).subspan(static_cast<std::size_t>(i) * elements, elements));
      }
      for (std::size_t r = 0; r < running.size(); ++r) {
        run(r, x, kTogether);
        add_answer(r, y);
      }
      found.rows.insert(found.rows.end(), y.begin(), y.begin() + count * found.outputs);
    }
    return found;
  }

  /// Of what the answers depend on: the teachers in order, and the training samples.
  std::string key_of(const Subset& samples) const {
    std::string all = teachers_described + to_string(samples.data->sample.shape) + "\n";
    all += hash_text(samples.data->samples) + hash_text(bytes_of(samples.index));
    return hash_text(bytes_of(all));
  }
};

Distillation::Distillation(Graph student, std::vector<Teacher> teachers, const DistillationSettings& settings,
                           const TrainSettings& training, DType samples)
    : inside_(std::make_unique<Inside>()) {
  inside_->raw_bytes = samples == DType::uint8;
  inside_->order_seed = static_cast<std::uint64_t>(training.seed);
  if (!(settings.temperature >= 1)) fail("temperature is {}; it must be at least 1", settings.temperature);
  if (!(settings.soft_weight >= 0 && settings.soft_weight <= 1)) {
    fail("soft_weight is {}; it must be in 0..1", settings.soft_weight);
  }
  if (!(settings.hint_weight >= 0 && settings.attention_weight >= 0)) fail("weights of a loss must not be negative");
  inside_->student = std::move(student);
  inside_->add_answers(teachers, settings);
  for (const auto& [mine, theirs] : named_words("hints", settings.hints, kPairs)) {
    inside_->add_hint(teachers[0], mine, theirs, static_cast<float>(settings.hint_weight),
                      static_cast<std::uint64_t>(training.seed));
  }
  for (const auto& [mine, theirs] : named_words("attention", settings.attention, kPairs)) {
    inside_->add_attention(teachers[0], mine, theirs, static_cast<float>(settings.attention_weight));
  }
  if (inside_->terms.empty()) fail("nothing is learnt from the teacher: soft_weight is 0, without hints or attention");
  inside_->described = settings_text(settings);
  for (Teacher& teacher : teachers) {
    in_context(teacher.name, [&] {
      Model model;
      model.graphs.push_back(teacher.graph);
      inside_->teachers_described += hash_text(write_tflite(model)) + "\n";
    });
    const ValueId logits = logits_of(teacher.graph);
    inside_->running.push_back({.name = teacher.name, .graph = std::move(teacher.graph), .logits = logits});
    inside_->running.back().for_batch(training.batch);
  }
  inside_->described += inside_->teachers_described;
}

Distillation::~Distillation() = default;

void Distillation::ask(const Subset& training, const std::filesystem::path& file, const std::function<bool()>& stop) {
  const Shape& sample = training.data->sample.shape;
  if (sample.elements() != inside_->sample_elements()) {
    fail("a sample is {}, the student takes {}", to_string(sample),
         to_string(inside_->student[inside_->student.inputs[0]].type.shape));
  }
  const std::string key = inside_->key_of(training);
  if (!file.empty() && std::filesystem::exists(file)) {
    inside_->answers = read_answers(file, key);
    if (inside_->answers->outputs < 1 || inside_->answers->samples() != training.size()) {
      fail("{}: holds answers to another number of samples; remove it to ask the teacher again", file.string());
    }
  } else if (inside_->wants_any(true)) {
    inside_->answers = inside_->answers_to(training, stop);
    if (!file.empty()) write_answers(file, key, *inside_->answers);
  }
  inside_->order.resize(static_cast<std::size_t>(training.size()));
}

const Graph& Distillation::student() const { return inside_->student; }

Shaping Distillation::shaping() {
  Shaping shaping{.terms = inside_->terms, .loss_weight = inside_->loss_weight};
  shaping.before_step = [this](TrainingPlan& plan, std::int64_t step, std::int64_t) { inside_->teach(plan, step); };
  shaping.settings.push_back("distillation = " + hash_text(bytes_of(inside_->described)));
  return shaping;
}

}  // namespace mirim
