#include "mirim/recipe/verb.hpp"

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/recipe/verbs.hpp"

namespace mirim {

Verbs all_verbs() {
  Verbs verbs;
  verbs.push_back(make_train());
  verbs.push_back(make_prune());
  verbs.push_back(make_cluster());
  verbs.push_back(make_quantize());
  verbs.push_back(make_distill());
  verbs.push_back(make_factorize());
  return verbs;
}

std::unique_ptr<Verb> verb_called(std::string_view name, Verbs (*table)()) {
  std::vector<std::string> known;
  for (std::unique_ptr<Verb>& verb : table()) {
    if (verb->name() == name) return std::move(verb);
    known.emplace_back(verb->name());
  }
  fail("there is no step '{}'; {}", name, suggestion(std::string(name), known));
}

}  // namespace mirim
