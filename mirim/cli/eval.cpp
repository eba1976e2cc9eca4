#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/table.hpp"
#include "mirim/recipe/train_job.hpp"
#include "mirim/train/evaluate.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  std::string split = "test";
  std::string loss = "auto";
  std::int64_t count = 0;
  double noise = 0;
  int threads = 0;
  bool stream = false;
  std::int32_t most_rounds = kMostRounds;
  bool json = false;
  DataSettings data;
};

Subset chosen(const Options& o) {
  Subset part;
  if (o.split == "test") {
    part = load_test(o.data);
  } else if (o.split == "all") {
    part = load_whole(o.data);
  } else {
    Splits data = load(o.data);
    part = std::move(o.split == "train" ? data.training : data.validation);
  }
  if (part.size() == 0) fail("{}: the part '{}' of it has no samples", o.data.set, o.split);
  return o.count > 0 ? part.first(o.count) : part;
}

std::string lines_of(const ErrorScore& error) {
  std::string lines =
      fmt::format("RMSE      {:.6g}\nMAE       {:.6g}\n", error.root_mean_squared_error, error.mean_absolute_error);
  if (error.r_squared) lines += fmt::format("R2        {:.4f}\n", *error.r_squared);
  return lines;
}

std::string lines_of(const SampleErrors& errors, const std::optional<double>& roc_auc) {
  std::string lines = fmt::format("error of a sample  median {:.4g}, 95 % up to {:.4g}, largest {:.4g}\n",
                                  errors.median, errors.high, errors.largest);
  if (!roc_auc || !errors.threshold) return lines;
  const Threshold& t = *errors.threshold;
  return lines + fmt::format(
                     "ROC-AUC   {:.4f}, by the error: class '{}' against the rest\n"
                     "threshold {:.4g}: finds {:.1f} % of the rest, with {:.1f} % false alarms\n",
                     *roc_auc, errors.normal, t.score, 100 * t.found, 100 * t.false_alarms);
}

std::string table_of(const std::vector<TargetScore>& targets) {
  std::vector<std::vector<std::string>> rows;
  const auto cell = [](const std::optional<double>& value) { return value ? fmt::format("{:.4g}", *value) : "-"; };
  for (const TargetScore& target : targets) {
    if (target.accuracy) {
      if (rows.empty()) rows.push_back({"target", "accuracy", "ROC-AUC"});
      rows.push_back({target.name, cell(target.accuracy), cell(target.roc_auc)});
    } else {
      if (rows.empty()) rows.push_back({"target", "RMSE", "MAE", "R2"});
      rows.push_back({target.name, cell(target.error.root_mean_squared_error), cell(target.error.mean_absolute_error),
                      cell(target.error.r_squared)});
    }
  }
  return "\n" + table(rows);
}

std::string table_of(const ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> rows = {{"class", "precision", "recall", "F1"}};
  for (int c = 0; c < confusion.classes(); ++c) rows[0].push_back(fmt::format("as {}", c));
  for (int c = 0; c < confusion.classes(); ++c) {
    const auto at = static_cast<std::size_t>(c);
    rows.push_back({at < names.size() ? fmt::format("{} {}", c, names[at]) : fmt::format("{}", c),
                    fmt::format("{:.3f}", confusion.precision(c)), fmt::format("{:.3f}", confusion.recall(c)),
                    fmt::format("{:.3f}", confusion.f1(c))});
    for (int p = 0; p < confusion.classes(); ++p) rows.back().push_back(fmt::format("{}", confusion.at(c, p)));
  }
  return "\n" + table(rows);
}

std::string text(const Evaluation& e, const std::vector<std::string>& names) {
  std::string lines =
      fmt::format("samples   {}\nloss      {:.4f}  ({})\n", with_commas(e.samples), e.loss, name(e.task.loss));
  for (const OwnScore& own : e.own) {
    lines += fmt::format("  of this {} of '{}'  {:.4f}\n", own.kind, fmt::join(own.of, "', '"), own.value);
    if (own.mean) lines += fmt::format("mean activation of '{}'  {:.4f}\n", own.of[0], *own.mean);
  }
  if (e.frechet) {
    lines = fmt::format(
        "samples   {}, and as many made\nFrechet   {:.4f}  (distance of coarse samples, in ranges of the data)\n",
        with_commas(e.samples), *e.frechet);
    if (!e.modes) return lines;
    return lines + fmt::format(
                       "near      {:.2f} %  (as near to a class's mean as 98.9 % of its real samples)\n"
                       "least     {:.2f} %  (of these, in the smallest class)\n",
                       100 * e.modes->near, 100 * e.modes->least_class);
  }
  for (const FactorScore& factor : e.factors)
    lines += fmt::format("R2 of {:<10} {:.4f}\n", factor.name, factor.r_squared);
  if (e.negative_elbo) lines += fmt::format("-ELBO     {:.2f} nats\n", e.loss);
  if (e.error) lines += lines_of(*e.error);
  if (e.psnr) lines += fmt::format("PSNR      {:.2f} dB\n", *e.psnr);
  if (e.per_sample) return lines + lines_of(*e.per_sample, e.roc_auc);
  if (e.roc_auc) lines += fmt::format("ROC-AUC   {:.4f}\n", *e.roc_auc);
  if (e.accuracy) lines += fmt::format("accuracy  {:.2f} %\n", 100 * *e.accuracy);
  if (e.right_among_three)
    lines +=
        fmt::format("of three  {:.2f} %: the class is among the three largest outputs\n", 100 * *e.right_among_three);
  if (e.targets.size() > 1) lines += table_of(e.targets);
  if (!e.confusion) return lines;
  return lines + fmt::format("macro F1  {:.4f}\n", e.confusion->macro_f1()) + table_of(*e.confusion, names);
}

void run(const Options& o) {
  const Model model = read_runnable_model(o.model, {.most_rounds = o.most_rounds});
  const Subset samples = in_context(o.data.set, [&] { return matched(model.main(), chosen(o)); });
  note_data(samples);
  const Evaluation result = in_context(o.model.string(), [&] {
    return evaluate(
        model.main(), samples,
        {.loss = loss_named(o.loss), .threads = thread_count(o.threads), .stream = o.stream, .noise = o.noise});
  });
  for (const std::string& line : result.task.notes) note(line);
  const std::vector<std::string>& names = samples.data->class_names;
  print(o.json ? to_json(result, names) + "\n" : text(result, names));
}

}  // namespace

void add_eval(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "eval",
      "Measures a float or integer model on a data set.\n"
      "Classification: loss, accuracy, per class precision, recall and F1, and the confusion matrix (a row for\n"
      "each true class, a column for each predicted one). Regression: RMSE, MAE and R2. Autoencoder: the error of\n"
      "a sample and, with labels, how well it tells the normal class from the others (docs/training.md).");
  command->footer("Example:\n  mirim eval int8.tflite --data fashion-mnist");
  command->add_option("MODEL", o->model, ".tflite")->required();
  add_data(*command, o->data.set);
  command->add_option("--split", o->split, "part of the samples; all only if the data has no test set of its own")
      ->capture_default_str()
      ->check(CLI::IsMember({"test", "validation", "train", "all"}));
  command->add_option("--count", o->count, "only the first N samples (0: all)")->check(CLI::NonNegativeNumber);
  command
      ->add_option("--noise", o->noise,
                   "adds normal noise of this deviation to the samples, for bytes as a part of their range; an "
                   "autoencoder is judged by the sample without it")
      ->check(CLI::Range(0.0, 1e6));
  command->add_option("--loss", o->loss, "the loss to measure, as for `mirim train`")->capture_default_str();
  add_settings(*command, o->data);
  add_threads(*command, o->threads);
  add_stream(*command, o->stream);
  add_max_rounds(*command, o->most_rounds);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
