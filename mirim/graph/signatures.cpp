#include "mirim/graph/signatures.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <span>
#include <string_view>

#include "mirim/base/bytes.hpp"
#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/graph/calls.hpp"

namespace mirim {
namespace {

constexpr auto kKept = "signatures";  // of each: number, key, inputs, outputs; counts and lengths are 32 bits

class Writer {
 public:
  void number(std::size_t n) {
    const auto narrow = static_cast<std::uint32_t>(n);
    append(bytes_of(std::span<const std::uint32_t>(&narrow, 1)));
  }
  void text(std::string_view text) {
    number(text.size());
    append(bytes_of(text));
  }
  Bytes take() { return std::move(bytes_); }

 private:
  void append(BytesView view) { bytes_.insert(bytes_.end(), view.begin(), view.end()); }

  Bytes bytes_;
};

class Reader {
 public:
  explicit Reader(BytesView bytes) : bytes_(bytes) {}

  std::size_t number() {
    std::uint32_t n = 0;
    std::memcpy(&n, bytes_.data() + at_, sizeof n);
    at_ += sizeof n;
    return n;
  }
  std::string text() {
    std::string text(number(), '\0');
    std::memcpy(text.data(), bytes_.data() + at_, text.size());
    at_ += text.size();
    return text;
  }
  bool ended() const { return at_ == bytes_.size(); }

 private:
  BytesView bytes_;
  std::size_t at_ = 0;
};

using Names = std::vector<std::pair<std::string, ValueId>>;

void write(Writer& to, const Names& names, const std::vector<ValueId>& places) {
  Names kept;
  for (const auto& [name, id] : names) {
    const auto place = std::ranges::find(places, id);
    if (place != places.end()) kept.emplace_back(name, static_cast<ValueId>(place - places.begin()));
  }
  to.number(kept.size());
  for (const auto& [name, place] : kept) {
    to.text(name);
    to.number(static_cast<std::size_t>(place));
  }
}

Names read(Reader& from, const std::vector<ValueId>& places) {
  Names names;
  for (std::size_t left = from.number(); left > 0; --left) {
    std::string name = from.text();
    const std::size_t place = from.number();
    if (place < places.size()) names.emplace_back(std::move(name), places[place]);
  }
  return names;
}

}  // namespace

void keep_signatures(Model& model) {
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    Graph& graph = model.graphs[g];
    Writer kept;
    bool any = false;
    for (std::size_t i = 0; i < model.signatures.size(); ++i) {
      const Signature& signature = model.signatures[i];
      if (signature.graph != static_cast<int>(g)) continue;
      any = true;
      kept.number(i);
      kept.text(signature.key);
      write(kept, signature.inputs, graph.inputs);
      write(kept, signature.outputs, graph.outputs);
    }
    if (any) graph.extras[kKept] = kept.take();
  }
  model.signatures.clear();
}

void restore_signatures(Model& model) {
  std::map<std::size_t, Signature> all;  // by their number in the file
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    Graph& graph = model.graphs[g];
    const auto found = graph.extras.find(kKept);
    if (found == graph.extras.end()) continue;
    for (Reader kept(found->second); !kept.ended();) {
      const std::size_t number = kept.number();
      Signature signature{.key = kept.text(), .graph = static_cast<int>(g), .inputs = {}, .outputs = {}};
      signature.inputs = read(kept, graph.inputs);
      signature.outputs = read(kept, graph.outputs);
      all.emplace(number, std::move(signature));
    }
    graph.extras.erase(found);
  }
  if (all.empty()) return;
  model.signatures.clear();
  for (auto& [number, signature] : all) model.signatures.push_back(std::move(signature));
}

void remove_unused_values(Model& model) {
  keep_signatures(model);
  for (Graph& graph : model.graphs) remove_unused_values(graph);
  restore_signatures(model);
}

void choose_signature(Model& model, std::string_view key) {
  std::string all;
  for (const Signature& signature : model.signatures) {
    if (signature.key == key) return swap_graphs(model, 0, static_cast<std::size_t>(signature.graph));
    all += (all.empty() ? "" : ", ") + shortened(signature.key);
  }
  fail("there is no signature '{}'; the model has {}", shortened(key), all.empty() ? "none" : all);
}

}  // namespace mirim
