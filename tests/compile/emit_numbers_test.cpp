#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/machine/process.hpp"
#include "tests/compile/graphs.hpp"

// Names, scales and conversions in the files of a firmware.
namespace mirim {
namespace {

using testing::HasSubstr;
using testing::Not;

Graph scaled() {
  Graph graph = test::parse(R"(
graph "g" (%x: int8[1x2]{scale=0.5, zero_point=-3}) -> (%y) {
  %w: int8[3x2]{scale=0.01, zero_point=0} = random(1)
  %y: int8[1x3]{scale=0.25, zero_point=10} = FULLY_CONNECTED(%x, %w, _)
})");
  set_scaling(graph[graph.inputs[0]], {{1000, 0.5F}, {200, 0.25F}});
  set_labels(graph[graph.inputs[0]], {"a \"b\"",
                                      "naïve?"
                                      "?/"});
  set_labels(graph[graph.outputs[0]], {"no", "yes", "perhaps"});
  return graph;
}

TEST(EmitNumbers, conversions_have_the_values_that_can_be_computed_by_hand) {
  for (const bool reentrant : {false, true}) {
    const TemporaryFolder folder;
    write_artifact(folder.path(), compile(scaled(), {.target = "host", .name = "net", .reentrant = reentrant}));
    const std::string context = reentrant ? "&c, " : "";
    // (1100 - 1000) / 200 = 0.5, one step: -2; (0.1875 - 0.5) / 0.25 = -1.25, 2.5 steps, away from 0: -3 - 3. What is
    // too large or no number ends at the ends.
    write_temporary_file(
        folder.path() / "user.c",
        std::string_view(std::string(R"(#include "net.h"
#include <math.h>
#include <stdio.h>
static const char* const classes[NET_CLASS_COUNT] = NET_CLASS_NAMES;
static const char* const features[] = NET_INPUT_0_NAMES;
static const float mean[] = NET_INPUT_0_MEAN;
int main(void) {
)") + (reentrant ? "  static net_context c;\n" : "") +
                         "  signed char* x = (signed char*)net_input(" + context +
                         "0);\n"
                         "  const float at[2] = {1100, 0.1875f}, far[2] = {1e30f, NAN};\n"
                         "  net_quantize_input_0(" +
                         context +
                         "at);\n"
                         "  printf(\"%d %d\\n\", x[0], x[1]);\n"
                         "  net_quantize_input_0(" +
                         context +
                         "far);\n"
                         "  printf(\"%d %d\\n\", x[0], x[1]);\n"
                         "  float y[3];\n"
                         "  ((signed char*)net_output(" +
                         context +
                         "0))[2] = 12;\n"
                         "  net_dequantize_output_0(" +
                         context +
                         "y);\n"
                         "  printf(\"%g %s %s %s %g\\n\", y[2], classes[1], features[0], features[1], mean[0]);\n"
                         "  return 0;\n}\n"));
    const auto run = [&](const std::string& program, const std::vector<std::string>& arguments) {
      const ProcessResult result = run_process(program, arguments, folder.path());
      EXPECT_EQ(result.exit_code, 0) << result.output;
      return result.output;
    };
    run("gcc", {"-std=c99", "-Wno-cast-qual", "-c", "user.c", "-I.", "-o", "user.o"});
    run("g++", {"-std=c++17", "-Wall", "-Wextra", "-Werror", "net.cpp", "user.o", "-I.", "-o", "user"});
    EXPECT_EQ(run((folder.path() / "user").string(), {}),
              "-2 -6\n127 -128\n0.5 yes a \"b\" naïve?"
              "?/ 1000\n");
  }
}

TEST(EmitNumbers, a_model_without_names_or_scales_has_no_macros_of_them) {
  Graph graph = scaled();
  set_scaling(graph[graph.inputs[0]], {});
  set_labels(graph[graph.inputs[0]], {});
  set_labels(graph[graph.outputs[0]], {});
  const Artifact artifact = compile(std::move(graph), {.name = "net"});
  for (const auto& file : artifact.files) {
    if (file.path != "net.h") continue;
    EXPECT_THAT(file.text, Not(HasSubstr("_MEAN")));
    EXPECT_THAT(file.text, Not(HasSubstr("_NAMES")));
    EXPECT_THAT(file.text, Not(HasSubstr("CLASS")));
    EXPECT_THAT(file.text, HasSubstr("void net_quantize_input_0(const float* from);"));
  }
}

TEST(EmitNumbers, the_folders_description_keeps_names_and_scales) {
  const TemporaryFolder folder;
  const Artifact artifact = compile(scaled(), {.name = "net"});
  write_artifact(folder.path(), artifact);
  EXPECT_EQ(read_firmware(folder.path()), artifact.firmware);
  EXPECT_EQ(artifact.firmware.inputs[0].scaling, (Scaling{{1000, 0.5F}, {200, 0.25F}}));
}

}  // namespace
}  // namespace mirim
