#pragma once

#include "mirim/offers/offer.hpp"

namespace mirim {

/// int8 convolutions, fully connected layers and depthwise ones of one channel by mirim/micro/conv2d_paired.hpp, for
/// cores with SMLAD.
Answer offer_conv2d_paired_4x2(const Work& work, const Target& target);
Answer offer_conv2d_paired_2x4(const Work& work, const Target& target);
Answer offer_conv2d_paired_4x1(const Work& work, const Target& target);

/// The same layers with weights of 4 bits, by mirim/micro/conv2d_nibbles.hpp.
Answer offer_conv2d_nibbles(const Work& work, const Target& target);

/// The same layers with weights that are indices into a codebook, by mirim/micro/conv2d_codebook.hpp.
Answer offer_conv2d_codebook(const Work& work, const Target& target);

/// The same layers with entropy-coded weights, by mirim/micro/conv2d_entropy.hpp.
Answer offer_conv2d_entropy(const Work& work, const Target& target);

/// The same layers without the fours of weights that are zero, by mirim/micro/conv2d_sparse.hpp.
Answer offer_conv2d_sparse(const Work& work, const Target& target);

/// int8 convolutions with 3x3 filters and stride 1 by mirim/micro/conv2d_winograd.hpp, for cores with SMLAD.
Answer offer_conv2d_winograd(const Work& work, const Target& target);

/// int8 depthwise convolutions by mirim/micro/depthwise_conv2d_plane.hpp, for cores with SMLAD.
Answer offer_depthwise_plane(const Work& work, const Target& target);

/// int8 depthwise convolutions of a multiple of 4 channels by mirim/micro/depthwise_conv2d_fours.hpp, for cores with
/// SMLABB.
Answer offer_depthwise_fours(const Work& work, const Target& target);

/// int8 fully connected layers by mirim/micro/fully_connected_paired.hpp, small ones by fully_connected_short.hpp, for
/// cores with SMLAD.
Answer offer_fully_connected_paired(const Work& work, const Target& target);
Answer offer_fully_connected_short(const Work& work, const Target& target);

/// int8 pools, MEAN and SUM over neighbouring axes, by mirim/micro/pool_words.hpp, for cores with the DSP extension.
Answer offer_max_pool_words(const Work& work, const Target& target);
Answer offer_average_pool_words(const Work& work, const Target& target);
Answer offer_mean_words(const Work& work, const Target& target);

/// int8 SOFTMAX by mirim/micro/softmax_kept.hpp, for cores with the DSP extension.
Answer offer_softmax_kept(const Work& work, const Target& target);

/// int8 LSTMs by mirim/micro/unidirectional_sequence_lstm_paired.hpp, SVDF by svdf_paired.hpp, for cores with SMLAD.
Answer offer_lstm_paired(const Work& work, const Target& target);
Answer offer_svdf_paired(const Work& work, const Target& target);

/// int8 ADD, SUB and QUANTIZE as one linear function by mirim/micro/linear_int8.hpp, MUL by product_int8.hpp, for cores
/// with the DSP extension. QUANTIZE that is not linear: by a table.
Answer offer_linear_pair(const Work& work, const Target& target);
Answer offer_linear(const Work& work, const Target& target);
Answer offer_table(const Work& work, const Target& target);
Answer offer_product_pair(const Work& work, const Target& target);

}  // namespace mirim
