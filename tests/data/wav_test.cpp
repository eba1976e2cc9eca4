#include "mirim/data/wav.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/ops/log_mel.hpp"
#include "tests/data/wav_file.hpp"

namespace mirim {
namespace {

using test::wav_file;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class Wav : public testing::Test {
 protected:
  Wav() { std::filesystem::create_directories(folder_); }
  ~Wav() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& name, const std::vector<std::int16_t>& samples, std::uint32_t rate = 8000) const {
    write_file(folder_ / name, wav_file(rate, samples));
  }
  Source load(const std::string& options = "") const { return load_wav(folder_.string() + options); }
  std::string complaint(const std::string& options = "") const {
    try {
      load(options);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("mirim_wav_test." + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "." +
       ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

std::vector<float> elements(const Dataset& data, std::int64_t i) {
  std::vector<float> values(static_cast<std::size_t>(data.sample.shape.elements()));
  std::memcpy(values.data(), data[i].data(), data[i].size());
  return values;
}

TEST_F(Wav, classes_are_folders_and_samples_are_cut_or_filled) {
  put("yes/b.wav", {16384, 8192, 4096, 2048, 1024});
  put("no/a.WAV", {-16384});
  put("no/._a.wav", {});  // no recording
  write_file(folder_ / "no/note.txt", std::string_view("x"));
  const Dataset data = load("?length=0.0005").samples;  // 4 samples
  EXPECT_EQ(data.sample, (TensorType{DType::float32, {4}}));
  EXPECT_THAT(data.class_names, ElementsAre("no", "yes"));
  EXPECT_THAT(data.labels, ElementsAre(0, 1));
  EXPECT_THAT(elements(data, 0), ElementsAre(-0.5F, 0, 0, 0));
  EXPECT_THAT(elements(data, 1), ElementsAre(0.5F, 0.25F, 0.125F, 0.0625F));
  EXPECT_THAT(complaint(), HasSubstr("no/a.WAV has 1 samples, yes/b.wav has 5; say length="));
}

TEST_F(Wav, names_say_class_speaker_and_test) {
  for (const char* name : {"3_ann_0", "3_bob_0", "3_ann_7", "7_bob_2", "7_ann_5", "7_bob_10"}) {
    put(std::string(name) + ".wav", {100, 200});
  }
  const Source source = load("?label=name&group=name:1&test=name:-1:0-4+10");
  EXPECT_EQ(source.samples.size(), 2);  // 3_ann_7 and 7_ann_5
  EXPECT_THAT(source.samples.labels, ElementsAre(0, 1));
  EXPECT_THAT(source.samples.groups, ElementsAre(0, 0));
  ASSERT_TRUE(source.test);
  EXPECT_THAT(source.test->labels, ElementsAre(0, 0, 1, 1));  // 3_ann_0, 3_bob_0, 7_bob_10, 7_bob_2
  EXPECT_THAT(source.test->class_names, ElementsAre("3", "7"));
  EXPECT_THAT(complaint("?test=name:1:carl"), HasSubstr("chooses none"));
  EXPECT_THAT(complaint("?test=name:1:ann+bob"), HasSubstr("chooses all"));
  EXPECT_THAT(complaint("?test=name"), HasSubstr("expected where and which"));
  EXPECT_THAT(complaint("?label=name:3"), HasSubstr("3_ann_0.wav: its name has no part 3"));
  EXPECT_THAT(complaint("?label=folder"), HasSubstr("in no folder"));
  EXPECT_THAT(complaint("?label=colour"), HasSubstr("name it with csv=FILE"));
}

TEST_F(Wav, a_table_says_class_and_split) {
  put("x/1.wav", {100, 200});
  put("x/2.wav", {300, 400});
  put("x/3.wav", {300, 400});
  const std::string table = (folder_ / "table.csv").string();
  write_file(table, std::string_view("file,word,part\nx/1.wav,on,train\n2.wav,off,test\nx/3.wav,off,train\n"));
  const Source source = load("?csv=" + table + "&label=word&test=part:test");
  EXPECT_THAT(source.samples.labels, ElementsAre(1, 0));
  EXPECT_THAT(source.samples.class_names, ElementsAre("off", "on"));
  EXPECT_THAT(source.test->labels, ElementsAre(0));
  put("x/4.wav", {1000, 1000});
  EXPECT_THAT(complaint("?csv=" + table + "&label=word"), HasSubstr("x/4.wav: has no row in " + table));
  EXPECT_THAT(complaint("?csv=" + table + "&file=path"), HasSubstr("no column 'path'"));
}

TEST_F(Wav, log_mel_features_are_those_of_the_front_end) {
  std::vector<std::int16_t> samples;
  for (int n = 0; n < 1000; ++n) samples.push_back(static_cast<std::int16_t>(n * 997 % 20000 - 10000));
  put("a/1.wav", samples);
  const Dataset data = load("?features=logmel&length=0.15&bands=12&label=none").samples;
  EXPECT_EQ(data.sample.shape, (Shape{8, 12, 1}));  // 1200 samples: (1200 - 256) / 128 + 1
  EXPECT_TRUE(data.labels.empty());
  samples.resize(1200);
  EXPECT_EQ(elements(data, 0), LogMel({.rate = 8000, .bands = 12}).features(samples));
  EXPECT_THAT(complaint("?features=logmel&length=0.01"), HasSubstr("shorter than a window of 256"));
  EXPECT_THAT(complaint("?bands=12"), HasSubstr("bands is of features=logmel"));
}

TEST_F(Wav, recordings_of_another_rate_are_named_or_resampled) {
  put("a/1.wav", std::vector<std::int16_t>(80, 1000));
  put("b/2.wav", std::vector<std::int16_t>(160, 1000), 16000);
  EXPECT_THAT(complaint(), HasSubstr("samples a second"));
  const Dataset data = load("?rate=8000").samples;
  EXPECT_EQ(data.sample.shape, (Shape{80}));
  EXPECT_THAT(data.notes, Contains(HasSubstr("1 of them resampled")));
}

TEST_F(Wav, silent_and_clipped_ones_are_named) {
  put("a/1.wav", {0, 3, -5});
  put("b/2.wav", {1000, 2000, 3000});
  put("b/3.wav", {1000, 32767, 32767, 32767});
  EXPECT_THAT(complaint("?length=0.001"), HasSubstr("a/1.wav: is silent; leave it out with silent=skip"));
  const Dataset data = load("?length=0.001&silent=skip").samples;
  EXPECT_EQ(data.size(), 2);
  EXPECT_THAT(data.notes, Contains(HasSubstr("1 recording is clipped, such as b/3.wav")));
  EXPECT_THAT(data.notes, Contains(HasSubstr("left out because silent, such as a/1.wav")));
  EXPECT_EQ(load("?length=0.001&silent=keep").samples.size(), 3);
}

TEST_F(Wav, refuses_with_the_files_name) {
  EXPECT_THAT(complaint(), HasSubstr("has no .wav files"));
  put("a/1.wav", {1000});
  write_file(folder_ / "a/2.wav", std::string("RIFF\4\0\0\0WAVE", 12));
  EXPECT_THAT(complaint(), HasSubstr("a/2.wav: is a WAV file that cannot be read"));
  write_file(folder_ / "a/2.wav", wav_file(8000, {1, 2, 3}).substr(0, 47));
  EXPECT_THAT(complaint(), HasSubstr("a/2.wav: ends after 47 of 50 bytes"));
  EXPECT_THAT(complaint("?drop=a"), HasSubstr("has no .wav files"));
}

TEST_F(Wav, free_spoken_digits_are_read_from_their_archive) {
  const std::filesystem::path file = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/datasets/fsdd.tar.xz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
  const Source source =
      load_wav(file.string() + "?label=name:0&group=name:1&test=name:2:0-4&features=logmel&length=1.04");
  EXPECT_EQ(source.samples.size(), 2700);
  ASSERT_TRUE(source.test);
  EXPECT_EQ(source.test->size(), 300);
  EXPECT_EQ(source.samples.sample.shape, (Shape{64, 20, 1}));
  EXPECT_EQ(source.samples.class_names.size(), 10U);
  EXPECT_EQ(std::set<std::int32_t>(source.samples.groups.begin(), source.samples.groups.end()).size(), 6U);
}

}  // namespace
}  // namespace mirim
