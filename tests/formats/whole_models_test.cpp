// Whole float and int8 models of others: their cost as published, their text, and the floats of another runtime.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "mirim/formats/npy.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

const std::filesystem::path kModels = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/models";

struct WholeModel {
  const char* path;
  std::int64_t macs;
};

void PrintTo(const WholeModel& model, std::ostream* out) { *out << model.path; }

class WholeModels : public testing::TestWithParam<WholeModel> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(file())) GTEST_SKIP() << "no " << file();
  }
  std::filesystem::path file() const { return (kModels / GetParam().path).replace_extension(".tflite"); }
};

// Figures of an independent count of the same files; MLPerf Tiny's are the known ones of its networks.
TEST_P(WholeModels, multiply_accumulates_are_counted_as_published) {
  const Model model = read_tflite_file(file());
  Cost total;
  for (const Node& node : model.main().nodes) {
    const auto in = operands(model.main(), node.inputs);
    total += node.op.cost(Types(in));
  }
  EXPECT_EQ(total.macs, GetParam().macs);
}

TEST_P(WholeModels, text_holds_all_of_the_graph) {
  const Graph graph = read_tflite_file(file()).main();
  EXPECT_THAT(verify(graph), testing::IsEmpty());
  const std::string text = to_text(graph);
  const Graph parsed = parse_graph(text, all_operators());
  EXPECT_TRUE(to_text(parsed) == text);
  EXPECT_THAT(verify(parsed), testing::IsEmpty());
  ASSERT_EQ(parsed.nodes.size(), graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) EXPECT_TRUE(parsed.nodes[i].op == graph.nodes[i].op);
}

INSTANTIATE_TEST_SUITE_P(
    Published, WholeModels,
    testing::Values(WholeModel{"mlperf_tiny/ic_resnet8_int8", 12'501'632},
                    WholeModel{"mlperf_tiny/ic_resnet8_float32", 12'501'632},
                    WholeModel{"mlperf_tiny/kws_dscnn_int8", 2'656'768},
                    WholeModel{"mlperf_tiny/vww_mobilenetv1_025_96_int8", 7'489'664},
                    WholeModel{"mlperf_tiny/vww_mobilenetv1_025_96_float32", 7'489'664},
                    WholeModel{"mlperf_tiny/ad_autoencoder_int8", 264'192},
                    WholeModel{"mlperf_tiny/ad_autoencoder_float32", 264'192}, WholeModel{"tflm/hello_world_int8", 288},
                    WholeModel{"tflm/hello_world_float32", 288}, WholeModel{"tflm/micro_speech_int8", 336'000},
                    WholeModel{"tflm/mnist_lstm_int8", 113'120}, WholeModel{"tflm/mnist_lstm_float32", 113'120},
                    WholeModel{"tflm/dtln_noise_suppression", 361'088},
                    WholeModel{"tflm/person_detect_int8", 7'157'888}),
    [](const auto& test) {
      const std::string path = test.param.path;
      return path.substr(path.find('/') + 1);
    });

// One run of a graph with one input and one output, nodes in order.
std::vector<float> run(const Graph& graph, BytesView input) {
  std::vector<Bytes> values(graph.values.size());
  const auto bytes_of_value = [&](ValueId id) -> Bytes& { return values[static_cast<std::size_t>(id)]; };
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = graph.values[i];
    values[i] = value.is_constant() ? *value.constant : Bytes(static_cast<std::size_t>(value.type.bytes()));
  }
  bytes_of_value(graph.inputs.at(0)).assign(input.begin(), input.end());
  for (const Node& node : graph.nodes) {
    std::vector<ConstTensorView> x;
    std::vector<TensorView> y;
    for (const ValueId id : node.inputs) {
      x.push_back(id == kNoValue ? ConstTensorView{}
                                 : ConstTensorView{&graph[id].type, &graph[id].quantization, bytes_of_value(id)});
    }
    for (const ValueId id : node.outputs) y.push_back({&graph[id].type, &graph[id].quantization, bytes_of_value(id)});
    node.op.forward(Inputs(x), Outputs(y));
  }
  const Bytes& output = bytes_of_value(graph.outputs.at(0));
  const auto* floats = reinterpret_cast<const float*>(output.data());
  return {floats, floats + output.size() / sizeof(float)};
}

class FloatModels : public testing::TestWithParam<const char*> {};

// Outputs of TensorFlow Lite's WebAssembly build in npm's @tensorflow/tfjs-tflite 0.0.1-alpha.10, whose XNNPACK sums in
// another order.
TEST_P(FloatModels, agree_with_tensorflow_lite_within_1e_5_of_the_largest_output) {
  const std::string name = GetParam();
  const auto file = kModels / (name + ".tflite");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const Model model = read_tflite_file(file);
  const Graph& graph = model.main();
  std::string stem = name;
  stem.replace(stem.find('/'), 1, "__");
  const Tensor inputs = read_npy(kModels / "reference_io" / (stem + ".in0.npy"));
  const Tensor outputs = read_npy(kModels / "reference_io" / (stem + ".out0.npy"));
  const auto input_bytes = static_cast<std::size_t>(graph[graph.inputs.at(0)].type.bytes());
  const std::size_t runs = std::min<std::size_t>(4, inputs.bytes.size() / input_bytes);
  ASSERT_GT(runs, 0U);
  for (std::size_t r = 0; r < runs; ++r) {
    const auto actual = run(graph, BytesView(inputs.bytes).subspan(r * input_bytes, input_bytes));
    const auto expected = outputs.as<float>().subspan(r * actual.size(), actual.size());
    float largest = 0, error = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
      largest = std::max(largest, std::fabs(expected[i]));
      error = std::max(error, std::fabs(actual[i] - expected[i]));
    }
    EXPECT_LE(error, 1e-5F * largest) << "run " << r;
  }
}

INSTANTIATE_TEST_SUITE_P(MlperfTiny, FloatModels,
                         testing::Values("mlperf_tiny/ad_autoencoder_float32", "mlperf_tiny/ic_resnet8_float32",
                                         "mlperf_tiny/vww_mobilenetv1_025_96_float32", "tflm/hello_world_float32"));

}  // namespace
}  // namespace mirim
