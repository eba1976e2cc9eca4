#include "mirim/recipe/train_job.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/hash.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/compress/keep_forms.hpp"
#include "mirim/data/nudge.hpp"
#include "mirim/data/steps.hpp"
#include "mirim/exec/own_losses.hpp"
#include "mirim/graph/random_input.hpp"
#include "mirim/passes/extract.hpp"
#include "mirim/passes/outside_scaling.hpp"
#include "mirim/passes/unroll.hpp"
#include "mirim/recipe/class_weights.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/parsed.hpp"
#include "mirim/recipe/relative_steps.hpp"
#include "mirim/train/data_source.hpp"
#include "mirim/train/game.hpp"

namespace mirim {
namespace {

constexpr std::array kOptimizers = {std::pair<std::string_view, Optimizer::Kind>("sgd", Optimizer::Kind::sgd),
                                    std::pair<std::string_view, Optimizer::Kind>("adam", Optimizer::Kind::adam),
                                    std::pair<std::string_view, Optimizer::Kind>("adamw", Optimizer::Kind::adamw)};
constexpr std::array kSchedules = {std::pair<std::string_view, Schedule::Kind>("constant", Schedule::Kind::constant),
                                   std::pair<std::string_view, Schedule::Kind>("step", Schedule::Kind::step),
                                   std::pair<std::string_view, Schedule::Kind>("cosine", Schedule::Kind::cosine)};
void require_positive(const char* name, std::int64_t value) {
  if (value < 1) fail("{} is {}; it must be at least 1", name, value);
}

void require_not_negative(const char* name, double value) {
  if (!(value >= 0)) fail("{} is {}; it must not be negative", name, value);
}

void check(const TrainSettings& t) {
  require_positive("epochs", t.epochs);
  require_positive("batch", t.batch);
  require_positive("threads", t.threads);
  require_positive("step_every", t.step_every);
  if (t.epochs > 1'000'000 || t.batch > 1'000'000) fail("epochs and batch must be at most 1000000");
  if (t.step_every > 1'000'000 || t.patience > 1'000'000) fail("step_every and patience must be at most 1000000");
  if (t.shift > 10'000 || t.cutout > 10'000) fail("shift and cutout must be at most 10000");
  if (t.threads > 1024) fail("threads is {}; it must be at most 1024", t.threads);
  require_not_negative("learning_rate", t.learning_rate);
  require_not_negative("weight_decay", t.weight_decay);
  require_not_negative("longest_gradient", t.longest_gradient);
  require_not_negative("warmup_epochs", t.warmup_epochs);
  require_not_negative("labelled", static_cast<double>(t.labelled));
  require_not_negative("patience", static_cast<double>(t.patience));
  require_not_negative("shift", static_cast<double>(t.shift));
  require_not_negative("cutout", static_cast<double>(t.cutout));
  if (!(t.rotate >= 0 && t.rotate <= 180)) fail("rotate is {}; it must be from 0 to 180 degrees", t.rotate);
  if (!(t.noise >= 0 && t.noise <= 1e6)) fail("noise is {}; it must be from 0 to 1000000", t.noise);
  if (!(t.momentum >= 0 && t.momentum < 1)) fail("momentum is {}; it must be in [0, 1)", t.momentum);
  if (!(t.label_smoothing >= 0 && t.label_smoothing < 1))
    fail("label_smoothing is {}; it must be in [0, 1)", t.label_smoothing);
}

FitOptions fit_options(const TrainSettings& t, const TrainFiles& files) {
  FitOptions options;
  options.epochs = static_cast<int>(t.epochs);
  options.batch = t.batch;
  options.threads = static_cast<int>(t.threads);
  options.seed = static_cast<std::uint64_t>(t.seed);
  options.optimizer.kind = chosen("optimizer", t.optimizer, kOptimizers);
  options.optimizer.momentum = static_cast<float>(t.momentum);
  options.optimizer.weight_decay = static_cast<float>(t.weight_decay);
  options.optimizer.longest = static_cast<float>(t.longest_gradient);
  options.schedule = {.kind = chosen("schedule", t.schedule, kSchedules),
                      .rate = static_cast<float>(t.learning_rate),
                      .warmup_epochs = static_cast<float>(t.warmup_epochs),
                      .every = static_cast<int>(t.step_every),
                      .factor = static_cast<float>(t.step_factor)};
  options.plain = t.plain;
  options.patience = static_cast<int>(t.patience);
  options.best_weights = t.best_weights;
  options.checkpoint = files.checkpoint;
  options.resume = files.resume;
  options.stop = files.stop;
  return options;
}

/// The factor from an error of scaled targets to the user's unit; none if the targets have several units.
std::optional<float> unit_of(const Scaling& targets) {
  if (targets.empty()) return 1.0F;
  const auto differs = [&](float d) { return d != targets.deviation[0]; };
  return std::ranges::any_of(targets.deviation, differs) ? std::nullopt : std::optional(targets.deviation[0]);
}

EpochRecord in_unit(EpochRecord record, float unit) {
  record.training_error *= unit;
  record.validation_error *= unit;
  return record;
}

bool normalizes(const TrainSettings& t) {
  if (t.normalize != "none" && t.normalize != "data") {
    fail("normalize '{}' is unknown; {}", t.normalize, suggestion(t.normalize, {"none", "data"}));
  }
  return t.normalize == "data";
}

/// An augmentation that leaves nothing of an image would train on blanks.
void require_visible(const TrainSettings& t, const Shape& shape) {
  if (shape.rank() != 3) return;  // refused where samples are augmented
  const std::int64_t side = std::min(shape[0], shape[1]);
  if (t.shift >= side)
    fail("shift {} moves images of {} out of sight; choose less than {}", t.shift, to_string(shape), side);
  if (t.cutout / 2 >= std::max(shape[0], shape[1])) {
    fail("cutout {} blanks images of {} whole; choose less", t.cutout, to_string(shape));
  }
}

Metric metric_of(const Task& task) {
  if (task.kind == Task::Kind::numbers || task.kind == Task::Kind::sample) return Metric::error;
  return task.kind == Task::Kind::classes && task.outputs > 1 ? Metric::right_class : Metric::right_side;
}

/// The losses of the network's own that stand beside the task's.
std::string with_terms(const ResolvedLosses& own) {
  std::string text;
  for (const OwnLoss& loss : own.beside) {
    text += fmt::format(" + {}{} of '{}'", loss.weight == 1 ? "" : fmt::format("{} * ", loss.weight), loss.kind,
                        fmt::join(loss.of, "', '"));
  }
  return text;
}

/// A network that finds factors needs data that give them, of an autoencoder.
void require_factors(const Value& code, const Dataset& data, const Task& task) {
  if (task.kind != Task::Kind::sample || data.targets.empty()) {
    fail(
        "loss factors is of a network that gives back its input, trained on samples with numbers: sprites:SHAPE, "
        "npy:X,Y");
  }
  const Shape& shape = code.type.shape;
  const std::int64_t size = shape.rank() == 2 ? shape[1] : 0;
  if (size < data.target_size) {
    fail("'{}' is {} and is to stand for the {} numbers that the data give of a sample; give it as many units at least",
         code.name, to_string(shape), data.target_size);
  }
}

std::string described(const Task& task, const Dataset& data) {
  switch (task.kind) {
    case Task::Kind::classes:
      return fmt::format("{} classes", task.outputs == 1 ? 2 : task.outputs);
    case Task::Kind::flags:
      return fmt::format("{} yes-or-no targets", task.outputs);
    case Task::Kind::numbers:
      return fmt::format("{} target{} a sample", task.outputs, task.outputs == 1 ? "" : "s");
    case Task::Kind::sample:
      return fmt::format("the samples themselves ({})", to_string(data.sample.shape));
    case Task::Kind::made:
      return "to make samples";
  }
  return "";
}

Splits load_parts(const DataSettings& settings, bool test_only) {
  if (settings.set.empty()) fail("no data set is named");
  Splits splits = load_data(settings.set, {.validation = settings.validation,
                                           .seed = static_cast<std::uint64_t>(settings.seed),
                                           .test_only = test_only,
                                           .test_set = settings.test,
                                           .folds = settings.folds,
                                           .fold = settings.fold});
  if (settings.nudge) splits = in_context(settings.set, [&] { return nudged(std::move(splits)); });
  splits = with_train_limit(std::move(splits), settings.train_limit);
  if (settings.test_limit > 0) splits.test = splits.test.first(settings.test_limit);
  return splits;
}

}  // namespace

Splits with_train_limit(Splits splits, std::int64_t limit) {
  if (limit <= 0) return splits;
  splits.training = splits.training.first(limit);
  splits.validation = splits.validation.first(limit);
  return splits;
}

Splits load(const DataSettings& settings) { return load_parts(settings, false); }

Subset load_test(const DataSettings& settings) { return load_parts(settings, true).test; }

std::string fingerprint(const Splits& splits) {
  std::string all;
  for (const Subset* part : {&splits.training, &splits.validation, &splits.test}) {
    if (!part->data) continue;
    const Dataset& data = *part->data;
    for (const BytesView bytes :
         {BytesView(data.samples), bytes_of(data.labels), bytes_of(data.targets), bytes_of(part->index)}) {
      all += hash_text(bytes);
    }
    for (const std::string& name : data.class_names) all += name + '\n';
  }
  return hash_text(bytes_of(all));
}

Subset load_whole(const DataSettings& settings) {
  const Splits splits = load(settings);
  if (splits.test.data != splits.training.data) {
    fail("{}: has a test set of its own; there is no whole of both", settings.set);
  }
  Subset whole = splits.training;
  for (const Subset* part : {&splits.validation, &splits.test}) {
    whole.index.insert(whole.index.end(), part->index.begin(), part->index.end());
  }
  std::sort(whole.index.begin(), whole.index.end());
  return whole;
}

Augmentation augmentation_of(const TrainSettings& settings) {
  return {.shift = settings.shift,
          .flip = settings.flip,
          .cutout = settings.cutout,
          .rotate = settings.rotate,
          .noise = settings.noise};
}

double noise_in_evaluation(const Graph& graph, const Dataset& data, const TrainSettings& settings) {
  if (settings.noise == 0) return 0;
  return find_task(graph, data, {.loss = loss_named(settings.loss)}).kind == Task::Kind::sample ? settings.noise : 0;
}

std::optional<Loss::Kind> loss_named(const std::string& setting) {
  if (setting == "auto") return std::nullopt;
  std::vector<std::string> known{"auto"};
  for (const Loss::Kind kind : kAllLosses) {
    if (name(kind) == setting) return kind;
    known.emplace_back(name(kind));
  }
  fail("loss '{}' is unknown; {}", setting, suggestion(setting, known));
}

/// The graph without what only the players need. What it makes is like the input behind its normalization.
Graph generator_of(const Graph& all) {
  Graph raw = all;
  take_out_input_scaling(raw, /*always=*/true);
  const Scaling scaling = scaling_of(raw[raw.inputs[0]]);
  Graph generator = extract(all, {}, {});
  Value& made = generator[generator.outputs[0]];
  const bool one_for_all = scaling.mean.size() == 1;
  if (one_for_all || std::ssize(scaling.mean) == made.type.shape.back()) set_scaling(made, scaling);
  return generator;
}

/// A game, and its generator.
TrainResult play_game(Pupil pupil, const Splits& data, const TrainSettings& settings, const TrainFiles& files,
                      const std::function<void(const Progress&)>& progress) {
  check(settings);
  Graph graph = std::move(pupil.graph);
  if (data.training.size() < 1) fail("there are no training samples");
  const Dataset& samples = *data.training.data;
  if (normalizes(settings)) fail("--normalize is not of games; write [input] normalize with numbers");
  FitOptions options = fit_options(settings, files);
  options.progress = progress;
  options.begins = [&] {
    if (!files.say) return;
    for (const Player& player : pupil.players) files.say(fmt::format("player '{}' trains its part", player.part));
  };
  require_samples_fit(graph, samples);
  DataSource source(
      data.training,
      {.shuffle_seed = static_cast<std::uint64_t>(settings.seed), .augmentation = augmentation_of(settings)},
      {.kind = Task::Kind::sample});
  constexpr double kSame = 0.02;
  const std::int64_t count = std::min<std::int64_t>(256, data.training.size());
  const auto variety_of = [&](const Graph& made) {
    const Graph generator = generator_of(made);
    return data_inputs(generator).empty() ? variety(generator, source, count, 1) : 1;
  };
  double part = 1;  // as of the last epoch
  const GameResult game = play(graph, pupil.players, source, options, [&](const Graph& made) {
    part = variety_of(made);
    return part < kSame;
  });
  if (game.interrupted) fail("stopped after {} of {} epochs; nothing was kept", game.history.size(), settings.epochs);
  const std::string kept = fmt::format("the model is that of epoch {}", game.epoch);
  if (files.say && !game.fault.empty()) files.say(game.fault + "; " + kept);
  if (files.say && part < kSame) {
    files.say(
        fmt::format("the game has collapsed: samples made hardly differ, by {:.2g} of what the data's do; lower the "
                    "learning rate, or give the player that judges fewer weights; {}",
                    part, kept));
  }
  TrainResult result;
  result.fit.history = game.history;
  result.task = {.kind = Task::Kind::made, .loss = Loss::Kind::binary_cross_entropy};
  result.graph = generator_of(graph);
  return result;
}

TrainResult learn(Pupil pupil, const Splits& data, const TrainSettings& settings, const TrainFiles& files,
                  const std::function<void(const Progress&)>& progress) {
  if (!pupil.players.empty()) return play_game(std::move(pupil), data, settings, files, progress);
  if (pupil.rules.empty()) return train(std::move(pupil.graph), data, settings, files, progress);
  check(settings);
  Graph graph = std::move(pupil.graph);
  if (data.training.size() < 1) fail("there are no training samples");
  const Dataset& samples = *data.training.data;
  TrainResult result;
  result.task = find_task(graph, samples, {.loss = loss_named(settings.loss)});
  const bool numbers = result.task.kind == Task::Kind::numbers || result.task.kind == Task::Kind::sample;
  const Scaling targets = prepare_scales(graph, data.training, numbers, normalizes(settings));
  for (const std::string& line : result.task.notes) {
    if (files.say) files.say(line);
  }
  const Lesson lesson{.data = data,
                      .task = result.task,
                      .targets = targets,
                      .seed = static_cast<std::uint64_t>(settings.seed),
                      .stop = files.stop,
                      .say = files.say};
  for (const std::shared_ptr<Rule>& rule : pupil.rules) {
    lesson.check_stop();
    rule->learn(graph, lesson);
  }
  undo_scales(graph, targets);
  if (pupil.rules.back()->pretrains()) return train(std::move(graph), data, settings, files, progress);
  name_elements(graph, samples);
  result.graph = std::move(graph);
  return result;
}

/// Trains a network that answers a step a run on whole sequences.
FitResult fit_through_time(Graph& graph, std::int64_t steps, DataSource& training,
                           std::optional<DataSource>& validation, const FitOptions& options) {
  const Shaping& shaping = options.shaping;
  if (!shaping.terms.empty() || !shaping.grids.empty() || shaping.factors != kNoValue) {
    fail("a network that keeps its state from step to step is trained by the loss of its answers alone");
  }
  Graph unrolled = unroll(graph, steps);
  FitResult result = fit(unrolled, training, validation ? &*validation : nullptr, options);
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    if (graph.values[v].is_constant()) graph.values[v].constant = unrolled.values[v].constant;
  }
  return result;
}

TrainResult train(Graph graph, const Splits& all, const TrainSettings& settings, const TrainFiles& files,
                  const std::function<void(const Progress&)>& progress, Shaping shaping) {
  check(settings);
  const Dataset& samples = *all.training.data;
  Splits data = samples.steps > 0 ? in_sequences(all) : all;
  if (settings.labelled > 0) data.training = data.training.first(settings.labelled);
  Task task = find_task(graph, samples, {.loss = loss_named(settings.loss), .training = true});
  if (settings.label_smoothing > 0 && task.loss != Loss::Kind::softmax_cross_entropy) {
    fail("label_smoothing is of loss cross_entropy, this training's is {}", name(task.loss));
  }
  require_visible(settings, samples.sample.shape);
  FitOptions options = fit_options(settings, files);
  options.optimizer.relative = takes_relative_steps(graph, settings.steps);
  if (options.optimizer.relative) {
    task.notes.emplace_back("steps are relative to the size of each layer's weights (--steps absolute for others)");
  }
  options.shaping = std::move(shaping);
  const ResolvedLosses own = resolve_own_losses(graph);
  if (!own.missing.empty()) {
    fail("a loss is of '{}', which is not in the model any more; train the model that this one was made of",
         own.missing[0]);
  }
  for (const LossTerm& term : own.terms) options.shaping.terms.push_back(term);
  if (own.factors != kNoValue) {
    require_factors(graph[own.factors], samples, task);
    options.shaping.factors = own.factors;
  }
  for (const OwnLoss& loss : own_losses(graph)) {
    options.shaping.settings.push_back(fmt::format("loss {} of {} = {}, {}, {}", loss.kind, fmt::join(loss.of, ", "),
                                                   loss.weight, loss.rate, loss.sum));
  }
  for (auto& [id, steps] : steps_that_keep_forms(graph)) {
    options.shaping.settings.push_back(fmt::format("form of {} = {}", graph[id].name, to_string(*graph[id].form)));
    options.shaping.parametrisations.emplace(id, std::move(steps));  // unless there are others
  }
  options.loss = {.kind = task.loss,
                  .label_smoothing = static_cast<float>(settings.label_smoothing),
                  .class_weights = class_weights(settings.class_weights, data.training, task),
                  .sum = own.sum && own.loss == task.loss};
  options.metric = metric_of(task);
  options.threshold = task.threshold;
  options.more_settings = {fmt::format("augmentation = shift {}, flip {}, cutout {}, rotate {}, noise {}",
                                       settings.shift, settings.flip, settings.cutout, settings.rotate, settings.noise),
                           "data = " + fingerprint(data)};
  // The user did not choose the default batch.
  if (data.training.size() < options.batch && settings.batch == TrainSettings{}.batch) {
    options.batch = std::max<std::int64_t>(1, data.training.size());
    task.notes.push_back(
        fmt::format("a batch has all {} training samples, there are no {}", options.batch, settings.batch));
  }
  if (data.training.size() < options.batch) {
    fail("{} training samples do not fill a batch of {}; choose a smaller batch", data.training.size(), options.batch);
  }
  const bool numbers = task.kind == Task::Kind::numbers || task.kind == Task::Kind::sample;
  Scaling targets = prepare_scales(graph, all.training, numbers, normalizes(settings));
  // The factor stays outside of the model: its answers are from 0 to 1.
  const bool in_parts = task.parts && targets.empty();
  if (in_parts) targets = {.mean = {0}, .deviation = {255}};
  const bool taught = std::ranges::any_of(options.shaping.terms, &LossTerm::has_teacher);
  if (!targets.empty() && taught) {
    fail(
        "the student is trained on scaled targets, a teacher answers in their own unit; choose a student without "
        "scaled targets and leave out --normalize");
  }
  const std::optional<float> unit = unit_of(targets);
  if (!unit) task.notes.emplace_back("errors in training are in deviations of each target, whose units differ");
  options.progress = [&](const Progress& p) {
    Progress in_units = p;
    in_units.error *= unit.value_or(1);
    const EpochRecord record = p.finished ? in_unit(*p.finished, unit.value_or(1)) : EpochRecord{};
    if (p.finished) in_units.finished = &record;
    if (progress) progress(in_units);
  };
  options.begins = [&] {
    if (!files.say) return;
    const std::string through = samples.steps > 0 ? fmt::format(", through {} steps", samples.steps) : "";
    files.say(fmt::format("learns {} by {}{}{}", described(task, samples), name(task.loss), with_terms(own), through));
    for (const std::string& line : task.notes) files.say(line);
  };
  DataSource training(data.training,
                      {.shuffle_seed = static_cast<std::uint64_t>(settings.seed),
                       .augmentation = augmentation_of(settings),
                       .whole_groups = own.factors != kNoValue},
                      task, targets);
  std::optional<DataSource> validation;
  if (data.validation.size() > 0) {
    // Without noise the best autoencoder that takes it away would be the one that changes nothing.
    const double noise = task.kind == Task::Kind::sample ? settings.noise : 0;
    validation.emplace(data.validation, BatchOptions{.augmentation = {.noise = noise}}, task, targets);
  }
  TrainResult result;
  result.fit = samples.steps > 0 ? fit_through_time(graph, samples.steps, training, validation, options)
                                 : fit(graph, training, validation ? &*validation : nullptr, options);
  if (result.fit.interrupted) {
    const bool kept = !files.checkpoint.empty() && !result.fit.history.empty();
    fail("stopped after {} of {} epochs; {}", result.fit.history.size(), settings.epochs,
         kept ? "the finished ones are in " + files.checkpoint.string() : "nothing was kept");
  }
  for (EpochRecord& record : result.fit.history) record = in_unit(record, unit.value_or(1));
  if (in_parts) {
    set_scaling(graph[graph.outputs[0]], targets);
  } else {
    undo_scales(graph, targets);
  }
  name_elements(graph, samples);
  result.graph = std::move(graph);
  result.task = std::move(task);
  return result;
}

}  // namespace mirim
