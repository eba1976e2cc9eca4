#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "mirim/formats/npy.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"
#include "tests/cli/program.hpp"

// `mirim run` on a model of two inputs and two outputs.
namespace mirim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class Run : public ProgramTest {
 protected:
  Run() {
    Model model;
    model.graphs.push_back(parse_graph(R"(
graph "two" (%left: float32[1x2], %right: float32[1x2]) -> (%difference, %product) {
  %difference: float32[1x2] = SUB(%left, %right)
  %product: float32[1x2] = MUL(%left, %right)
})",
                                       all_operators()));
    model.signatures.push_back(
        {.key = "serving_default", .inputs = {{"a", 0}, {"b", 1}}, .outputs = {{"d", 2}, {"p", 3}}});
    write_tflite_file(at("two.tflite"), model);
    save("l.npy", {1, 2}, {5, 7});
    save("r.npy", {1, 2}, {2, 3});
  }

  void save(const std::string& name, Shape shape, const std::vector<float>& values) const {
    const Tensor array(std::move(shape), values);
    write_npy(at(name), array.type, array.bytes);
  }
  std::vector<float> read(const std::string& name) const {
    const Tensor array = read_npy(at(name));
    return {array.as<float>().begin(), array.as<float>().end()};
  }
};

TEST_F(Run, files_go_to_the_inputs_and_outputs_in_the_models_order) {
  const std::string text = good("run two.tflite --input l.npy --input r.npy --output d.npy --output p.npy");
  EXPECT_EQ(read("d.npy"), (std::vector<float>{3, 4}));
  EXPECT_EQ(read("p.npy"), (std::vector<float>{10, 21}));
  EXPECT_THAT(text, AllOf(HasSubstr("product"), HasSubstr("float32[1x2]"), HasSubstr("21")));
}

TEST_F(Run, files_go_to_the_tensor_or_the_signatures_name_in_front_of_them) {
  good("run two.tflite --input right=r.npy --input a=l.npy --output p=only.npy");
  EXPECT_EQ(read("only.npy"), (std::vector<float>{10, 21}));
  good("run two.tflite --input b=r.npy --input l.npy --output difference=d.npy");
  EXPECT_EQ(read("d.npy"), (std::vector<float>{3, 4}));
}

TEST_F(Run, one_more_axis_means_as_many_runs) {
  save("l3.npy", {3, 1, 2}, {1, 2, 3, 4, 5, 6});
  save("r3.npy", {3, 1, 2}, {1, 1, 2, 2, 3, 3});
  const json result = json::parse(good("run two.tflite --input l3.npy --input r3.npy --output d.npy --json"));
  EXPECT_EQ(read_npy(at("d.npy")).type.shape, (Shape{3, 1, 2}));
  EXPECT_EQ(read("d.npy"), (std::vector<float>{0, 1, 1, 2, 2, 3}));
  EXPECT_EQ(result["runs"], 3);
  EXPECT_EQ(result["outputs"][1]["largest"], 18);
  EXPECT_THAT(bad("run two.tflite --input l3.npy --input r.npy"),
              AllOf(HasSubstr("r.npy"), HasSubstr("l3.npy"), HasSubstr("3")));
}

TEST_F(Run, says_which_files_are_missing_or_too_many_or_of_no_name) {
  EXPECT_THAT(bad("run two.tflite --input l.npy"),
              AllOf(HasSubstr("1 --input"), HasSubstr("2 inputs"), HasSubstr("1 'right' float32[1x2]")));
  EXPECT_THAT(bad("run two.tflite --input l.npy --input r.npy --input r.npy"), HasSubstr("3 --input"));
  EXPECT_THAT(bad("run two.tflite --input l.npy --input rigth=r.npy"), HasSubstr("did you mean 'right'?"));
  EXPECT_THAT(bad("run two.tflite --input a=l.npy --input left=r.npy"), HasSubstr("already"));
  EXPECT_THAT(bad("run two.tflite --input l.npy --input r.npy --output a --output b --output c"),
              HasSubstr("3 --output"));
}

TEST_F(Run, says_what_to_do_with_an_array_that_does_not_fit) {
  save("flat.npy", {2}, {1, 2});
  EXPECT_THAT(bad("run two.tflite --input flat.npy --input r.npy"),
              AllOf(HasSubstr("flat.npy"), HasSubstr("x.reshape(1, 2)")));
  const Tensor doubles(Shape{1, 2}, std::vector<double>{1, 2});
  write_npy(at("doubles.npy"), doubles.type, doubles.bytes);
  EXPECT_THAT(bad("run two.tflite --input doubles.npy --input r.npy"),
              AllOf(HasSubstr("float64"), HasSubstr("x.astype('float32')")));
}

TEST_F(Run, an_int8_firmware_takes_the_same_files_as_the_model) {
  Model model;
  model.graphs.push_back(parse_graph(R"(
graph "two" (%left: int8[1x2]{scale=0.5, zero_point=0}, %right: int8[1x2]{scale=0.25, zero_point=1}) -> (%sum) {
  %sum: int8[1x2]{scale=0.5, zero_point=0} = ADD(%left, %right)
})",
                                     all_operators()));
  write_tflite_file(at("int8.tflite"), model);
  for (const auto& [name, values] :
       {std::pair("l8.npy", std::vector<std::int8_t>{4, 8}), std::pair("r8.npy", std::vector<std::int8_t>{5, 9})}) {
    const Tensor array(Shape{1, 2}, values);
    write_npy(at(name), array.type, array.bytes);
  }
  EXPECT_THAT(bad("run int8.tflite --input l.npy --input r8.npy"), HasSubstr("real value / 0.5 + 0"));
  good("compile int8.tflite --target host -o firmware");
  good("run int8.tflite --input l8.npy --input right=r8.npy --output host.npy");
  good("run firmware --input right=r8.npy --input l8.npy --output sum=board.npy --model int8.tflite");
  // 2 + 1 = 3 is 6 steps of 0.5; 4 + 2 = 6 is 12.
  EXPECT_EQ(read_npy(at("host.npy")).as<std::int8_t>()[1], 12);
  EXPECT_EQ(read_file(at("board.npy")), read_file(at("host.npy")));
}

TEST_F(Run, a_profile_adds_up_to_the_whole) {
  if (std::system("command -v arm-none-eabi-g++ qemu-system-arm > /dev/null") != 0) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  Model model;
  model.graphs.push_back(parse_graph(R"(
graph "net" (%x: int8[1x8x8x4]{scale=0.5, zero_point=0}) -> (%y) {
  %w: int8[8x3x3x4]{scale=0.01, zero_point=0} = random(1)
  %c: int8[1x8x8x8]{scale=0.5, zero_point=0} = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
  %y: int8[1x8x8x8]{scale=0.25, zero_point=0} = ADD(%c, %c)
})",
                                     all_operators()));
  write_tflite_file(at("net.tflite"), model);
  const Tensor input(Shape{1, 8, 8, 4}, std::vector<std::int8_t>(256, 3));
  write_npy(at("x8.npy"), input.type, input.bytes);
  good("compile net.tflite --target cortex-m4 -o board");
  const auto profile_of = [&](const std::string& options) {
    return json::parse(good("run board --input x8.npy --profile --json" + options))["profile"];
  };
  const json core = profile_of(""), board = profile_of(" --device nucleo_l4r5zi");
  ASSERT_EQ(core["layers"].size(), 2U);
  EXPECT_EQ(core["layers"][0]["op"], "CONV_2D");
  EXPECT_EQ(core["total"]["macs"], 8 * 8 * 8 * 3 * 3 * 4);
  for (const char* const what : {"instructions", "cycles"}) {
    const double sum = core["layers"][0][what].get<double>() + core["layers"][1][what].get<double>();
    // But for the calls of the markers.
    EXPECT_NEAR(sum, core["total"][what].get<double>(), 20) << what;
    EXPECT_GT(core["layers"][1][what].get<double>(), 1000) << what;
  }
  EXPECT_EQ(board["device"], "nucleo_l4r5zi");
  EXPECT_EQ(board["total"]["instructions"], core["total"]["instructions"]);
  EXPECT_GT(board["total"]["cycles"], core["total"]["cycles"]) << "flash has wait states";
  EXPECT_THAT(good("run board --input x8.npy --profile"), AllOf(HasSubstr("cycles a MAC"), HasSubstr("100.0 %")));

  EXPECT_THAT(bad("run board --input x8.npy --profile --device nucleo"),
              AllOf(HasSubstr("'nucleo' is no device that mirim knows"), HasSubstr("nucleo_l4r5zi")));
  EXPECT_THAT(bad("run board --input x8.npy --profile --device pico"), HasSubstr("compile it with --device pico"));
}

TEST_F(Run, a_profile_is_of_a_firmware_for_a_board) {
  const Ended of_model = mirim("run two.tflite --input l.npy --input r.npy --profile");
  EXPECT_EQ(of_model.code, 2);
  EXPECT_THAT(of_model.err, HasSubstr("firmware folder"));
  good("compile two.tflite --target host -o host");
  EXPECT_THAT(bad("run host --input l.npy --input r.npy --profile"), HasSubstr("compiled for the host"));
  const Ended without = mirim("run host --input l.npy --input r.npy --device pico");
  EXPECT_EQ(without.code, 2);
  EXPECT_THAT(without.err, HasSubstr("--profile"));
}

// A loop of as many rounds as input 0 says.
class RunLoop : public Run {
 protected:
  RunLoop() {
    Model model;
    for (const char* text : {R"(
graph "main" (%x: float32[1x2]) -> (%y) {
  %zero: float32[scalar] = [0]
  %rounds: float32[scalar], %y: float32[1x2] = WHILE(%zero, %x) {cond_subgraph_index=1, body_subgraph_index=2}
})",
                             R"(
graph "condition" (%i: float32[scalar], %x: float32[1x2]) -> (%c) {
  %last: float32[scalar] = [5]
  %c: bool[scalar] = LESS(%i, %last)
})",
                             R"(
graph "body" (%i: float32[scalar], %x: float32[1x2]) -> (%j, %y) {
  %one: float32[scalar] = [1]
  %j: float32[scalar] = ADD(%i, %one)
  %y: float32[1x2] = ADD(%x, %x)
})"}) {
      model.graphs.push_back(parse_graph(text, all_operators()));
    }
    write_tflite_file(at("loop.tflite"), model);
  }
};

TEST_F(RunLoop, goes_round_until_its_condition_fails) {
  good("run loop.tflite --input l.npy --output y.npy");
  EXPECT_EQ(read("y.npy"), (std::vector<float>{160, 224}));
  EXPECT_THAT(good("verify loop.tflite"), HasSubstr("loop.tflite: sound\n"));
}

TEST_F(RunLoop, is_stopped_at_the_limit_of_rounds) {
  EXPECT_THAT(bad("run loop.tflite --input l.npy --max-rounds 4"),
              AllOf(HasSubstr("(LOOP): 4 rounds and no end"), HasSubstr("--max-rounds")));
  good("run loop.tflite --input l.npy --max-rounds 5");
}

TEST_F(RunLoop, is_a_loop_again_in_what_commands_write) {
  save("x.npy", {4, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  good("quantize loop.tflite --data npy:x.npy -o q.tflite");
  EXPECT_THAT(good("show q.tflite"), AllOf(HasSubstr("int8[1x2]"), HasSubstr("= WHILE(")));
  EXPECT_THAT(good("verify q.tflite"), HasSubstr("sound"));
  const json told = json::parse(good("quantize loop.tflite --data npy:x.npy -o v.tflite --for vela --json"));
  EXPECT_THAT(told.dump(), AllOf(HasSubstr("no WHILE"), HasSubstr("no LESS"))) << "what a body holds too";
}

TEST_F(RunLoop, costs_all_its_rounds) {
  const json cost = json::parse(good("cost loop.tflite --estimate --json"));
  EXPECT_EQ(cost["operations"], 5 * (1 + 1 + 2));  // a comparison, additions of 1 and of 2 numbers
}

}  // namespace
}  // namespace mirim
