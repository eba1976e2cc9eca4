#include "bench/training/peer.hpp"

#include <torch/torch.h>
#include <torch/version.h>

#include <memory>
#include <stdexcept>

namespace peer {
namespace {

using torch::Tensor;
using Values = std::vector<Tensor>;
using Sizes = std::vector<std::int64_t>;

Tensor tensor(const std::vector<float>& values, const Sizes& sizes) {
  return torch::from_blob(const_cast<float*>(values.data()), sizes).clone();
}

std::vector<float> values_of(const Tensor& tensor) {
  const Tensor dense = tensor.contiguous();
  return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

/// A trained tensor in LibTorch's layout, and the way of its gradient back to TensorFlow Lite's.
struct Parameter {
  Tensor tensor;
  std::function<Tensor(const Tensor&)> back = [](const Tensor& t) { return t; };
};

struct State {
  std::vector<std::function<void(Values&)>> operators;
  std::vector<Parameter> parameters;
  std::vector<Sizes> image_of;  ///< of a flattened value the image's height, width, channels; else empty
};

Tensor activated(const Tensor& x, const std::string& activation) {
  if (activation == "NONE") return x;
  if (activation == "RELU") return torch::relu(x);
  if (activation == "TANH") return torch::tanh(x);
  throw std::runtime_error("no activation " + activation + " in bench/training/peer.cpp");
}

Tensor train(State& state, const Tensor& values, std::function<Tensor(const Tensor&)> back) {
  Tensor own = values.contiguous().clone().requires_grad_(true);
  state.parameters.push_back({own, std::move(back)});
  return own;
}

/// Weights [O, H, W, I] of a convolution, [1, H, W, O] of a depthwise one, become [O, I, H, W].
Tensor convolution_weights(State& state, const Operator& op) {
  const std::int64_t h = op.kernel[0];
  const std::int64_t w = op.kernel[1];
  const std::int64_t outputs = op.out[3];
  if (op.name == "DEPTHWISE_CONV_2D") {
    return train(state, tensor(op.parameters[0], {h, w, outputs}).permute({2, 0, 1}).unsqueeze(1), [](const Tensor& t) {
      return t.squeeze(1).permute({1, 2, 0});
    });
  }
  return train(state, tensor(op.parameters[0], {outputs, h, w, op.in[3]}).permute({0, 3, 1, 2}), [](const Tensor& t) {
    return t.permute({0, 2, 3, 1});
  });
}

Tensor bias_of(State& state, const Operator& op) {
  if (op.parameters.size() < 2 || op.parameters[1].empty()) return {};
  return train(state, tensor(op.parameters[1], {static_cast<std::int64_t>(op.parameters[1].size())}),
               [](const Tensor& t) { return t; });
}

/// The padding on both sides of each axis, or none when an explicit PAD has to stand in front.
Sizes symmetric_padding(const Operator& op, bool exact) {
  if (op.before == op.after) return op.before;
  if (exact) return {};
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t reach = op.dilation[axis] * (op.kernel[axis] - 1) + 1;
    const std::int64_t size = (op.in[1 + axis] + 2 * op.after[axis] - reach) / op.stride[axis] + 1;
    if (size != op.out[1 + axis]) return {};
  }
  return op.after;
}

void add_convolution(State& state, const Operator& op, bool exact) {
  const Tensor weights = convolution_weights(state, op);
  const Tensor bias = bias_of(state, op);
  const std::int64_t groups = op.name == "DEPTHWISE_CONV_2D" ? op.in[3] : 1;
  const Sizes padding = symmetric_padding(op, exact);
  state.operators.push_back([=](Values& v) {
    Tensor x = v[op.reads[0]];
    if (padding.empty()) x = torch::constant_pad_nd(x, {op.before[1], op.after[1], op.before[0], op.after[0]});
    const Sizes pad = padding.empty() ? Sizes{0, 0} : padding;
    v[op.makes] = activated(torch::conv2d(x, weights, bias, op.stride, pad, op.dilation, groups), op.activation);
  });
}

/// Behind a flattened image the columns of the weights stand in LibTorch's order: channels first.
void add_dense(State& state, const Operator& op) {
  const Sizes image = state.image_of[op.reads[0]];
  const std::int64_t outputs = op.out[1];
  Tensor weights;
  if (image.empty()) {
    weights =
        train(state, tensor(op.parameters[0], {outputs, static_cast<std::int64_t>(op.parameters[0].size()) / outputs}),
              [](const Tensor& t) { return t; });
  } else {
    const std::int64_t h = image[0], w = image[1], c = image[2];
    weights = train(state, tensor(op.parameters[0], {outputs, h, w, c}).permute({0, 3, 1, 2}).reshape({outputs, -1}),
                    [=](const Tensor& t) {
                      return t.reshape({outputs, c, h, w}).permute({0, 2, 3, 1});
                    });
  }
  const Tensor bias = bias_of(state, op);
  state.operators.push_back([=](Values& v) {
    const Tensor& x = v[op.reads[0]];
    v[op.makes] = activated(torch::linear(x.dim() == 2 ? x : x.flatten(1), weights, bias), op.activation);
  });
}

void add_batch_norm(State& state, const Operator& op) {
  const auto channels = static_cast<std::int64_t>(op.parameters[0].size());
  const auto same = [](const Tensor& t) { return t; };
  const Tensor gamma = train(state, tensor(op.parameters[0], {channels}), same);
  const Tensor beta = train(state, tensor(op.parameters[1], {channels}), same);
  const Tensor mean = torch::zeros({channels});
  const Tensor variance = torch::ones({channels});
  state.operators.push_back([=](Values& v) {
    v[op.makes] = torch::batch_norm(v[op.reads[0]], gamma, beta, mean, variance, true, 0.1, op.number, false);
  });
}

void add_pool(State& state, const Operator& op) {
  if (op.before != op.after) throw std::runtime_error("pooling with uneven padding is not in bench/training/peer.cpp");
  if (op.name == "MAX_POOL_2D") {
    state.operators.push_back(
        [=](Values& v) { v[op.makes] = torch::max_pool2d(v[op.reads[0]], op.kernel, op.stride, op.before); });
  } else {
    state.operators.push_back([=](Values& v) {
      v[op.makes] = torch::avg_pool2d(v[op.reads[0]], op.kernel, op.stride, op.before, false, false);
    });
  }
}

/// MUL and ADD with a constant or with another value.
void add_arithmetic(State& state, const Operator& op) {
  const bool product = op.name == "MUL";
  Tensor constant;
  if (op.constant.size() > 1) {
    const auto channels = static_cast<std::int64_t>(op.constant.size());
    constant = tensor(op.constant, op.in.size() == 4 ? Sizes{1, channels, 1, 1} : Sizes{1, channels});
  }
  const float number = op.constant.size() == 1 ? op.constant[0] : 0;
  const bool one_number = op.constant.size() == 1;
  state.operators.push_back([=](Values& v) {
    const Tensor& x = v[op.reads[0]];
    Tensor y;
    if (one_number) {
      y = product ? x * number : x + number;
    } else {
      const Tensor& other = constant.defined() ? constant : v[op.reads[1]];
      y = product ? x * other : x + other;
    }
    v[op.makes] = activated(y, op.activation);
  });
}

void add(State& state, const Operator& op, bool exact) {
  const int from = op.reads[0];
  const int to = op.makes;
  const auto function = [&](auto f) { state.operators.push_back([=](Values& v) { v[to] = f(v[from]); }); };
  if (op.name == "CONV_2D" || op.name == "DEPTHWISE_CONV_2D") return add_convolution(state, op, exact);
  if (op.name == "FULLY_CONNECTED") return add_dense(state, op);
  if (op.name == "BATCH_NORM") return add_batch_norm(state, op);
  if (op.name == "MAX_POOL_2D" || op.name == "AVERAGE_POOL_2D") return add_pool(state, op);
  if (op.name == "MUL" || op.name == "ADD") return add_arithmetic(state, op);
  state.image_of[to] = op.in.size() == 2 ? state.image_of[from] : Sizes{};
  if (op.name == "RELU" || op.name == "TANH") return function([=](const Tensor& x) { return activated(x, op.name); });
  if (op.name == "MEAN") return function([](const Tensor& x) { return x.mean({2, 3}); });
  if (op.name == "DROPOUT") return function([=](const Tensor& x) { return torch::dropout(x, op.number, true); });
  if (op.name == "RESHAPE" && op.out.size() == 2) {
    if (op.in.size() == 4) state.image_of[to] = {op.in[1], op.in[2], op.in[3]};
    return function([](const Tensor& x) { return x.flatten(1); });
  }
  throw std::runtime_error("no " + op.name + " in bench/training/peer.cpp");
}

}  // namespace

std::string begin(int threads) {
  torch::manual_seed(1);
  torch::set_num_threads(threads);
  at::globalContext().setUserEnabledMkldnn(true);
  return TORCH_VERSION;
}

Training make_training(const Network& network, const std::vector<float>& input,
                       const std::vector<std::int64_t>& labels) {
  const auto state = std::make_shared<State>();
  int values = network.output + 1;
  for (const Operator& op : network.operators) values = std::max(values, op.makes + 1);
  state->image_of.resize(values);
  Tensor x = tensor(input, network.input);
  if (network.input.size() == 4) {
    state->image_of[0] = {network.input[1], network.input[2], network.input[3]};
    x = x.permute({0, 3, 1, 2}).contiguous();
  }
  for (const Operator& op : network.operators) add(*state, op, network.exact);
  std::vector<Tensor> trained;
  for (const Parameter& parameter : state->parameters) trained.push_back(parameter.tensor);
  const auto optimizer = std::make_shared<torch::optim::Adam>(trained, torch::optim::AdamOptions(1e-3));
  const Tensor classes = torch::tensor(labels, torch::kLong);
  const int output = network.output;
  const bool rebuilds = network.rebuilds;
  const auto step = [=] {
    optimizer->zero_grad();
    Values made(values);
    made[0] = x;
    for (const auto& run : state->operators) run(made);
    const Tensor loss = rebuilds ? torch::mse_loss(made[output], x) : torch::cross_entropy_loss(made[output], classes);
    loss.backward();
    optimizer->step();
    return loss.item<float>();
  };
  const auto gradients = [=] {
    std::vector<std::vector<float>> all;
    for (const Parameter& parameter : state->parameters)
      all.push_back(values_of(parameter.back(parameter.tensor.grad())));
    return all;
  };
  return {step, gradients};
}

}  // namespace peer
