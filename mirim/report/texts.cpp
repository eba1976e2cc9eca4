#include "mirim/report/texts.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/report/embedded.hpp"

namespace mirim::report {
namespace {

using Json = nlohmann::json;

const Json& texts_of(Language language) {
  static const std::array<Json, 2> all{Json::parse(texts_json(Language::en)), Json::parse(texts_json(Language::pt))};
  return all[language == Language::pt ? 1 : 0];
}

using Values = std::initializer_list<std::pair<std::string_view, std::string>>;

const std::string& value_of(Values values, std::string_view name, std::string_view key) {
  for (const auto& [its, value] : values) {
    if (its == name) return value;
  }
  fail("text '{}': {{{}}} has no value", key, name);
}

/// The Unicode rules for whole numbers: Portuguese says "0 camada", English "0 layers".
std::string_view form_of(Language language, const std::string& n) {
  return n == "1" || (n == "0" && language == Language::pt) ? "one" : "other";
}

}  // namespace

std::string text(Language language, std::string_view key, Values values) {
  const Json& all = texts_of(language);
  const auto found = all.find(key);
  if (found == all.end()) fail("text '{}' is in no file of mirim/report/texts", key);
  const std::string& form = (found->is_object() ? found->at(form_of(language, value_of(values, "n", key))) : *found)
                                .get_ref<const std::string&>();
  std::string filled;
  std::size_t at = 0;
  for (std::size_t open = form.find('{'); open != std::string::npos; open = form.find('{', at)) {
    const std::size_t close = form.find('}', open);
    filled += form.substr(at, open - at);
    filled += value_of(values, std::string_view(form).substr(open + 1, close - open - 1), key);
    at = close + 1;
  }
  return filled + form.substr(at);
}

std::string_view texts_json(Language language) {
  for (const EmbeddedFile& file : embedded_texts()) {
    if (file.path.substr(file.path.rfind('/') + 1).substr(0, 2) == name(language)) return file.text;
  }
  fail("this mirim carries no texts in '{}'", name(language));
}

}  // namespace mirim::report
