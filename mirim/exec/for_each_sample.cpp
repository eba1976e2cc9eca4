#include <algorithm>
#include <exception>
#include <thread>

#include "mirim/exec/interpreter.hpp"

namespace mirim {

void for_each_sample(const Graph& graph, std::int64_t samples, int threads,
                     const std::function<void(Interpreter&, std::int64_t sample)>& each) {
  const auto parts = std::max<std::int64_t>(1, std::min<std::int64_t>(threads, samples));
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(parts));
  const auto work = [&](std::int64_t part) {
    try {
      Interpreter interpreter(graph);
      for (std::int64_t s = samples * part / parts; s < samples * (part + 1) / parts; ++s) each(interpreter, s);
    } catch (...) {
      errors[static_cast<std::size_t>(part)] = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  for (std::int64_t part = 1; part < parts; ++part) others.emplace_back(work, part);
  work(0);
  for (std::thread& thread : others) thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace mirim
