#include "mirim/course/learn.hpp"

#include <nlohmann/json.hpp>

#include "mirim/base/file.hpp"
#include "mirim/course/embedded.hpp"
#include "mirim/course/figures.hpp"
#include "mirim/report/report.hpp"

namespace mirim::course {
namespace {

using Json = nlohmann::ordered_json;

/// Recipes and models as they lie in the project, since recipes name models by relative paths.
void write_files(const std::filesystem::path& folder) {
  for (const EmbeddedFile& file : embedded_course()) {
    if (file.path.ends_with(".toml")) write_file(folder / file.path, file.text);
  }
}

Json exercises_json(const Chapter& chapter) {
  Json all = Json::array();
  for (const Exercise& exercise : chapter.exercises) {
    all.push_back({{"question", exercise.question},
                   {"answer", exercise.answer},
                   {"tolerance", exercise.tolerance},
                   {"why", exercise.why}});
  }
  return all;
}

}  // namespace

Learnt learn(const Chapter& chapter, Language language, const std::filesystem::path& folder,
             const MakeWatcher& watcher) {
  const std::filesystem::path files = folder / "files";
  write_files(files);
  Recipe recipe = read_recipe(files / "docs" / "course" / (chapter.name + ".toml"));
  recipe.language = language;
  const Learnt learnt{.page = folder / chapter.name / "chapter.html", .run = folder / chapter.name};
  const MakeResult made = make(recipe, learnt.run, watcher);
  const FigureWork work{
      .recipe = recipe, .folder = learnt.run, .models = files / "models", .language = language, .stop = watcher.stop};
  Json figures = Json::object();
  for (const std::string& figure : chapter.figures) {
    const std::string data = figure_data(figure, work);
    if (!data.empty()) figures[figure] = Json::parse(data);
  }
  const Json page{{"page", "chapter"},
                  {"number", chapter.number},
                  {"chapters", chapter_names().size()},
                  {"title", chapter.title},
                  {"text", chapter.text},
                  {"exercises", exercises_json(chapter)},
                  {"figures", std::move(figures)},
                  {"run", Json::parse(made.run_json)}};
  write_file(learnt.page, report::render_page(page.dump(-1, ' ', false, Json::error_handler_t::replace), language));
  return learnt;
}

}  // namespace mirim::course
