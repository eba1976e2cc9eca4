// The side of bench/host that times mirim: asked on standard input, answers on standard output, a line each.
//
//   host_speed [--threads N]           reads "SECONDS BATCH MODEL"; answers microseconds an image, or "error: ..."
//   host_speed --nodes MODEL [BATCH]   where the time goes: microseconds of each node

#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/recipe/model_file.hpp"

namespace {

using mirim::Interpreter;

/// CPU time of one thread, so that what other work on the machine takes does not count; else time on the clock.
double seconds_now(int threads) {
  timespec now{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The least time of one call, in microseconds: over runs of about 0.5 ms each, for `seconds` altogether.
double least_us(const std::function<void()>& call, double seconds, int threads) {
  call();
  double least = std::numeric_limits<double>::infinity();
  std::int64_t calls = 1;
  for (const double begin = seconds_now(threads); seconds_now(threads) - begin < seconds;) {
    const double start = seconds_now(threads);
    for (std::int64_t i = 0; i < calls; ++i) call();
    const double elapsed = seconds_now(threads) - start;
    if (elapsed < 5e-4) calls = std::max(calls + 1, static_cast<std::int64_t>(static_cast<double>(calls) * 1.5));
    least = std::min(least, 1e6 * elapsed / static_cast<double>(calls));
  }
  return least;
}

void fill(Interpreter& interpreter) {
  mirim::Random random(1);
  for (int i = 0; i < static_cast<int>(interpreter.graph().inputs.size()); ++i) {
    const mirim::TensorView input = interpreter.input(i);
    if (input.dtype() == mirim::DType::float32) {
      for (float& v : input.as<float>()) v = random.normal();
    } else if (input.dtype() == mirim::DType::int8) {
      for (std::byte& b : input.bytes) b = static_cast<std::byte>(random.below(256));
    }
  }
}

/// `batch` images at once, split among the threads.
class Images {
 public:
  Images(const std::string& path, std::int64_t batch, int threads) {
    const mirim::Model model = mirim::read_runnable_model(path);
    const auto parts = std::min<std::int64_t>(threads, batch);
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t images = batch * (part + 1) / parts - batch * part / parts;
      mirim::Graph graph = images == 1 ? model.main() : mirim::rebatch(model.main(), images);
      interpreters_.push_back(std::make_unique<Interpreter>(std::move(graph)));
      fill(*interpreters_.back());
    }
  }
  void run() {
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < interpreters_.size(); ++i) others.emplace_back([this, i] { interpreters_[i]->run(); });
    interpreters_[0]->run();
    for (std::thread& thread : others) thread.join();
  }
  Interpreter& first() { return *interpreters_[0]; }

 private:
  std::vector<std::unique_ptr<Interpreter>> interpreters_;
};

void answer_questions(int threads) {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    double seconds = 0;
    std::int64_t batch = 0;
    std::string path;
    words >> seconds >> batch >> std::ws;
    std::getline(words, path);
    try {
      Images images(path, batch, threads);
      const double us = least_us([&] { images.run(); }, seconds, threads) / static_cast<double>(batch);
      std::cout << fmt::format("{:.5f}", us) << std::endl;
    } catch (const mirim::Error& error) {
      std::cout << "error: " << error.what() << std::endl;
    }
  }
}

/// Each node's time is the difference between running up to it and up to the one before, least of many rounds.
void print_nodes(const std::string& path, std::int64_t batch) {
  Images images(path, batch, 1);
  Interpreter& interpreter = images.first();
  const std::size_t nodes = interpreter.graph().nodes.size();
  std::vector<double> least(nodes + 1, std::numeric_limits<double>::infinity());
  for (int round = 0; round < 100; ++round) {
    for (std::size_t n = 0; n <= nodes; ++n) {
      const double us = least_us([&] { interpreter.run(static_cast<int>(n)); }, 2e-3, 1);
      least[n] = std::min(least[n], us / static_cast<double>(batch));
    }
  }
  for (std::size_t n = 0; n < nodes; ++n) {
    const mirim::Node& node = interpreter.graph().nodes[n];
    const std::string shape = node.outputs.empty() ? "" : to_string(interpreter.graph()[node.outputs[0]].type.shape);
    fmt::print("{:9.3f}  {} {}\n", least[n + 1] - least[n], node.op.name(), shape);
  }
  fmt::print("{:9.3f}  in all\n", least[nodes]);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() >= 2 && words[0] == "--nodes") {
      print_nodes(words[1], words.size() > 2 ? std::stoll(words[2]) : 1);
    } else {
      answer_questions(words.size() == 2 && words[0] == "--threads" ? std::stoi(words[1]) : 1);
    }
  } catch (const mirim::Error& error) {
    std::cerr << "host_speed: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
