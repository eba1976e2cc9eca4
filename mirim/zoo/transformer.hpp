#pragma once

#include <cstdint>

namespace mirim {

/// A decoder-only transformer as GPT-2 (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019):
/// learned positions, layers of attention and of two fully connected layers with 4 times the width between them, a
/// layer normalisation before each and one at the end, all with biases; the embedding is also the output layer's
/// weights.
struct Transformer {
  std::int64_t layers = 0;
  std::int64_t width = 0;
  std::int64_t heads = 0;    ///< of attention, a divisor of the width; 0: not stated. They change no figure
  std::int64_t context = 0;  ///< tokens that it reads at most
  std::int64_t vocabulary = 0;
  std::int64_t tokens = 0;  ///< that it was trained on; 0: not stated
};

/// What a transformer of L layers, width d, context n and vocabulary V costs.
struct TransformerCost {
  /// 12 L d^2 + 13 L d + (V + n) d + 2 d: in each layer 4 d^2 + 4 d of attention, 8 d^2 + 5 d of the fully connected
  /// layers, 4 d of two normalisations; the embeddings of tokens and positions; 2 d of the last normalisation.
  std::int64_t parameters = 0;
  /// Multiply-accumulates of one token: 12 L d^2 of the layers and V d of the output,
  std::int64_t weight_macs = 0;
  /// and 2 L n d of attention, if it reads a full context: the products with n keys and with n values.
  std::int64_t attention_macs = 0;
  /// Of one token in each layer, key and value: what is kept of a full context, 2 L n d.
  std::int64_t kept_elements = 0;
  /// What is alive at once besides, at least: the logits, or a token and the 4 d of a layer's wide part.
  std::int64_t live_elements = 0;
  /// 6 * parameters * tokens (Kaplan et al., "Scaling Laws for Neural Language Models", 2020: two for each weight on
  /// the way forward, four on the way back); 0 without `tokens`.
  double training_flops = 0;

  std::int64_t macs() const { return weight_macs + attention_macs; }
};

/// Throws Error, one line, for a size below 1 (`heads` and `tokens`: below 0), heads that do not divide the width, and
/// sizes whose figures pass 2^62.
TransformerCost cost_of(const Transformer& transformer);

}  // namespace mirim
