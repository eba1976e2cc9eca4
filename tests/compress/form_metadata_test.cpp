#include "mirim/compress/form_metadata.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/compress/keep_forms.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/formats/tflite.hpp"
#include "tests/exec/networks.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

Bytes bytes_of_text(std::string_view text) {
  const BytesView view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

/// A dense layer whose weights are half zeros, on a grid of two bits and of three values.
Model model_with_form() {
  Model model;
  model.graphs.push_back(networks::Net({1, 4}).dense(2).done());
  Value& w = model.main()[model.main().nodes[0].inputs[1]];
  w.constant = make_constant(std::vector<float>{0, 0.5F, -1, 0, 0, 0, 0.5F, 0.5F});
  w.form = WeightForm{.sparsity = WeightForm::Sparsity{},
                      .codebook = WeightForm::Codebook{.centroids = 3},
                      .grid = WeightForm::Grid{.least = -2, .most = 1, .scale = {0.5F}}};
  return model;
}

const std::optional<WeightForm>& form_of(const Model& model) {
  return model.main()[model.main().nodes[0].inputs[1]].form;
}

TEST(FormMetadata, a_form_goes_through_a_file) {
  Model model = model_with_form();
  save_forms(model);
  Model read = read_tflite(write_tflite(model));
  EXPECT_FALSE(form_of(read));
  EXPECT_THAT(restore_forms(read), IsEmpty());
  EXPECT_EQ(form_of(read), form_of(model));
  EXPECT_FALSE(read.metadata.contains(std::string(kFormMetadata)));
}

TEST(FormMetadata, what_another_tool_changed_is_dropped_with_a_line) {
  Model model = model_with_form();
  save_forms(model);
  Model read = read_tflite(write_tflite(model));
  read.main()[read.main().nodes[0].inputs[1]].constant =
      make_constant(std::vector<float>{0, 0.5F, -1, 0, 0, 0, 0.5F, 0.4F});
  EXPECT_THAT(restore_forms(read), ElementsAre(HasSubstr("has 4 different values"), HasSubstr("holds 0.4")));
  EXPECT_EQ(to_string(*form_of(read)), "pruned");
}

TEST(FormMetadata, a_constant_that_is_gone_is_told) {
  Model model = model_with_form();
  save_forms(model);
  model.main()[model.main().nodes[0].inputs[1]].name = "other";
  EXPECT_THAT(restore_forms(model), ElementsAre(HasSubstr("'dense0/weights': is not there any more")));
}

TEST(FormMetadata, damage_is_refused_in_one_line) {
  for (const char* text :
       {"", "[", "[{}]", "7", R"([{"graph":0,"constant":"dense0/weights","axis":9}])",
        R"([{"graph":0,"constant":"dense0/weights","axis":0,"grid":{"least":-1,"most":1,"zero":true,"scale":[-1]}}])",
        R"([{"graph":0,"constant":"dense0/weights","axis":0,"sparsity":{"block":[0,1]}}])"}) {
    Model model = model_with_form();
    model.metadata[std::string(kFormMetadata)] = bytes_of_text(text);
    EXPECT_THAT([&] { restore_forms(model); }, ThrowsMessage<Error>(HasSubstr("'mirim.weight_forms' is damaged")))
        << text;
  }
}

TEST(KeepForms, training_keeps_zeros_values_and_grid) {
  Model model = model_with_form();
  Graph& graph = model.main();
  const ValueId w = graph.nodes[0].inputs[1];
  TrainingPlan plan(
      graph,
      {.batch = 2, .loss = {.kind = Loss::Kind::mean_squared_error}, .parametrisations = steps_that_keep_forms(graph)});
  for (int s = 0; s < 50; ++s) {
    for (std::size_t i = 0; i < 8; ++i) plan.input(0)[i] = static_cast<float>(i % 3) - 1;
    std::ranges::fill(plan.targets(), 2.0F);
    plan.step(0.02F);
  }
  plan.store(graph);
  EXPECT_THAT(drop_broken_parts(graph[w]), IsEmpty());
  EXPECT_EQ(graph[w].form, form_of(model_with_form()));
}

}  // namespace
}  // namespace mirim
