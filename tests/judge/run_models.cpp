// Runs many models in one process, for the tests that ask the judges the same.
//
//   run_models --operators    the names of mirim's operators that a .tflite can hold, a line each
//   run_models < STEMS        for each line STEM: STEM.tflite on the runs in STEM.in (the bytes of all inputs of the
//                             first run, of the second, ...), the outputs likewise into STEM.out; a line for each,
//                             "ok", "unsupported WHY" or "refused WHY"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim {
namespace {

void run_model(const std::string& stem) {
  const Bytes given = read_file(stem + ".in");
  BytesView left = given;
  Interpreter interpreter(read_runnable_model(stem + ".tflite").main());
  const Graph& graph = interpreter.graph();
  Bytes answers;
  while (!left.empty()) {
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      const auto bytes = static_cast<std::size_t>(graph[graph.inputs[i]].type.bytes());
      if (bytes > left.size()) fail("{}.in: {} bytes left for input {} of {} bytes", stem, left.size(), i, bytes);
      interpreter.set_input(static_cast<int>(i), left.first(bytes));
      left = left.subspan(bytes);
    }
    interpreter.run();
    for (std::size_t o = 0; o < graph.outputs.size(); ++o) {
      const BytesView answer = interpreter.output(static_cast<int>(o)).bytes;
      answers.insert(answers.end(), answer.begin(), answer.end());
    }
  }
  write_file(stem + ".out", answers);
}

/// Whether the file is sound but for operators or types that mirim lacks.
bool is_unsupported(const std::string& stem) {
  try {
    const Findings found = examine(read_tflite_file(stem + ".tflite"));
    return found.problems.empty() && !found.unsupported.empty();
  } catch (const Error&) {
    return false;
  }
}

std::string outcome(const std::string& stem) {
  try {
    run_model(stem);
    return "ok";
  } catch (const Unsupported& why) {
    return fmt::format("unsupported {}", why.what());
  } catch (const std::exception& why) {
    return fmt::format("{} {}", is_unsupported(stem) ? "unsupported" : "refused", why.what());
  }
}

}  // namespace
}  // namespace mirim

int main(int argc, char**) {
  if (argc > 1) {
    for (const mirim::Op& op : mirim::all_operators().all()) {
      if (op.tflite_code() >= 0) fmt::print("{}\n", op.name());
    }
    return 0;
  }
  for (std::string stem; std::getline(std::cin, stem);) {
    fmt::print("{}\n", mirim::outcome(stem));
    std::fflush(stdout);  // whoever reads knows which model ended the process
  }
}
