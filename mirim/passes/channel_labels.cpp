#include "mirim/passes/channel_labels.hpp"

#include <algorithm>
#include <cassert>

namespace mirim {

ChannelLabels::ChannelLabels(const Graph& graph) {
  for (const Value& value : graph.values) {
    std::vector<AxisLabels> axes;
    for (const std::int64_t size : value.type.shape) axes.push_back(new_axis(size));
    axes_.push_back(std::move(axes));
  }
}

AxisLabels ChannelLabels::axis(ValueId value, int axis) const { return axes_[at(value)][at(axis)]; }

AxisLabels ChannelLabels::new_axis(std::int64_t size) {
  const AxisLabels labels{static_cast<int>(parents_.size()), static_cast<int>(size)};
  for (int i = 0; i < labels.size; ++i) parents_.push_back(labels.first + i);
  reasons_.resize(parents_.size(), -1);
  return labels;
}

void ChannelLabels::unite(int a, int b) {
  a = root(a);
  b = root(b);
  if (a == b) return;
  parents_[at(b)] = a;
  int& kept = reasons_[at(a)];
  const int other = reasons_[at(b)];
  if (other >= 0 && (kept < 0 || other < kept)) kept = other;
}

void ChannelLabels::unite(AxisLabels a, AxisLabels b) {
  assert(a.size == b.size);
  for (int i = 0; i < a.size; ++i) unite(a[i], b[i]);
}

void ChannelLabels::fix(int label, const std::string& reason) {
  int& kept = reasons_[at(root(label))];
  if (kept >= 0) return;
  if (texts_.empty() || texts_.back() != reason) texts_.push_back(reason);
  kept = static_cast<int>(texts_.size()) - 1;
}

void ChannelLabels::fix(AxisLabels labels, const std::string& reason) {
  for (int i = 0; i < labels.size; ++i) fix(labels[i], reason);
}

bool ChannelLabels::is_fixed(AxisLabels labels) const {
  for (int i = 0; i < labels.size; ++i) {
    if (!is_fixed(labels[i])) return false;
  }
  return true;
}

int ChannelLabels::root(int label) const {
  while (parents_[at(label)] != label) {
    parents_[at(label)] = parents_[at(parents_[at(label)])];  // halves the path
    label = parents_[at(label)];
  }
  return label;
}

}  // namespace mirim
