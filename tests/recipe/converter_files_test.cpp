// Files as converters write them, with the answers of the judge: ../shared/data/cases (its README says which judge),
// tests/golden/loops (Keras 3.15 and TensorFlow 2.21, answers by LiteRT's reference kernels), and tests/golden/files
// (tests/judge/make_golden_files.py says what they are).
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "mirim/base/file.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/graph/calls.hpp"
#include "mirim/graph/signatures.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/passes/store_calls.hpp"
#include "mirim/passes/store_variables.hpp"
#include "mirim/recipe/model_file.hpp"
#include "tests/count_nodes.hpp"

namespace mirim {
namespace {

const std::filesystem::path kRoot = MIRIM_SOURCE_DIR;

std::vector<std::filesystem::path> files() {
  std::vector<std::filesystem::path> result;
  for (const char* folder : {"../shared/data/cases", "tests/golden/loops", "tests/golden/files"}) {
    if (!std::filesystem::exists(kRoot / folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(kRoot / folder)) {
      std::filesystem::path answers = entry.path();
      answers.replace_extension(".out0.npy");
      if (entry.path().extension() == ".tflite" && std::filesystem::exists(answers)) result.push_back(entry.path());
    }
  }
  std::ranges::sort(result);
  return result;
}

std::filesystem::path beside(std::filesystem::path model, const std::string& kind, std::size_t index) {
  return model.replace_extension(kind + std::to_string(index) + ".npy");
}

class ConverterFiles : public testing::TestWithParam<std::filesystem::path> {};

// Read, written with its loops and branches as WHILE and IF again, and read once more.
Model stored(const std::filesystem::path& path) {
  Model model = read_runnable_model(path, {.layers = false});
  keep_signatures(model);
  const auto calls = [](const Node& node) { return !called_graphs(node.op).empty(); };
  if (std::ranges::none_of(model.main().nodes, calls)) model.graphs.resize(1);
  store_calls(model);
  store_variables(model);
  const TemporaryFolder folder;
  write_model(folder.path() / "stored.tflite", model);
  return read_runnable_model(folder.path() / "stored.tflite");
}

// The arrays have two runs in front.
TEST_P(ConverterFiles, have_the_judges_answers) {
  for (const int how : {0, 1, 2}) {
    SCOPED_TRACE(how);
    Interpreter interpreter(how == 2 ? stored(GetParam()).main()
                                     : read_runnable_model(GetParam(), {.layers = how == 1}).main());
    std::vector<Tensor> inputs, outputs;
    for (std::size_t i = 0; i < interpreter.graph().inputs.size(); ++i)
      inputs.push_back(read_npy(beside(GetParam(), "in", i)));
    for (std::size_t o = 0; o < interpreter.graph().outputs.size(); ++o)
      outputs.push_back(read_npy(beside(GetParam(), "out", o)));
    for (std::size_t run = 0; run < 2; ++run) {
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::size_t bytes = inputs[i].bytes.size() / 2;
        interpreter.set_input(static_cast<int>(i), BytesView(inputs[i].bytes).subspan(run * bytes, bytes));
      }
      interpreter.run();
      for (std::size_t o = 0; o < outputs.size(); ++o) {
        const ConstTensorView y = interpreter.output(static_cast<int>(o));
        ASSERT_EQ(y.dtype(), outputs[o].type.dtype);
        ASSERT_EQ(2 * y.bytes.size(), outputs[o].bytes.size());
        const BytesView expected = BytesView(outputs[o].bytes).subspan(run * y.bytes.size(), y.bytes.size());
        if (y.dtype() != DType::float32) {
          EXPECT_TRUE(std::ranges::equal(y.bytes, expected)) << "output " << o << ", run " << run;
          continue;
        }
        const auto all = outputs[o].as<float>();
        const auto numbers = all.subspan(run * y.as<float>().size(), y.as<float>().size());
        float largest = 0;
        for (const float x : numbers) largest = std::max(largest, std::abs(x));
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          if (y.as<float>()[i] == numbers[i]) continue;  // infinities too
          EXPECT_NEAR(y.as<float>()[i], numbers[i], 1e-5F * largest) << "output " << o << ", element " << i;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ConverterFiles, testing::ValuesIn(files()),
                         [](const auto& test) { return test.param.stem().string(); });

// Which loops become layers: those whose gates are linear in the step and the last output.
TEST(RecogniseRecurrent, keras_layers_become_operators) {
  const auto expect = [](const char* name, std::string_view op, int times) {
    const Graph graph = read_runnable_model(kRoot / "tests/golden/loops" / name).main();
    EXPECT_EQ(test::count_nodes(graph, op), times) << name;
    EXPECT_EQ(test::count_nodes(graph, "LOOP"), 0) << name;
    EXPECT_EQ(test::count_nodes(graph, "ASSIGN_VARIABLE"), op == "GRU" ? 0 : times * (op.ends_with("LSTM") ? 2 : 1))
        << name;
  };
  expect("keras_lstm64.tflite", "UNIDIRECTIONAL_SEQUENCE_LSTM", 1);
  expect("keras_lstmseq.tflite", "UNIDIRECTIONAL_SEQUENCE_LSTM", 1);
  expect("keras_gru64.tflite", "GRU", 1);
  expect("keras_bigruseq.tflite", "GRU", 2);
  expect("keras_gru_before.tflite", "GRU", 1);
  expect("keras_rnn.tflite", "UNIDIRECTIONAL_SEQUENCE_RNN", 1);
}

TEST(RecogniseUpdates, what_is_written_into_a_sequence_is_one_update) {
  const Graph graph = read_runnable_model(kRoot / "tests/golden/loops/keras_bigruseq.tflite", {.layers = false}).main();
  EXPECT_EQ(test::count_nodes(graph, "DYNAMIC_UPDATE_SLICE"), 2);
  EXPECT_EQ(test::count_nodes(graph, "SLICE"), 0);
}

}  // namespace
}  // namespace mirim
