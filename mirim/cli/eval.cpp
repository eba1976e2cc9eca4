#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/table.hpp"
#include "mirim/recipe/train_job.hpp"
#include "mirim/train/evaluate.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  std::string split = "test";
  std::int64_t count = 0;
  int threads = 0;
  bool stream = false;
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
  note_data(part);
  return o.count > 0 ? part.first(o.count) : part;
}

std::string text(const Evaluation& e, const std::vector<std::string>& names) {
  std::string lines = fmt::format("samples   {}\nloss      {:.4f}\n", with_commas(e.samples), e.loss);
  if (e.mean_absolute_error) lines += fmt::format("mean absolute error  {:.6g}\n", *e.mean_absolute_error);
  if (e.roc_auc) lines += fmt::format("ROC-AUC   {:.4f}\n", *e.roc_auc);
  if (!e.confusion) return lines;
  const ConfusionMatrix& confusion = *e.confusion;
  lines += fmt::format("accuracy  {:.2f} %\nmacro F1  {:.4f}\n\n", 100 * confusion.accuracy(), confusion.macro_f1());
  std::vector<std::vector<std::string>> rows = {{"class", "precision", "recall", "F1"}};
  for (int c = 0; c < confusion.classes(); ++c) rows[0].push_back(fmt::format("as {}", c));
  for (int c = 0; c < confusion.classes(); ++c) {
    const auto at = static_cast<std::size_t>(c);
    rows.push_back({at < names.size() ? fmt::format("{} {}", c, names[at]) : fmt::format("{}", c),
                    fmt::format("{:.3f}", confusion.precision(c)), fmt::format("{:.3f}", confusion.recall(c)),
                    fmt::format("{:.3f}", confusion.f1(c))});
    for (int p = 0; p < confusion.classes(); ++p) rows.back().push_back(fmt::format("{}", confusion.at(c, p)));
  }
  return lines + table(rows);
}

void run(const Options& o) {
  const Model model = read_runnable_model(o.model);
  const Subset samples = chosen(o);
  const Evaluation result = in_context(o.model.string(), [&] {
    return evaluate(model.main(), samples, {.threads = thread_count(o.threads), .stream = o.stream});
  });
  const std::vector<std::string>& names = samples.data->class_names;
  print(o.json ? to_json(result, names) + "\n" : text(result, names));
}

}  // namespace

void add_eval(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "eval",
      "Measures a model on a data set.\n"
      "Loss, accuracy, and per class precision, recall, F1 and the confusion matrix (a row for each true class, a "
      "column\n"
      "for each answer), of float and int8 models alike; without classes mean squared and absolute error.");
  command->footer("Example:\n  mirim eval int8.tflite --data fashion-mnist");
  command->add_option("MODEL", o->model, ".tflite")->required();
  add_data(*command, o->data.set);
  command
      ->add_option("--split", o->split,
                   "which part of the samples; all of them only where the set has no test set of its own")
      ->capture_default_str()
      ->check(CLI::IsMember({"test", "validation", "train", "all"}));
  command->add_option("--count", o->count, "only the first so many samples (0: all)")->check(CLI::NonNegativeNumber);
  add_settings(*command, o->data);
  add_threads(*command, o->threads);
  add_stream(*command, o->stream);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
