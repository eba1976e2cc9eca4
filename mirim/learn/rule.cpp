#include "mirim/learn/rule.hpp"

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/learn/rules.hpp"

namespace mirim {

Rules all_rules() {
  return {
      make_boltzmann(), make_contrastive_divergence(),
      make_counting(),  make_hebbian(),
      make_k_means(),   make_perceptron(),
      make_ridge(),     make_self_organizing_map(),
  };
}

void Lesson::check_stop() const {
  if (stop && stop()) fail("stopped; nothing was kept");
}

std::shared_ptr<Rule> rule_called(std::string_view name) {
  std::vector<std::string> known;
  for (std::shared_ptr<Rule>& rule : all_rules()) {
    if (rule->name() == name) return std::move(rule);
    known.emplace_back(rule->name());
  }
  fail("there is no rule '{}'; {}", name.substr(0, 60), suggestion(std::string(name), known));
}

}  // namespace mirim
