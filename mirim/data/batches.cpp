#include "mirim/data/batches.hpp"

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "mirim/base/error.hpp"
#include "mirim/data/shuffle.hpp"

namespace mirim {
namespace {

struct Place {
  int epoch = -1;
  std::int64_t first = 0;
  std::int64_t count = 0;
  bool operator==(const Place&) const = default;
};

template <class T>
void widen(BytesView sample, std::span<float> to) {
  const std::span<const T> from(reinterpret_cast<const T*>(sample.data()), sample.size() / sizeof(T));
  std::transform(from.begin(), from.end(), to.begin(), [](T value) { return static_cast<float>(value); });
}

}  // namespace

void to_floats(const TensorType& type, BytesView sample, std::span<float> to) {
  switch (type.dtype) {
    case DType::boolean:
    case DType::uint8:
      return widen<std::uint8_t>(sample, to);
    case DType::int8:
      return widen<std::int8_t>(sample, to);
    case DType::uint16:
      return widen<std::uint16_t>(sample, to);
    case DType::int16:
      return widen<std::int16_t>(sample, to);
    case DType::uint32:
      return widen<std::uint32_t>(sample, to);
    case DType::int32:
      return widen<std::int32_t>(sample, to);
    case DType::uint64:
      return widen<std::uint64_t>(sample, to);
    case DType::int64:
      return widen<std::int64_t>(sample, to);
    case DType::float32:
      return widen<float>(sample, to);
    default:
      fail("samples are {}, expected float32, bool or integers", name(type.dtype));
  }
}

struct Batches::Inside {
  Inside(Subset s, const BatchOptions& o) : samples(std::move(s)), options(o), order(samples.index.size()) {
    elements = static_cast<std::size_t>(samples.data->sample.shape.elements());
    plain.resize(elements);
    itself = options.itself || samples.data->targets.empty();
    target_size = itself ? elements : static_cast<std::size_t>(samples.data->target_size);
    if (options.whole_groups && !samples.data->groups.empty()) find_groups();
  }

  /// Makes one batch. Called by one thread at a time: by the reading thread, or by fill while that one waits.
  void make(const Place& place, std::span<float> x, std::span<std::int32_t> labels, std::span<float> targets) {
    arrange(place.epoch);
    const Dataset& data = *samples.data;
    const auto epoch = static_cast<std::uint64_t>(place.epoch);
    for (std::int64_t i = 0; i < place.count; ++i) {
      const auto where = static_cast<std::size_t>(order[static_cast<std::size_t>(place.first + i)]);
      const auto sample = static_cast<std::size_t>(samples.index[where]);
      const auto row = static_cast<std::size_t>(i);
      const auto to = x.subspan(row * elements, elements);
      const Augmentation& how = options.augmentation;
      // Without a seed every epoch is the same.
      const std::uint64_t seed = options.shuffle_seed ? mix_seed(*options.shuffle_seed, epoch, sample + 1) : sample + 1;
      if (how.none()) {
        to_floats(data.sample, data[static_cast<std::int64_t>(sample)], to);
      } else {
        to_floats(data.sample, data[static_cast<std::int64_t>(sample)], plain);
        augment(how, data.sample.shape, plain, to, seed);
      }
      if (!labels.empty()) labels[row] = data.labels.empty() ? 0 : data.labels[sample];
      if (!targets.empty()) {
        const std::span<const float> from =
            itself ? std::span<const float>(to) : std::span(data.targets).subspan(sample * target_size, target_size);
        std::copy(from.begin(), from.end(), targets.begin() + static_cast<std::ptrdiff_t>(row * target_size));
      }
      // An autoencoder's target is the sample without the noise. Other numbers than those of `augment`.
      if (how.noise > 0) add_noise(how.noise, data.sample.dtype, to, ~seed);
    }
  }

  void arrange(int epoch) {
    if (arranged == epoch) return;
    if (options.shuffle_seed && !group_starts.empty()) {
      arrange_groups(static_cast<std::uint64_t>(epoch));
    } else if (options.shuffle_seed) {
      shuffle(order, *options.shuffle_seed, static_cast<std::uint64_t>(epoch));
    } else if (arranged < 0) {
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    }
    arranged = epoch;
  }

  /// Samples of a group follow each other.
  void find_groups() {
    const auto group = [&](std::size_t at) {
      return samples.data->groups[static_cast<std::size_t>(samples.index[at])];
    };
    for (std::size_t at = 0; at < samples.index.size(); ++at) {
      if (at == 0 || group(at) != group(at - 1)) group_starts.push_back(static_cast<std::int64_t>(at));
    }
  }

  void arrange_groups(std::uint64_t epoch) {
    std::vector<std::int64_t> turns(group_starts.size());
    shuffle(turns, *options.shuffle_seed, epoch);
    auto to = order.begin();
    for (const std::int64_t turn : turns) {
      const auto g = static_cast<std::size_t>(turn);
      const std::int64_t end = g + 1 < group_starts.size() ? group_starts[g + 1] : samples.size();
      for (std::int64_t at = group_starts[g]; at < end; ++at) *to++ = at;
    }
  }

  void read_ahead() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stopping || wanted != made; });
      if (stopping) return;
      const Place place = wanted;
      lock.unlock();
      make(place, ahead_x, ahead_labels, ahead_targets);
      lock.lock();
      made = place;
      changed.notify_all();
    }
  }

  Place after(const Place& place) const {
    const Place next{place.epoch, place.first + place.count, place.count};
    if (next.first + next.count <= static_cast<std::int64_t>(order.size())) return next;
    return {place.epoch + 1, 0, place.count};
  }

  Subset samples;
  BatchOptions options;
  std::vector<std::int64_t> order;
  std::vector<std::int64_t> group_starts;  // positions in `samples`, for whole groups
  bool itself = false;
  int arranged = -1;
  std::size_t elements = 0, target_size = 0;
  std::vector<float> plain;  // one sample before augmentation

  // The batch made ahead. fill sets `wanted` and the thread sets `made`, both under the mutex; while they differ the
  // buffers and `order` belong to the thread.
  std::vector<float> ahead_x, ahead_targets;
  std::vector<std::int32_t> ahead_labels;
  Place wanted, made;
  bool stopping = false;
  std::mutex mutex;
  std::condition_variable changed;
  std::thread thread;
};

Batches::Batches(Subset samples, const BatchOptions& options)
    : inside_(std::make_unique<Inside>(std::move(samples), options)) {
  Inside& in = *inside_;
  if (in.samples.size() == 0) fail("there are no samples");
  // Throws any Error here, once, and not on the thread.
  std::vector<float> x(in.elements);
  in.make({0, 0, 1}, x, {}, {});
}

Batches::~Batches() {
  {
    const std::lock_guard lock(inside_->mutex);
    inside_->stopping = true;
  }
  inside_->changed.notify_all();
  if (inside_->thread.joinable()) inside_->thread.join();
}

std::int64_t Batches::samples() const { return inside_->samples.size(); }

void Batches::fill(int epoch, std::int64_t first, std::int64_t count, std::span<float> x,
                   std::span<std::int32_t> labels, std::span<float> targets) {
  Inside& in = *inside_;
  assert(first >= 0 && first + count <= samples());
  assert(x.size() == static_cast<std::size_t>(count) * in.elements);
  const Place place{epoch, first, count};
  if (!in.options.read_ahead) return in.make(place, x, labels, targets);

  std::unique_lock lock(in.mutex);
  in.changed.wait(lock, [&] { return in.wanted == in.made; });
  if (in.made == place && in.ahead_labels.size() >= labels.size() && in.ahead_targets.size() >= targets.size()) {
    std::copy_n(in.ahead_x.begin(), x.size(), x.begin());
    std::copy_n(in.ahead_labels.begin(), labels.size(), labels.begin());
    std::copy_n(in.ahead_targets.begin(), targets.size(), targets.begin());
  } else {
    in.make(place, x, labels, targets);
    in.ahead_x.resize(x.size());
    in.ahead_labels.resize(labels.size());
    in.ahead_targets.resize(targets.size());
  }
  const Place next = in.after(place);
  // A source shorter than a batch has no next one.
  if (next.count > samples()) return;
  in.wanted = next;
  if (!in.thread.joinable()) in.thread = std::thread([&in] { in.read_ahead(); });
  in.changed.notify_all();
}

}  // namespace mirim
