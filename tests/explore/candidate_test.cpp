#include "mirim/explore/candidate.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Candidate, a_text_is_read_as_the_candidate_that_it_was_made_of) {
  const Candidate candidate{.channels = 0.2,
                            .sparsity = 0.75,
                            .bits = 4,
                            .layers = {{"conv1", {.sparsity = 0.5, .bits = 8}}, {"it's a\\b; c", {.clusters = 32}}}};
  EXPECT_EQ(parse_candidate(to_string(candidate)), candidate);
  EXPECT_EQ(parse_candidate(to_string(Candidate{})), Candidate{});
}

TEST(Candidate, its_text_can_be_read_by_people) {
  const Candidate candidate{.channels = 0.2, .sparsity = 0.75, .bits = 4, .layers = {{"conv1", {.bits = 8}}}};
  EXPECT_EQ(to_string(candidate), "channels=0.2 sparsity=0.75 clusters=0 bits=4; 'conv1' bits=8");
}

TEST(Candidate, other_texts_are_refused) {
  const auto refuses = [](const char* text, const char* line) {
    EXPECT_THAT([&] { parse_candidate(text); }, ThrowsMessage<Error>(HasSubstr(line))) << text;
  };
  refuses("channels", "not KEY=NUMBER");
  refuses("sparsity=much", "no number");
  refuses("colours=3", "unknown 'colours'");
  refuses("bits=8; conv1 bits=4", "no layer's name in quotes");
  refuses("bits=8; 'conv1", "a name without an end");
  refuses("bits=8; 'conv1' channels=0.5", "unknown 'channels'");
}

}  // namespace
}  // namespace mirim
