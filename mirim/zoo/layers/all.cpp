#include "mirim/zoo/layers/all.hpp"

#include <algorithm>

namespace mirim {
namespace {

template <class Layer>
LayerKind kind(Layer start = {}) {
  return {.type = std::string(start.type()), .read = [start](LayerKeys& keys, const std::string& name) {
            Layer layer = start;
            layer.name = name;
            layer.keys(keys);
            return [layer](Builder& builder) { return builder.append(layer); };
          }};
}

}  // namespace

const std::vector<LayerKind>& layer_kinds() {
  static const std::vector<LayerKind> all = [] {
    std::vector<LayerKind> kinds = {
        kind<AgainLayer>(),
        kind<AttentionLayer>(),
        kind<BatchNormLayer>(),
        kind<BoltzmannLayer>(),
        kind<CapsulesLayer>(),
        kind<CodebookLayer>(),
        kind<ConcatenationLayer>(),
        kind<Conv2dLayer>(),
        kind<DepthwiseConv2dLayer>(),
        kind<DncLayer>(),
        kind<DropoutLayer>(),
        kind<FlattenLayer>(),
        kind<FullyConnectedLayer>(),
        kind<GlobalAveragePoolLayer>(),
        kind<HopfieldLayer>(),
        kind<JoinLayer>({.kind = JoinLayer::Kind::add}),
        kind<JoinLayer>({.kind = JoinLayer::Kind::mul}),
        kind<JoinLayer>({.kind = JoinLayer::Kind::sub}),
        kind<LayerNormLayer>(),
        kind<LengthLayer>(),
        kind<LiquidLayer>(),
        kind<LocalResponseNormLayer>(),
        kind<LongestLayer>(),
        kind<MarkovLayer>(),
        kind<NtmLayer>(),
        kind<PadLayer>(),
        kind<PoolLayer>({.kind = PoolLayer::Kind::average}),
        kind<PoolLayer>({.kind = PoolLayer::Kind::max}),
        kind<PositionEmbeddingLayer>(),
        kind<RadialBasisLayer>(),
        kind<RandomInputLayer>(),
        kind<RandomLayer>(),
        kind<RecurrentLayer>({.kind = RecurrentLayer::Kind::gru}),
        kind<RecurrentLayer>({.kind = RecurrentLayer::Kind::lstm}),
        kind<RecurrentLayer>({.kind = RecurrentLayer::Kind::rnn}),
        kind<ReservoirLayer>(),
        kind<ReshapeLayer>(),
        kind<SamplingLayer>(),
        kind<SquashLayer>(),
        kind<TransposedConv2dLayer>(),
    };
    for (const std::string& name : activation_names()) kinds.push_back(kind<ActivationLayer>({.kind = name}));
    std::ranges::sort(kinds, {}, &LayerKind::type);
    return kinds;
  }();
  return all;
}

}  // namespace mirim
