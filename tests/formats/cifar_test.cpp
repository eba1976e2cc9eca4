#include "mirim/formats/cifar.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

TEST(Cifar, planes_become_pixels) {
  Bytes record(3073);
  record[0] = std::byte{9};
  record[1 + 5] = std::byte{10};         // red of pixel 5
  record[1 + 1024 + 5] = std::byte{20};  // green
  record[1 + 2048 + 5] = std::byte{30};  // blue
  CifarRecords records;
  append_cifar10(record, records);
  append_cifar10(record, records);
  EXPECT_THAT(records.labels, testing::ElementsAre(9, 9));
  ASSERT_EQ(records.images.size(), 2U * 3072);
  EXPECT_EQ(records.images[15], std::byte{10});
  EXPECT_EQ(records.images[16], std::byte{20});
  EXPECT_EQ(records.images[17], std::byte{30});
}

TEST(Cifar, refuses_a_label_out_of_range_and_a_cut_record) {
  Bytes record(3073);
  CifarRecords records;
  record[0] = std::byte{10};
  EXPECT_THROW(append_cifar10(record, records), Error);
  record[0] = std::byte{0};
  record.pop_back();
  EXPECT_THROW(append_cifar10(record, records), Error);
  EXPECT_THROW(append_cifar10({}, records), Error);
}

}  // namespace
}  // namespace mirim
