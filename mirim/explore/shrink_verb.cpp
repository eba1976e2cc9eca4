#include "mirim/explore/shrink_verb.hpp"

#include "mirim/explore/shrink.hpp"

namespace mirim {
namespace {

class Shrink final : public Verb {
 public:
  std::string_view name() const override { return "shrink"; }
  std::string_view help() const override { return "Finds the mix of compressions with which a model fits a board."; }
  std::string_view example() const override {
    return "mirim shrink float.tflite --data fashion-mnist --device nano33ble -o small.tflite";
  }
  int version() const override { return shrink_version(); }
  void settings(Settings& s) override { settings_.settings(s); }

  VerbResult run(const VerbWork& work) override {
    // Named by what its results depend on: another budget goes on with the trials that are there, and a changed
    // training begins a journal of its own.
    settings_.journal = work.output;
    settings_.journal.replace_extension(journal_key(settings_, work, *work.data) + ".journal");
    return shrink(
        settings_, work, [&] { return *work.data; }, *alone());
  }

 private:
  ShrinkSettings settings_;
};

}  // namespace

Verbs recipe_verbs() {
  Verbs verbs = all_verbs();
  verbs.push_back(std::make_unique<Shrink>());
  return verbs;
}

}  // namespace mirim
