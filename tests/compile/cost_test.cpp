#include "mirim/compile/cost.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "mirim/base/error.hpp"
#include "mirim/compile/fit.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/machine/process.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTwoLayers = R"(
graph "two" (%x: int8[1x4x4x2]{scale=0.5, zero_point=0}) -> (%y) {
  %w: int8[3x3x3x2]{scale=0.01, zero_point=0} = random(1)
  %bias: int32[3]{scale=0.005, zero_point=0} = [1, 2, 3]
  %conv: int8[1x4x4x3]{scale=0.5, zero_point=0} = CONV_2D(%x, %w, %bias) {stride_w=1, stride_h=1}
  %shape: int32[2] = [1, 48]
  %flat: int8[1x48]{scale=0.5, zero_point=0} = RESHAPE(%conv, %shape)
  %y: int8[1x48]{scale=0.00390625, zero_point=-128} = SOFTMAX(%flat) {beta=1}
})";

// A core without SMLAD has the plain kernels only, which take no memory of their own.
const CompileOptions kPlain{.target = "cortex-m3"};

TEST(Cost, counts_each_layer_by_hand) {
  const ModelCost total = cost(test::parse(kTwoLayers), kPlain);
  ASSERT_EQ(total.layers.size(), 3);
  const LayerCost& conv = total.layers[0];
  EXPECT_EQ(conv.name, "conv");
  EXPECT_EQ(conv.op, "CONV_2D");
  EXPECT_EQ(conv.input, "int8 1x4x4x2");
  EXPECT_EQ(conv.output, "int8 1x4x4x3");
  EXPECT_EQ(conv.parameters, 3 * 3 * 3 * 2 + 3);
  EXPECT_EQ(conv.macs, 4 * 4 * 3 * 3 * 3 * 2);
  EXPECT_EQ(conv.weight_bytes, 54 + 3 * 4);
  EXPECT_EQ(conv.activation_bytes, 32 + 48);
  EXPECT_EQ(conv.arena_bytes, 80);
  EXPECT_EQ(total.layers[1].parameters, 0) << "a shape is no parameter";
  EXPECT_EQ(total.parameters, 57);
  EXPECT_EQ(total.weight_bytes, 66);
  EXPECT_EQ(total.peak_activation_bytes, 80);
  ASSERT_TRUE(total.memory);
  EXPECT_EQ(total.memory->arena_bytes, 80);
  EXPECT_EQ(total.memory->constant_bytes, 56 + 12 + 4 + 4);
  EXPECT_TRUE(total.memory->code_is_estimate);
}

TEST(Cost, weights_that_two_layers_share_count_once) {
  const ModelCost total = cost(test::parse(R"(
graph "shared" (%x: int8[1x2x2x2]{scale=0.5, zero_point=0}) -> (%b) {
  %w: int8[2x1x1x2]{scale=0.01, zero_point=0} = random(1)
  %a: int8[1x2x2x2]{scale=0.5, zero_point=0} = CONV_2D(%x, %w, _) {stride_w=1, stride_h=1}
  %b: int8[1x2x2x2]{scale=0.5, zero_point=0} = CONV_2D(%a, %w, _) {stride_w=1, stride_h=1}
})"));
  EXPECT_EQ(total.layers[0].parameters + total.layers[1].parameters, 8);
  EXPECT_EQ(total.parameters, 4);
}

TEST(Cost, a_float_model_has_its_costs_and_its_memory) {
  const ModelCost total = cost(test::parse(R"(
graph "float" (%x: float32[1x4]) -> (%y) {
  %w: float32[3x4] = random(1)
  %y: float32[1x3] = FULLY_CONNECTED(%x, %w, _)
})"));
  EXPECT_EQ(total.macs, 12);
  EXPECT_EQ(total.weight_bytes, 48);
  EXPECT_EQ(total.peak_activation_bytes, 28);
  ASSERT_TRUE(total.memory);
  EXPECT_EQ(total.memory->arena_bytes, 28);
  EXPECT_EQ(total.memory->constant_bytes, 48 + 8);  // the weights and the range of the activation
}

TEST(Cost, what_has_no_device_kernel_has_costs_but_no_memory_on_a_device) {
  const ModelCost total = cost(test::parse(R"(
graph "training" (%x: float32[1x4]) -> (%y) {
  %y: float32[1x4] = FAKE_QUANT(%x) {min=-6, max=6, num_bits=8}
})"));
  EXPECT_EQ(total.peak_activation_bytes, 32);
  EXPECT_FALSE(total.memory);
  EXPECT_THAT(total.not_deployable, HasSubstr("(FAKE_QUANT): has no device kernel"));
}

TEST(Cost, the_scratch_memory_of_a_foreign_operator_counts) {
  Graph graph;
  const auto add = [&](const char* name, std::int64_t bytes) {
    return graph.add(Value{.name = name, .type = {DType::int8, {bytes}}});
  };
  graph.inputs = {add("x", 12)};
  const ValueId scratch = add("scratch", 1000);
  graph.outputs = {add("y", 8)};
  graph.nodes.push_back({.op = Opaque{.title = "ethos-u"}, .inputs = {0, scratch}, .outputs = graph.outputs});
  EXPECT_EQ(cost(graph, kPlain).peak_activation_bytes, 12 + 1000 + 8);
}

TEST(Cost, code_size_is_the_linked_images_where_the_compiler_is_there) {
  if (!find_program("arm-none-eabi-g++")) GTEST_SKIP() << "needs Debian's package gcc-arm-none-eabi";
  const ModelCost linked = cost(test::parse(kTwoLayers), {.measure = true});
  EXPECT_FALSE(linked.memory->code_is_estimate);
  const ModelCost estimate = cost(test::parse(kTwoLayers));
  EXPECT_GT(estimate.memory->code_bytes, linked.memory->code_bytes / 3);
  EXPECT_LT(estimate.memory->code_bytes, linked.memory->code_bytes * 3);
}

TEST(Cost, the_arenas_map_has_every_live_tensor) {
  const ModelCost total = cost(test::parse(kTwoLayers), kPlain);
  ASSERT_EQ(total.arena.size(), 2);
  EXPECT_EQ(total.arena[0].name, "x");
  EXPECT_EQ(total.arena[0].first, -1);
  EXPECT_EQ(total.arena[0].last, 0);
  EXPECT_EQ(total.arena[1].name, "conv, flat, y");  // the reshape is a name, softmax works in place
  EXPECT_EQ(total.arena[1].last, 3);
}

TEST(Cost, mlperf_tinys_models_have_the_published_macs_and_weights) {
  struct Case {
    const char* file;
    std::int64_t macs, weights;  // MLPerf Tiny; weights without biases
  };
  for (const Case& c : {Case{"ic_resnet8_int8", 12'501'632, 77'360}, Case{"kws_dscnn_int8", 2'656'768, 22'016},
                        Case{"ad_autoencoder_int8", 264'192, 264'192}}) {
    SCOPED_TRACE(c.file);
    const auto path = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/models/mlperf_tiny" /
                      (std::string(c.file) + ".tflite");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "the shared models are not there";
    const ModelCost total = cost(read_tflite_file(path).main());
    EXPECT_EQ(total.macs, c.macs);
    // A bias has 4 bytes and a weight one: p parameters in b bytes are (4p - b) / 3 weights.
    EXPECT_EQ((4 * total.parameters - total.weight_bytes) / 3, c.weights);
  }
}

TEST(Devices, there_are_twelve_or_more_of_different_names_and_the_nano_is_first) {
  std::set<std::string_view> names;
  for (const Device& device : all_devices()) names.insert(device.name);
  EXPECT_GE(names.size(), 12);
  EXPECT_EQ(names.size(), all_devices().size());
  const Device& nano = all_devices()[0];
  EXPECT_EQ(nano.name, "nano33ble");
  EXPECT_EQ(nano.ram_bytes, 256 * 1024);
  EXPECT_EQ(nano.flash_bytes, 1024 * 1024);
  EXPECT_EQ(nano.clock_mhz, 64);
}

// 4.2 million weights: there is no board to link it for, and the verdict needs none.
TEST(Cost, of_a_model_too_large_to_link_is_an_estimate) {
  const ModelCost large = cost(test::parse(R"(
graph "large" (%x: int8[1x2048]{scale=0.5, zero_point=0}) -> (%y) {
  %w: int8[2100x2048]{scale=0.01, zero_point=0} = random(1)
  %y: int8[1x2100]{scale=0.5, zero_point=0} = FULLY_CONNECTED(%x, %w, _)
})"),
                               {.measure = true});
  ASSERT_TRUE(large.memory);
  EXPECT_TRUE(large.memory->code_is_estimate);
  EXPECT_FALSE(fit(*large.memory, find_device("nano33ble")).fits_flash);
  EXPECT_TRUE(fit(*large.memory, find_device("nano33ble")).fits_ram);
}

TEST(Fit, estimates_time_and_energy_from_the_cycles_of_the_trace) {
  MemoryCost memory = *cost(test::parse(kTwoLayers)).memory;
  EXPECT_GT(*fit(memory, find_device("nano33ble")).milliseconds, 0) << "by prices, before anything runs";
  // 64,000,000 cycles, times 1.1, at 64 MHz and 156 pJ a cycle.
  memory.cycles = CycleCount{.core = 64'000'000, .flash_reads = {8'000'000, 0}};
  const DeviceFit nano = fit(memory, find_device("nano33ble"));
  EXPECT_TRUE(nano.fits());
  EXPECT_NEAR(*nano.milliseconds, 1100, 1e-6);
  EXPECT_NEAR(*nano.millijoules, 64e6 * 1.1 * 156e-9, 1e-9);
  // And 5 for each of 8,000,000 reads, at 120 MHz.
  EXPECT_NEAR(*fit(memory, find_device("nucleo_l4r5zi")).milliseconds, 104e6 * 1.1 / 120e3, 1e-6);
  EXPECT_FALSE(fit(memory, find_device("pico")).milliseconds) << "another core";
}

// 100 KB of arena, 2 KB of stack, 10 KB of constants, 5 KB of code, all counted on a Cortex-M4.
MemoryCost counted() {
  return {.target = "cortex-m4",
          .arena_bytes = 100 * 1024,
          .static_ram_bytes = 100 * 1024,
          .stack_bytes = 2 * 1024,
          .constant_bytes = 10 * 1024,
          .code_bytes = 5 * 1024,
          .stack_is_estimate = false,
          .code_is_estimate = false};
}

TEST(Fit, an_arena_larger_than_the_longest_stretch_does_not_fit_however_much_ram_there_is) {
  MemoryCost memory = counted();
  const Device& discovery = find_device("discovery_f407");  // 128 KB, and 64 KB elsewhere
  EXPECT_EQ(verdict(fit(memory, discovery)), "yes");
  memory.arena_bytes = memory.static_ram_bytes = 144 * 1024;
  EXPECT_EQ(verdict(fit(memory, discovery)), "no: RAM");
  EXPECT_EQ(verdict(fit(memory, find_device("esp32"))), "~yes") << "160 KB in one piece";
  memory.arena_bytes = memory.static_ram_bytes = 600 * 1024;
  for (const char* name : {"esp32", "teensy41", "nucleo_h743zi"})
    EXPECT_EQ(verdict(fit(memory, find_device(name))), "no: RAM") << name;
  EXPECT_EQ(verdict(fit(memory, find_device("nucleo_l4r5zi"))), "yes") << "640 KB in one piece";
}

TEST(Fit, the_stack_counts_as_ram_and_the_code_as_flash) {
  MemoryCost memory = counted();
  const Device& nano = find_device("microbit_v2");  // 128 KB of RAM, 512 KB of flash
  memory.arena_bytes = memory.static_ram_bytes = 126 * 1024;
  EXPECT_EQ(verdict(fit(memory, nano)), "yes");
  memory.stack_bytes += 1;
  EXPECT_EQ(verdict(fit(memory, nano)), "no: RAM");
  memory.constant_bytes = 507 * 1024;
  memory.stack_bytes -= 1;
  EXPECT_EQ(verdict(fit(memory, nano)), "yes");
  memory.code_bytes += 1;
  EXPECT_EQ(verdict(fit(memory, nano)), "no: flash");
}

TEST(Fit, what_was_counted_for_another_core_is_an_estimate) {
  const MemoryCost memory = counted();
  EXPECT_FALSE(fit(memory, find_device("nano33ble")).is_estimate);
  for (const char* name : {"pico", "pico2", "esp32", "teensy41"}) {
    EXPECT_EQ(verdict(fit(memory, find_device(name))), "~yes") << name;
  }
  EXPECT_EQ(verdict(fit(memory, find_device("nano33iot"))), "no: RAM") << "the arena alone is too large on any core";
}

TEST(Fit, every_device_has_a_target_of_its_core) {
  for (const Device& device : all_devices()) {
    EXPECT_EQ(find_target(device.target).core, device.core) << device.name;
    EXPECT_LE(device.array_bytes, device.ram_bytes) << device.name;
  }
}

TEST(Target, is_the_devices_core_and_one_that_contradicts_it_is_refused) {
  EXPECT_EQ(choose_target("", "").name, "cortex-m4");
  EXPECT_EQ(choose_target("", "nano33iot").name, "cortex-m0plus");
  EXPECT_EQ(choose_target("cortex-m0plus", "pico").name, "cortex-m0plus");
  EXPECT_EQ(choose_target("host", "pico").name, "host");
  EXPECT_THROW(choose_target("cortex-m4", "nano33iot"), Error);
  EXPECT_THROW(choose_target("cortex-m0plus", "nano33ble"), Error);
}

// The same integers and floats on every core that QEMU has, whatever it lacks.
TEST(Target, every_emulated_core_gives_the_hosts_bits) {
  const Graph graph = test::parse(kTwoLayers);
  const Bytes input = test::random_samples(graph, 2, 1);
  for (const Target& target : all_targets()) {
    if (target.machine.empty()) continue;
    const TemporaryFolder folder;
    const Artifact artifact = compile(graph, {.target = std::string(target.name)});
    if (!can_emulate(artifact.firmware)) GTEST_SKIP() << "needs Debian's packages " << target.packages;
    write_temporary_artifact(folder.path(), artifact);
    EXPECT_EQ(run_firmware(folder.path(), input).answers, test::interpret(graph, input)) << target.name;
  }
}

}  // namespace
}  // namespace mirim
