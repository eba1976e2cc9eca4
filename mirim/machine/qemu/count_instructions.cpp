// A QEMU TCG plugin: counts the guest's instructions between two marker functions, exactly.
//
//   qemu-system-arm ... -plugin count_instructions.so,begin=ADDRESS,end=ADDRESS,output=FILE[,map=FILE,steps=FILE]
//                               [,cycles=FILE][,step_cycles=FILE]
//
// Each time `end` is entered after `begin`, one number is recorded; FILE gets them at exit as decimal lines. A number
// is the count of instructions executed after begin's first block and before end's first one. So two empty markers in a
// row give the cost of the call of `end`, which the reader subtracts.
//
// `map` has lines "ADDRESS STEP" in rising order (decimal); code from that address to the next line's belongs to this
// step, or to none if it is negative. `steps` gets the instructions of each step between the last pair of markers, from
// step 0 on. Code of no step, such as a kernel, counts for the step that ran last: its caller.
//
// `cycles` gets a line for each number of FILE: the cycles that a Cortex-M4 with memory of no wait states is estimated
// to take (cortex_m4_cycles.hpp), end's own block included, then for each kind of flash (kFlashKinds) the reads that
// its caches need. `step_cycles` gets such a line for each step, as `steps` the instructions; it needs `map` and
// `cycles`.
//
// QEMU's plugin header is not packaged by Debian, so the dozen declarations needed are here (plugin API version 1, QEMU
// 7.2: https://www.qemu.org/docs/master/devel/tcg-plugins.html).

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "mirim/machine/flash.hpp"
#include "mirim/machine/qemu/cortex_m4_cycles.hpp"
#include "mirim/machine/qemu/flash_cache.hpp"

extern "C" {
struct qemu_plugin_tb;
struct qemu_plugin_insn;
using qemu_plugin_id_t = std::uint64_t;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_mem_rw { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W, QEMU_PLUGIN_MEM_RW };
using qemu_plugin_meminfo_t = std::uint32_t;
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_cb(qemu_plugin_tb*, void (*)(unsigned, void*), qemu_plugin_cb_flags, void*);
void qemu_plugin_register_vcpu_tb_exec_inline(qemu_plugin_tb*, qemu_plugin_op, void*, std::uint64_t);
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn*, void (*)(unsigned, void*), qemu_plugin_cb_flags, void*);
void qemu_plugin_register_vcpu_mem_cb(qemu_plugin_insn*,
                                      void (*)(unsigned, qemu_plugin_meminfo_t, std::uint64_t, void*),
                                      qemu_plugin_cb_flags, qemu_plugin_mem_rw, void*);
unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void*), void*);
std::size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb*);
std::uint64_t qemu_plugin_tb_vaddr(const qemu_plugin_tb*);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb*, std::size_t);
std::uint64_t qemu_plugin_insn_vaddr(const qemu_plugin_insn*);
const void* qemu_plugin_insn_data(const qemu_plugin_insn*);
std::size_t qemu_plugin_insn_size(const qemu_plugin_insn*);

extern __attribute__((visibility("default"))) int qemu_plugin_version;
__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t, const void*, int, char**);
}

int qemu_plugin_version = 1;

namespace {

using mirim::kCyclesOfBranchTaken;
using mirim::kFlashKinds;
using mirim::M4Instruction;

// Code and constants are in Armv7-M's code region, data above it.
constexpr std::uint64_t kEndOfFlash = 0x20000000;

std::uint64_t begin_address = 0;
std::uint64_t end_address = 0;

// Never destroyed: QEMU calls on_exit after the destructors of this library's statics have run.
std::string& output_path = *new std::string;
std::vector<std::uint64_t>& counts = *new std::vector<std::uint64_t>;

std::uint64_t executed = 0;  // since the machine started; QEMU adds to it inline, a block at a time
std::uint64_t at_begin = 0;
bool inside = false;

// With a map: the step from this address on; and the instructions of each step since `begin`.
std::string& steps_path = *new std::string;
std::map<std::uint64_t, int>& step_from = *new std::map<std::uint64_t, int>;
std::vector<std::uint64_t>& of_step = *new std::vector<std::uint64_t>;
int current = 0;

// With cycles: those since `begin`, and where the last block ended.
struct Cycles {
  std::uint64_t core = 0;
  std::uint64_t flash_reads[kFlashKinds.size()] = {};
};
std::string& cycles_path = *new std::string;
std::vector<Cycles>& cycle_counts = *new std::vector<Cycles>;
Cycles cycles;
std::uint64_t last_end = 0;
std::string& step_cycles_path = *new std::string;
std::vector<Cycles>& cycles_of_step = *new std::vector<Cycles>;
std::vector<mirim::FlashCaches>& caches = *new std::vector<mirim::FlashCaches>(kFlashKinds.begin(), kFlashKinds.end());

void on_begin(unsigned, void*) {
  cycles = {};
  at_begin = executed;
  inside = true;
  current = 0;
  std::fill(of_step.begin(), of_step.end(), 0);
  std::fill(cycles_of_step.begin(), cycles_of_step.end(), Cycles{});
}

void on_end(unsigned, void* own_block_size) {
  if (inside) cycle_counts.push_back(cycles);
  if (inside) counts.push_back(executed - at_begin - reinterpret_cast<std::uintptr_t>(own_block_size));
  inside = false;
}

int step_at(std::uint64_t address) {
  const auto next = step_from.upper_bound(address);
  return next == step_from.begin() ? -1 : std::prev(next)->second;
}

struct Block {
  std::uint64_t size;
  int step;  // negative: the caller's
};

void on_block(unsigned, void* data) {
  if (!inside) return;
  const Block& block = *static_cast<const Block*>(data);
  if (block.step >= 0) current = block.step;
  of_step[static_cast<std::size_t>(current)] += block.size;
}

// A block that ends in a call may begin after the previous call; its last instruction decides its step.
void count_for_its_step(qemu_plugin_tb* block, std::size_t size) {
  const int step = step_at(qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(block, size - 1)));
  // QEMU may keep the pointer for any time: never freed.
  qemu_plugin_register_vcpu_tb_exec_cb(block, on_block, QEMU_PLUGIN_CB_NO_REGS, new Block{size, step});
}

struct TimedBlock {
  std::uint64_t begin, end;
  std::uint64_t cycles;
};

void add_cycles(std::uint64_t more) {
  cycles.core += more;
  if (inside && !cycles_of_step.empty()) cycles_of_step[static_cast<std::size_t>(current)].core += more;
}

void add_flash_reads(std::size_t kind, std::uint64_t more) {
  cycles.flash_reads[kind] += more;
  if (inside && !cycles_of_step.empty()) cycles_of_step[static_cast<std::size_t>(current)].flash_reads[kind] += more;
}

void on_timed_block(unsigned, void* data) {
  const TimedBlock& block = *static_cast<const TimedBlock*>(data);
  add_cycles(block.cycles + (block.begin == last_end ? 0 : kCyclesOfBranchTaken));
  last_end = block.end;
  for (std::size_t kind = 0; kind < caches.size(); ++kind) {
    const std::uint64_t reads = caches[kind].instructions.reads(block.begin, block.end - block.begin);
    if (reads > 0) add_flash_reads(kind, reads);
  }
}

void on_access(unsigned, qemu_plugin_meminfo_t info, std::uint64_t address, void*) {
  const unsigned bytes = 1U << qemu_plugin_mem_size_shift(info);
  if (const unsigned more = mirim::m4_unaligned_cycles(address, bytes); more > 0) add_cycles(more);
  if (address >= kEndOfFlash || qemu_plugin_mem_is_store(info)) return;
  for (std::size_t kind = 0; kind < caches.size(); ++kind) {
    const std::uint64_t reads = caches[kind].data.reads(address, bytes);
    if (reads > 0) add_flash_reads(kind, reads);
  }
}

void count_its_cycles(qemu_plugin_tb* block, std::size_t size) {
  auto* timed = new TimedBlock{qemu_plugin_tb_vaddr(block), 0, 0};
  M4Instruction before;
  for (std::size_t i = 0; i < size; ++i) {
    qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
    std::uint16_t halves[2] = {};
    const std::size_t bytes = qemu_plugin_insn_size(instruction);
    std::memcpy(halves, qemu_plugin_insn_data(instruction), std::min(bytes, sizeof halves));
    const M4Instruction decoded = mirim::decode_m4(halves[0], halves[1]);
    timed->cycles += mirim::m4_cycles(decoded, before);
    before = decoded;
    timed->end = qemu_plugin_insn_vaddr(instruction) + bytes;
    qemu_plugin_register_vcpu_mem_cb(instruction, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, nullptr);
  }
  qemu_plugin_register_vcpu_tb_exec_cb(block, on_timed_block, QEMU_PLUGIN_CB_NO_REGS, timed);
}

// A call enters a function at the start of a block, so the address of a block suffices to find the markers. A block's
// size is added before its first instruction's callback runs. So begin's block is left out, and end's is subtracted
// again.
void on_translate(qemu_plugin_id_t, qemu_plugin_tb* block) {
  const std::size_t size = qemu_plugin_tb_n_insns(block);
  const std::uint64_t address = qemu_plugin_tb_vaddr(block);
  qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &executed, size);
  const bool marker = address == begin_address || address == end_address;
  if (!marker && !step_from.empty()) count_for_its_step(block, size);
  if (!cycles_path.empty()) count_its_cycles(block, size);  // after its step is known
  if (marker) {
    qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(block, 0),
                                           address == begin_address ? on_begin : on_end, QEMU_PLUGIN_CB_NO_REGS,
                                           reinterpret_cast<void*>(size));  // NOLINT: QEMU takes numbers so
  }
}

void write_numbers(const std::string& path, const std::vector<std::uint64_t>& numbers) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (!file) return;
  for (std::uint64_t number : numbers) std::fprintf(file, "%" PRIu64 "\n", number);
  std::fclose(file);
}

void write_cycles(const std::string& path, const std::vector<Cycles>& counted) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (!file) return;
  for (const Cycles& each : counted) {
    std::fprintf(file, "%" PRIu64, each.core);
    for (const std::uint64_t reads : each.flash_reads) std::fprintf(file, " %" PRIu64, reads);
    std::fprintf(file, "\n");
  }
  std::fclose(file);
}

void on_exit(qemu_plugin_id_t, void*) {
  write_numbers(output_path, counts);
  if (!steps_path.empty()) write_numbers(steps_path, of_step);
  if (!cycles_path.empty()) write_cycles(cycles_path, cycle_counts);
  if (!step_cycles_path.empty()) write_cycles(step_cycles_path, cycles_of_step);
}

void read_map(const char* path) {
  std::FILE* file = std::fopen(path, "r");
  if (!file) return;
  std::uint64_t address = 0;
  int step = 0, steps = 0;
  while (std::fscanf(file, "%" SCNu64 " %d", &address, &step) == 2) {
    step_from[address] = step;
    steps = std::max(steps, step + 1);
  }
  std::fclose(file);
  of_step.resize(static_cast<std::size_t>(std::max(1, steps)));
  cycles_of_step.resize(of_step.size());
}

}  // namespace

int qemu_plugin_install(qemu_plugin_id_t id, const void*, int argc, char** argv) {
  for (int i = 0; i < argc; ++i) {
    const char* value = std::strchr(argv[i], '=');
    if (!value) continue;
    const std::string key(argv[i], static_cast<std::size_t>(value++ - argv[i]));
    if (key == "begin") begin_address = std::strtoull(value, nullptr, 0);
    if (key == "end") end_address = std::strtoull(value, nullptr, 0);
    if (key == "output") output_path = value;
    if (key == "map") read_map(value);
    if (key == "steps") steps_path = value;
    if (key == "cycles") cycles_path = value;
    if (key == "step_cycles") step_cycles_path = value;
  }
  if (begin_address == 0 || end_address == 0 || output_path.empty()) {
    std::fprintf(stderr, "count_instructions: begin=ADDRESS,end=ADDRESS,output=FILE are needed\n");
    return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
  qemu_plugin_register_atexit_cb(id, on_exit, nullptr);
  return 0;
}
