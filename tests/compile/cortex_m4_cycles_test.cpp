#include "mirim/machine/qemu/cortex_m4_cycles.hpp"

#include <gtest/gtest.h>

namespace mirim {
namespace {

// Encodings are arm-none-eabi-as's; cycles are those of Arm's Technical Reference Manual, chapter 3.3.
std::uint64_t cycles(std::uint16_t first, std::uint16_t second = 0, bool behind_load = false) {
  return cortex_m4_cycles(first, second, behind_load).cycles;
}

TEST(CortexM4Cycles, a_load_takes_two_and_one_behind_a_load) {
  EXPECT_EQ(cycles(0x6808), 2U);                // ldr r0, [r1]
  EXPECT_EQ(cycles(0x6808, 0, true), 1U);       // behind a load
  EXPECT_EQ(cycles(0xf8d0, 0x2004, true), 1U);  // ldr.w r2, [r0, #4]
  EXPECT_EQ(cycles(0x5688), 2U);                // ldrsb r0, [r1, r2]
  EXPECT_EQ(cycles(0x7808), 2U);                // ldrb r0, [r1]
  EXPECT_TRUE(cortex_m4_cycles(0x6808, 0, false).lets_load_follow);
}

TEST(CortexM4Cycles, write_back_keeps_loads_apart) {
  EXPECT_EQ(cycles(0xf851, 0x0b04, true), 2U);  // ldr r0, [r1], #4
  EXPECT_FALSE(cortex_m4_cycles(0xf851, 0x0b04, false).lets_load_follow);
}

TEST(CortexM4Cycles, several_registers_take_one_each_and_one_more) {
  EXPECT_EQ(cycles(0xe8b0, 0x003c), 5U);   // ldmia r0!, {r2-r5}
  EXPECT_EQ(cycles(0xe92d, 0x4ffe), 13U);  // push {r1-r11, lr}
  EXPECT_EQ(cycles(0xb5f0), 6U);           // push {r4-r7, lr}
  EXPECT_EQ(cycles(0xbdf0), 6U);           // pop {r4-r7, pc}, its branch apart
  EXPECT_EQ(cycles(0xe9d0, 0x2300), 3U);   // ldrd r2, r3, [r0]
  EXPECT_EQ(cycles(0xe8e2, 0x3e02), 3U);   // strd r3, lr, [r2], #8
}

TEST(CortexM4Cycles, the_rest_takes_one) {
  EXPECT_EQ(cycles(0x6008), 1U);          // str r0, [r1]
  EXPECT_EQ(cycles(0xfb22, 0x6604), 1U);  // smlad r6, r2, r4, r6
  EXPECT_EQ(cycles(0xfa2f, 0xf282), 1U);  // sxtb16 r2, r2
  EXPECT_EQ(cycles(0xd1fe), 1U);          // bne, its being taken apart
  EXPECT_EQ(cycles(0xfb5a, 0x5a13), 1U);  // smmlar r10, r10, r3, r5
}

}  // namespace
}  // namespace mirim
