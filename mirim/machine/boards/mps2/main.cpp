// Feeds samples to a compiled model on the emulated board and writes its answers. "model_under_test.hpp" is made by the
// runner for the model at hand: the class Model with its inputs, outputs and their sizes. Files are in the emulator's
// working directory:
//
//   samples.bin  in    for each sample the bytes of all inputs, one after the other
//   answers.bin  out   for each sample the bytes of all outputs
//   report.bin   out   two uint32: peak stack of one inference in bytes, ticks of timer 0 (25 MHz) that it took
//
// Each pair of markers encloses one inference: first an empty pair, whose count is the cost of the markers; then a
// warm-up on the first sample, over a painted stack; then, after a reset, every sample.

#include "model_under_test.hpp"
#include "semihosting.hpp"

extern "C" {
extern uint32_t stack_limit[];
void measure_begin();
void measure_end();
}

// Not inlined, not merged with each other, entered by a call.
__attribute__((noinline, noclone, used)) void measure_begin() { __asm volatile("@ begin" ::: "memory"); }
__attribute__((noinline, noclone, used)) void measure_end() { __asm volatile("@ end" ::: "memory"); }

namespace {

constexpr uint32_t paint = 0xC5C5C5C5u;
constexpr uint32_t painted_words = 64 * 1024 / 4;

// CMSDK APB timer 0: counts down from `value`. With `-icount shift=0` an instruction is 1 ns and a tick 40 of them.
struct Timer {
  volatile uint32_t control, value, reload;
};

[[noreturn]] void fail(const char* text) {
  write_console(text);
  exit_machine(1);
}

template <int N>
int32_t open_or_fail(const char (&name)[N], OpenMode mode) {
  const int32_t handle = open_file(name, N - 1, mode);
  if (handle < 0) fail("the firmware cannot open its files\n");
  return handle;
}

void feed(int32_t samples) {
  for (int i = 0; i < Model::inputs; ++i) {
    if (read_file(samples, Model::input(i), Model::input_bytes[i]) != 0) fail("samples.bin ended within a sample\n");
  }
}

void answer(int32_t answers) {
  for (int i = 0; i < Model::outputs; ++i) {
    if (write_file(answers, Model::output(i), Model::output_bytes[i]) != 0)
      fail("answers.bin cannot be written: is the disk full?\n");
  }
}

// One inference over a painted stack. Always inlined, so that everything below the stack pointer read here is the
// model's.
__attribute__((always_inline)) inline uint32_t peak_stack_of_a_run() {
  uint32_t* sp;
  __asm volatile("mov %0, sp" : "=r"(sp)::"memory");
  uint32_t* lowest = sp - painted_words;
  if (lowest < stack_limit) lowest = stack_limit;
  for (volatile uint32_t* p = lowest; p != sp; ++p) *p = paint;
  measure_begin();
  Model::run();
  measure_end();
  const volatile uint32_t* p = lowest;
  while (p != sp && *p == paint) ++p;
  return static_cast<uint32_t>(sp - p) * 4;
}

}  // namespace

int main() {
  Timer& timer = *reinterpret_cast<Timer*>(0x40000000u);
  const int32_t samples = open_or_fail("samples.bin", OpenMode::read_binary);
  uint32_t sample_bytes = 0;
  for (int i = 0; i < Model::inputs; ++i) sample_bytes += Model::input_bytes[i];
  const uint32_t count = static_cast<uint32_t>(file_length(samples)) / sample_bytes;
  const int32_t answers = open_or_fail("answers.bin", OpenMode::write_binary);

  measure_begin();
  measure_end();

  Model::reset();
  uint32_t report[2] = {};
  {
    const int32_t warm_up = open_or_fail("samples.bin", OpenMode::read_binary);
    feed(warm_up);
    close_file(warm_up);
    report[0] = peak_stack_of_a_run();
  }
  Model::reset();
  for (uint32_t i = 0; i < count; ++i) {
    feed(samples);
    timer.control = 0;
    timer.reload = timer.value = 0xFFFFFFFFu;
    timer.control = 1;
    measure_begin();
    Model::run();
    measure_end();
    if (i == 0) report[1] = 0xFFFFFFFFu - timer.value;
    answer(answers);
  }
  close_file(answers);
  const int32_t file = open_or_fail("report.bin", OpenMode::write_binary);
  if (write_file(file, report, sizeof report) != 0) fail("report.bin cannot be written: is the disk full?\n");
  close_file(file);
  return 0;
}
