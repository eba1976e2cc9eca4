#include "mirim/passes/runtime.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

TEST(Runtime, is_found_by_name) {
  EXPECT_EQ(runtime_named(""), Runtime::any);
  EXPECT_EQ(runtime_named("vela"), Runtime::vela);
  EXPECT_THAT([] { runtime_named("tensorrt"); }, ThrowsMessage<Error>(HasSubstr("tflm, litert or vela")));
}

TEST(Runtime, says_what_it_lacks) {
  EXPECT_EQ(lacking(Runtime::tflm, "GELU", DType::int8), "tflite-micro has no GELU");
  EXPECT_EQ(lacking(Runtime::tflm, "EXP", DType::int8), "tflite-micro has no EXP of int8");
  EXPECT_EQ(lacking(Runtime::tflm, "EXP", DType::float32), "");
  EXPECT_EQ(lacking(Runtime::tflm, "READ_VARIABLE", DType::resource), "");
  EXPECT_EQ(lacking(Runtime::litert, "GELU", DType::int8), "");
  EXPECT_EQ(lacking(Runtime::litert, "CUMSUM", DType::int8), "LiteRT has no CUMSUM of int8");
  EXPECT_EQ(lacking(Runtime::vela, "GATHER", DType::int8), "Ethos-U has no GATHER; it runs on the CPU");
  EXPECT_EQ(lacking(Runtime::vela, "ADD", DType::float32), "Ethos-U has no ADD of float32; it runs on the CPU");
  EXPECT_EQ(lacking(Runtime::any, "ADD", DType::float32), "");
}

TEST(Runtime, names_the_layers_by_the_type_of_their_data) {
  const Graph graph = test::parse(R"(graph "" (%x: int8[2]{scale=1, zero_point=0}, %t: bool[2]) -> (%z) {
    %a: int8[2]{scale=1, zero_point=0} = GELU(%x)
    %b: int8[2]{scale=1, zero_point=0} = GELU(%a)
    %z: int8[2]{scale=1, zero_point=0} = SELECT_V2(%t, %a, %b)
  })");
  EXPECT_THAT(what_lacks(Runtime::tflm, graph), ElementsAre("'a' and 1 more: tflite-micro has no GELU"));
  EXPECT_THAT(what_lacks(Runtime::litert, graph), IsEmpty());
}

}  // namespace
}  // namespace mirim
