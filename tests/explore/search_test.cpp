#include "mirim/explore/search.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/explore/found.hpp"

// The search with a model that is only a formula.
namespace mirim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string formula(const std::string& job) {
  const json asked = json::parse(job);
  if (asked["do"] == "float") {
    return R"({"score":{"value":0.95,"is_accuracy":true},"layers":["first","second"]})";
  }
  if (asked["do"] == "sensitivity") {
    const double of = asked["layer"] == "first" ? 4 : 0.5;
    return json{{"layer", asked["layer"]},
                {"weights", 500},
                {"sparsity", {0.0, of / 4, of / 2, of}},
                {"clusters", of / 8},
                {"bits", {0.0, of / 2, 2 * of}}}
        .dump();
  }
  const Candidate c = parse_candidate(asked["candidate"].get<std::string>());
  if (c.channels > 0.71) return R"({"failed":"removing channels takes away at most 70 %"})";
  const double epochs = asked.value("epochs", 0.0);
  const double kept = 1 - c.channels;
  const double lost = 0.1 * c.channels * c.channels + 0.05 * std::pow(c.sparsity, 4) + 0.1 / std::pow(2.0, c.bits) +
                      (c.clusters > 0 ? 0.02 / static_cast<double>(c.clusters) : 0);
  const double bits = c.clusters > 0 ? std::log2(c.clusters) : static_cast<double>(c.bits);
  json result{{"score", {{"value", 0.951 - lost / (1 + 0.1 * epochs)}, {"is_accuracy", true}}},
              {"price",
               {{"flash", std::lround(4000 + 20000 * kept)},
                {"stored", std::lround(2500 * kept * bits * (1 - 0.8 * c.sparsity))},
                {"ram", std::lround(2000 + 6000 * kept)},
                {"arena", std::lround(6000 * kept)},
                {"macs", std::lround(1e6 * kept)}}}};
  if (asked.value("keep", false)) result["file"] = "6d6f64656c";  // "model"
  return result.dump();
}

Found searched(Ranks& ranks, const std::string& budget, const SearchSettings& settings = {}) {
  const RunJobs run = [&](const std::vector<Job>& jobs) {
    return ranks.run_all(jobs, formula, [](std::size_t, const std::string&) {});
  };
  return search(settings, budget_of(budget, ""), "cortex-m4", run, {});
}

TEST(Search, ends_in_the_same_whatever_the_number_of_processes_and_their_order) {
  const auto by_one = alone();
  const std::string wanted = to_json(searched(*by_one, "flash=16K"), "x.tflite");
  for (const int size : {1, 2, 7, 64, 1000}) {
    SimulatedRanks ranks(size, [](const Job& job) { return 1.0 + static_cast<double>(job.text.size() % 7); });
    EXPECT_EQ(to_json(searched(ranks, "flash=16K"), "x.tflite"), wanted) << size;
  }
}

TEST(Search, with_a_budget_ends_with_the_best_within_it) {
  const auto ranks = alone();
  const Found found = searched(*ranks, "flash=16K,stored=12000");
  const Tried& chosen = found.tried[found.chosen];
  EXPECT_LE(chosen.price.flash, 16384);
  EXPECT_LE(chosen.price.stored, 12000);
  EXPECT_TRUE(chosen.finalist);
  for (const Tried& t : found.tried) {
    const bool within = t.price.flash <= 16384 && t.price.stored <= 12000;
    if (t.finalist && within) {
      EXPECT_GE(t.lost, chosen.lost);
    }
  }
  EXPECT_EQ(found.file.size(), 5U);
  EXPECT_EQ(found.file.at(0), std::byte{'m'});
}

TEST(Search, without_one_ends_with_the_smallest_that_loses_little_enough) {
  const auto ranks = alone();
  const Found strict = searched(*ranks, "", {.max_drop = 0.5}), loose = searched(*ranks, "", {.max_drop = 3});
  EXPECT_LE(strict.tried[strict.chosen].lost, 0.5);
  EXPECT_LE(loose.tried[loose.chosen].lost, 3);
  EXPECT_LT(loose.tried[loose.chosen].price.stored, strict.tried[strict.chosen].price.stored);
}

TEST(Search, tries_as_many_candidates_as_it_may_and_none_twice) {
  const auto ranks = alone();
  const Found found = searched(*ranks, "", {.candidates = 30, .finalists = 2});
  std::set<std::string> different;
  for (const Tried& t : found.tried) {
    if (!t.finalist) different.insert(to_string(t.candidate));
  }
  EXPECT_EQ(different.size(), 30U);
  EXPECT_EQ(found.tried.size(), 32U);
}

TEST(Search, says_which_budget_cannot_be_met_before_it_trains) {
  int trained = 0;
  const RunJobs run = [&](const std::vector<Job>& jobs) {
    std::vector<std::string> results;
    for (const Job& job : jobs) {
      trained += job.text.find("\"train\"") != std::string::npos;
      results.push_back(formula(job.text));
    }
    return results;
  };
  const auto refuses = [&](const char* budget, const auto& line) {
    EXPECT_THAT([&] { search({}, budget_of(budget, ""), "cortex-m4", run, {}); }, ThrowsMessage<Error>(line));
    EXPECT_EQ(trained, 0);
  };
  // 70 % of the channels can go: 4000 + 0.3 * 20000.
  refuses("flash=8000,ram=16K", AllOf(HasSubstr("flash 10,000 bytes, 2,000 more than the budget's 8,000"),
                                      HasSubstr("70 % of the multiply-adds")));
  // 2500 * 0.4 * 2 * (1 - 0.8 * 0.9): shares of 0, 20, 40 and 60 %.
  refuses("stored=500", AllOf(HasSubstr("stored 560 bytes, 60 more than the budget's 500"), HasSubstr("channels=0.6")));
}

TEST(Search, says_how_much_more_is_lost_than_may_be) {
  const auto ranks = alone();
  EXPECT_THAT([&] { searched(*ranks, "flash=11000", {.max_drop = 1}); },
              ThrowsMessage<Error>(AllOf(HasSubstr("max-drop: the best candidate within the budget loses"),
                                         HasSubstr("channels=0.65"))));
}

TEST(Search, wrong_settings_are_refused) {
  const auto ranks = alone();
  EXPECT_THROW(searched(*ranks, "", {.candidates = 0}), Error);
  EXPECT_THROW(searched(*ranks, "", {.finalists = 0}), Error);
  EXPECT_THROW(searched(*ranks, "", {.epochs = -1}), Error);
  EXPECT_THROW(searched(*ranks, "", {.max_drop = std::nan("")}), Error);
}

TEST(SimulatedRanks, begins_the_longest_first_and_counts_who_waits) {
  // 2 ranks: 5 against 3 + 2, then both 1: 6 seconds, none waits.
  SimulatedRanks ranks(2, [](const Job& job) { return job.expected; });
  std::vector<std::size_t> order;
  const auto results = ranks.run_all(
      {{"a", 1}, {"b", 5}, {"c", 3}, {"d", 2}, {"e", 1}}, [](const std::string& job) { return job + "!"; },
      [&](std::size_t job, const std::string&) { order.push_back(job); });
  EXPECT_THAT(results, testing::ElementsAre("a!", "b!", "c!", "d!", "e!"));
  EXPECT_THAT(order, testing::ElementsAre(2, 1, 3, 0, 4));
  EXPECT_EQ(ranks.elapsed(), 6);
  EXPECT_EQ(ranks.efficiency(), 1);
}

}  // namespace
}  // namespace mirim
