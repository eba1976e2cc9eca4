#include <gmock/gmock.h>

#include "mirim/base/file.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/exec/random_inputs.hpp"
#include "mirim/machine/process.hpp"
#include "tests/compile/graphs.hpp"

// Random inputs of a firmware.
namespace mirim {
namespace {

Graph noisy() {
  Graph graph = test::parse(R"(
graph "g" (%x: int8[1x6]{scale=0.05, zero_point=3}, %n: int8[1x6]{scale=0.03, zero_point=-5}) -> (%y) {
  %y: int8[1x6]{scale=0.08, zero_point=1} = ADD(%x, %n)
})");
  set_distribution(graph[graph.inputs[1]], Distribution::normal);
  return graph;
}

TEST(EmitRandom, the_program_draws_the_bytes_that_the_host_draws) {
  Interpreter host(noisy());
  draw_random_inputs(host, 7, 123456789012);
  std::string expected;
  for (const std::int8_t byte : host.input(1).as<std::int8_t>()) expected += std::to_string(int{byte}) + "\n";
  for (const bool reentrant : {false, true}) {
    const TemporaryFolder folder;
    write_artifact(folder.path(), compile(noisy(), {.target = "host", .name = "net", .reentrant = reentrant}));
    const std::string context = reentrant ? "&c, " : "", only = reentrant ? "&c" : "";
    write_temporary_file(
        folder.path() / "user.c",
        std::string_view("#include \"net.h\"\n#include <stdio.h>\nint main(void) {\n" +
                         std::string(reentrant ? "  static net_context c;\n" : "") + "  net_draw(" + context +
                         "7, 123456789012);\n  for (int i = 0; i < NET_INPUT_1_ELEMENTS; ++i) "
                         "printf(\"%d\\n\", net_input_1(" +
                         only + ")[i]);\n  return 0;\n}\n"));
    const auto run = [&](const std::string& program, const std::vector<std::string>& arguments) {
      const ProcessResult result = run_process(program, arguments, folder.path());
      EXPECT_EQ(result.exit_code, 0) << result.output;
      return result.output;
    };
    run("gcc", {"-std=c99", "-c", "user.c", "-I.", "-o", "user.o"});
    run("g++", {"-std=c++14", "-Wall", "-Wextra", "-Werror", "net.cpp", "user.o", "-I.", "-o", "user"});
    EXPECT_EQ(run((folder.path() / "user").string(), {}), expected);
  }
}

TEST(EmitRandom, the_folders_description_says_which_inputs_are_random) {
  const TemporaryFolder folder;
  const Artifact artifact = compile(noisy(), {.name = "net"});
  write_artifact(folder.path(), artifact);
  EXPECT_EQ(read_firmware(folder.path()), artifact.firmware);
  EXPECT_EQ(artifact.firmware.inputs[1].random, Distribution::normal);
  for (const auto& file : compile(test::parse(R"(
graph "g" (%x: int8[1x6]{scale=0.05, zero_point=3}) -> (%y) {
  %y: int8[1x6]{scale=0.05, zero_point=3} = RELU(%x)
})"),
                                  {.name = "net"})
                              .files) {
    EXPECT_EQ(file.text.find("_draw("), std::string::npos);
  }
}

}  // namespace
}  // namespace mirim
