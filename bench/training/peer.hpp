#pragma once

#include <functional>
#include <string>

/// LibTorch's side of bench/train, apart so that its headers meet none of ours.
namespace peer {

/// Settings for a fair comparison: threads, oneDNN on. Returns the version.
std::string begin(int threads);

/// One training step (forward, loss, backward, Adam) of the network named as in main.cpp, on fixed random data. Returns
/// the loss.
std::function<float()> make_step(const std::string& network, int batch);

}  // namespace peer
