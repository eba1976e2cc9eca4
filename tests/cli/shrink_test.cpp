#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/program.hpp"

// shrink as users run it, on 600 small images.
namespace mirim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Shrink : public ProgramTest {
 protected:
  Shrink() { good("train net.toml --data idx:data -o float.tflite --epochs 4 --learning-rate 0.01"); }

  /// The last line of stderr, of a command that ends with 1 and writes no model.
  std::string refused(const std::string& arguments) const {
    const Ended ended = mirim("shrink float.tflite --data idx:data -o x.tflite " + arguments);
    EXPECT_EQ(ended.code, 1) << arguments << "\n" << ended.err;
    EXPECT_EQ(ended.out, "");
    EXPECT_FALSE(std::filesystem::exists(at("x.tflite")));
    const std::size_t last = ended.err.rfind('\n', ended.err.size() - 2);
    return ended.err.substr(last == std::string::npos ? 0 : last + 1);
  }

  /// Open MPI keeps some of its memory to the end; only the sanitized build looks.
  static constexpr const char* kTwo = "env ASAN_OPTIONS=detect_leaks=0 mpirun --allow-run-as-root --oversubscribe -n 2";
  const std::string few_ = "--candidates 6 --finalists 2 --first-epochs 1 --epochs 3 ";
};

TEST_F(Shrink, ends_in_a_sound_model_that_is_smaller_and_as_good) {
  const json found = json::parse(good("shrink float.tflite --data idx:data --json -o small.tflite " + few_));
  EXPECT_EQ(mirim("verify small.tflite").code, 0);
  good("quantize float.tflite --data idx:data -o int8.tflite");
  const auto stored = [&](const char* model) {
    return json::parse(good(std::string("cost --estimate --stored --json ") + model))["stored"]["bytes"].get<int>();
  };
  EXPECT_LT(stored("small.tflite"), stored("int8.tflite"));
  EXPECT_EQ(found["candidates"][found["chosen"].get<std::size_t>()]["stored"], stored("small.tflite"));
  EXPECT_GE(found["after"].get<double>(), found["before"].get<double>() - 0.01);
  EXPECT_EQ(found["candidates"].size(), 8U);
  EXPECT_EQ(found["sensitivity"].size(), 2U);
}

TEST_F(Shrink, a_board_s_budget_is_met) {
  const std::string table =
      good("shrink float.tflite --data idx:data --device nano33ble --budget macs=700 -o small.tflite " + few_);
  EXPECT_THAT(table, AllOf(HasSubstr("chosen"), HasSubstr("small.tflite: ")));
  EXPECT_LE(json::parse(good("cost --estimate --json small.tflite"))["macs"], 700);
}

TEST_F(Shrink, killed_anywhere_it_goes_on_to_the_same_bytes) {
  const std::string all = "shrink float.tflite --data idx:data --candidates 10 --first-epochs 4 ";
  good(all + "-o whole.tflite");
  // Killed once the journal has so many lines: before the first trial, among them, near the end.
  for (const int lines : {1, 4, 9}) {
    const Ended killed =
        mirim(all + "-o parts.tflite & pid=$!; while kill -0 $pid && [ \"$(cat parts.tflite.journal | wc -l)\" -lt " +
              std::to_string(lines) + " ]; do sleep 0.01; done; kill -KILL $pid; wait $pid");
    EXPECT_EQ(killed.code, 137) << lines << killed.err;
    EXPECT_FALSE(std::filesystem::exists(at("parts.tflite")));
  }
  good(all + "-o parts.tflite");
  EXPECT_TRUE(read_file(at("parts.tflite")) == read_file(at("whole.tflite")));
}

TEST_F(Shrink, several_processes_end_in_the_same_bytes) {
  if (std::system("command -v mpirun >/dev/null") != 0) GTEST_SKIP() << "mpirun is not installed (openmpi-bin)";
  const std::string all = "shrink float.tflite --data idx:data " + few_;
  good(all + "-o one.tflite");
  const Ended ended = mirim(all + "-o two.tflite", kTwo);
  if (ended.err.find("built without MPI") != std::string::npos) GTEST_SKIP() << "built without MPI";
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("2 processes"));
  EXPECT_TRUE(read_file(at("two.tflite")) == read_file(at("one.tflite")));

  // An Error is one line there too, and all processes end.
  const Ended wrong = mirim(all + "--budget ram=1K -o x.tflite", std::string("timeout 60 ") + kTwo);
  EXPECT_NE(wrong.code, 0);
  EXPECT_NE(wrong.code, 124);
  EXPECT_THAT(wrong.err, HasSubstr("mirim: ram "));
}

TEST_F(Shrink, a_killed_process_ends_all_and_the_same_command_goes_on_to_the_same_front) {
  if (std::system("command -v mpirun >/dev/null") != 0) GTEST_SKIP() << "mpirun is not installed (openmpi-bin)";
  const std::string all = "shrink float.tflite --data idx:data --candidates 10 --finalists 2 --first-epochs 4 --json ";
  const json whole = json::parse(good(all + "-o whole.tflite"));
  for (const int rank : {1, 0}) {
    const std::string parts = fmt::format("-o parts{0}.tflite --journal parts{0}.journal", rank);
    // Once it has a few results one of the two is killed.
    const Ended killed =
        mirim(all + parts +
                  fmt::format(
                      " & pid=$!; while kill -0 $pid && [ \"$(cat parts{0}.journal | wc -l)\" -lt 4 ]; do sleep 0.01; "
                      "done; for p in /proc/[0-9]*; do [ \"$(readlink $p/cwd)\" = \"$PWD\" ] && "
                      "tr '\\0' '\\n' <$p/environ | grep -qxE '(OMPI_COMM_WORLD_RANK|PMI_RANK)={0}' && "
                      "kill -KILL ${{p#/proc/}}; done; wait $pid",
                      rank),
              std::string("timeout 60 ") + kTwo);
    if (killed.err.find("built without MPI") != std::string::npos) GTEST_SKIP() << "built without MPI";
    EXPECT_NE(killed.code, 0) << rank;
    EXPECT_NE(killed.code, 124) << "the other process waits for ever";
    EXPECT_FALSE(std::filesystem::exists(at(fmt::format("parts{}.tflite", rank))));
    // What is left of mirim says it in a line; the rest is mpirun's. A worker without rank 0 has nobody to speak for.
    int lines = 0;
    std::istringstream said(killed.err);
    for (std::string line; std::getline(said, line);) {
      if (!line.starts_with("mirim: ")) continue;
      ++lines;
      EXPECT_EQ(line, "mirim: stopped; the same command goes on from parts1.journal");
    }
    EXPECT_EQ(lines, rank == 0 ? 0 : 1) << killed.err;
    std::istringstream journal(read_text(at(fmt::format("parts{}.journal", rank))));
    for (std::string line; std::getline(journal, line) && !journal.eof();) EXPECT_TRUE(json::accept(line)) << line;

    const Ended ended = mirim(all + parts, kTwo);
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(fmt::format("parts{}.journal: goes on with", rank)));
    const json found = json::parse(ended.out);
    for (const char* part : {"candidates", "front", "chosen", "after"}) {
      EXPECT_EQ(found.at(part), whole.at(part)) << part;
    }
    EXPECT_TRUE(read_file(at(fmt::format("parts{}.tflite", rank))) == read_file(at("whole.tflite")));
  }
}

TEST_F(Shrink, says_in_a_line_what_cannot_be) {
  EXPECT_THAT(refused("--budget flash=1K,ram=16K"),
              AllOf(testing::StartsWith("mirim: flash "), HasSubstr("more than the budget's 1,024"),
                    HasSubstr("% of the multiply-adds gone"), Not(HasSubstr("ram"))));
  EXPECT_THAT(refused("--budget stored=10"), AllOf(HasSubstr("mirim: stored "), HasSubstr("more than the budget's 10"),
                                                   HasSubstr("the smallest candidate: channels=")));
  EXPECT_THAT(refused("--budget flash"), HasSubstr("is not NAME=SIZE"));
  EXPECT_THAT(refused("--device nothing"), HasSubstr("nothing"));
  EXPECT_THAT(refused("--candidates 0"), HasSubstr("candidates is 0"));
  EXPECT_THAT(refused("--seed 2"), HasSubstr("the journal is of another search: its training is"));
  good("quantize float.tflite --data idx:data -o int8.tflite");
  EXPECT_EQ(mirim("shrink int8.tflite --data idx:data -o y.tflite").code, 1);
}

}  // namespace
}  // namespace mirim
