#include "mirim/recipe/verb.hpp"

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/recipe/verbs.hpp"

namespace mirim {

std::vector<std::unique_ptr<Verb>> all_verbs() {
  std::vector<std::unique_ptr<Verb>> verbs;
  verbs.push_back(make_train());
  verbs.push_back(make_prune());
  verbs.push_back(make_cluster());
  verbs.push_back(make_quantize());
  verbs.push_back(make_distill());
  verbs.push_back(make_factorize());
  return verbs;
}

std::unique_ptr<Verb> verb_called(std::string_view name) {
  std::vector<std::string> known;
  for (std::unique_ptr<Verb>& verb : all_verbs()) {
    if (verb->name() == name) return std::move(verb);
    known.emplace_back(verb->name());
  }
  fail("there is no step '{}'; {}", name, suggestion(std::string(name), known));
}

}  // namespace mirim
