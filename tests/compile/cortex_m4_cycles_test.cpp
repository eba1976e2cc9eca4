#include "mirim/machine/qemu/cortex_m4_cycles.hpp"

#include <gtest/gtest.h>

#include "mirim/machine/qemu/flash_cache.hpp"

namespace mirim {
namespace {

// Encodings are arm-none-eabi-as's; cycles are those of Arm's Technical Reference Manual, chapter 3.3.
constexpr M4Instruction kOther{};

unsigned cycles(std::uint16_t first, std::uint16_t second = 0, const M4Instruction& before = kOther) {
  return m4_cycles(decode_m4(first, second), before);
}

const M4Instruction kLoadR7 = decode_m4(0x680f, 0);  // ldr r7, [r1]

TEST(CortexM4Cycles, a_load_takes_two_and_one_behind_a_load) {
  EXPECT_EQ(cycles(0x6808), 2U);                   // ldr r0, [r1]
  EXPECT_EQ(cycles(0x6808, 0, kLoadR7), 1U);       // behind a load
  EXPECT_EQ(cycles(0xf8d0, 0x2004, kLoadR7), 1U);  // ldr.w r2, [r0, #4]
  EXPECT_EQ(cycles(0x5688), 2U);                   // ldrsb r0, [r1, r2]
  EXPECT_EQ(cycles(0x7808), 2U);                   // ldrb r0, [r1]
  EXPECT_EQ(cycles(0x4801, 0, kLoadR7), 1U);       // ldr r0, [pc, #4]
}

TEST(CortexM4Cycles, a_load_whose_address_was_just_loaded_waits) {
  EXPECT_EQ(cycles(0x6838, 0, kLoadR7), 2U);       // ldr r0, [r7]
  EXPECT_EQ(cycles(0x5df8, 0, kLoadR7), 2U);       // ldrb r0, [r7, r7]
  EXPECT_EQ(cycles(0xf857, 0x0003, kLoadR7), 2U);  // ldr.w r0, [r7, r3]
}

TEST(CortexM4Cycles, an_address_that_was_just_computed_takes_one_more) {
  const auto behind = [](std::uint16_t computing, std::uint16_t second, std::uint16_t first) {
    return m4_cycles(decode_m4(first, 0), decode_m4(computing, second));
  };
  EXPECT_EQ(behind(0x3104, 0, 0x6808), 3U);       // adds r1, #4; ldr r0, [r1]
  EXPECT_EQ(behind(0xeb01, 0x0102, 0x6808), 3U);  // add.w r1, r1, r2; ldr r0, [r1]
  EXPECT_EQ(behind(0xf101, 0x0104, 0x6808), 3U);  // add.w r1, r1, #4; ldr r0, [r1]
  EXPECT_EQ(behind(0x3204, 0, 0x6808), 2U);       // adds r2, #4
  EXPECT_EQ(behind(0x2904, 0, 0x6808), 2U);       // cmp r1, #4
  EXPECT_EQ(behind(0xf1b1, 0x0f04, 0x6808), 2U);  // cmp.w r1, #4
  EXPECT_EQ(behind(0x3104, 0, 0x6008), 2U);       // adds r1, #4; str r0, [r1]
  EXPECT_EQ(behind(0xb082, 0, 0xb430), 4U);       // sub sp, #8; push {r4, r5}
}

TEST(CortexM4Cycles, write_back_keeps_loads_apart) {
  EXPECT_EQ(cycles(0xf851, 0x0b04, kLoadR7), 2U);                    // ldr r0, [r1], #4
  EXPECT_EQ(cycles(0x6813, 0, decode_m4(0xf851, 0x0b04)), 2U);       // ldr r3, [r2] behind it
  EXPECT_EQ(cycles(0xf851, 0x0c04, decode_m4(0xf851, 0x3c08)), 1U);  // ldr r0, [r1, #-4] behind ldr r3, [r1, #-8]
}

TEST(CortexM4Cycles, a_store_takes_one_and_with_an_offset_in_a_register_two) {
  EXPECT_EQ(cycles(0x6008), 1U);                           // str r0, [r1]
  EXPECT_EQ(cycles(0x5088), 2U);                           // str r0, [r1, r2]
  EXPECT_EQ(cycles(0x5088, 0, kLoadR7), 1U);               // behind a load
  EXPECT_EQ(cycles(0x6808, 0, decode_m4(0x6008, 0)), 2U);  // ldr r0, [r1] behind a store
}

TEST(CortexM4Cycles, several_registers_take_one_each_and_one_more) {
  EXPECT_EQ(cycles(0xe8b0, 0x003c), 5U);           // ldmia r0!, {r2-r5}
  EXPECT_EQ(cycles(0xe8b0, 0x003c, kLoadR7), 5U);  // never in another's pipeline
  EXPECT_EQ(cycles(0xe92d, 0x4ffe), 13U);          // push {r1-r11, lr}
  EXPECT_EQ(cycles(0xb5f0), 6U);                   // push {r4-r7, lr}
  EXPECT_EQ(cycles(0xbdf0), 6U);                   // pop {r4-r7, pc}, its branch apart
  EXPECT_EQ(cycles(0xe9d0, 0x2300), 3U);           // ldrd r2, r3, [r0]
  EXPECT_EQ(cycles(0xe8e2, 0x3e02), 3U);           // strd r3, lr, [r2], #8
}

TEST(CortexM4Cycles, floats_take_what_the_second_table_says) {
  EXPECT_EQ(cycles(0xedd0, 0x7a00), 2U);   // vldr s15, [r0]
  EXPECT_EQ(cycles(0xedc0, 0x7a00), 2U);   // vstr s15, [r0]
  EXPECT_EQ(cycles(0xecb0, 0x7a04), 5U);   // vldmia r0!, {s14-s17}
  EXPECT_EQ(cycles(0xee47, 0x7a87), 3U);   // vmla.f32 s15, s15, s14
  EXPECT_EQ(cycles(0xeee7, 0x7a87), 3U);   // vfma.f32 s15, s15, s14
  EXPECT_EQ(cycles(0xee77, 0x7a87), 1U);   // vadd.f32 s15, s15, s14
  EXPECT_EQ(cycles(0xeec7, 0x7a87), 14U);  // vdiv.f32 s15, s15, s14
  EXPECT_EQ(cycles(0xeef1, 0x7ae7), 14U);  // vsqrt.f32 s15, s15
  EXPECT_EQ(cycles(0xee17, 0x0a90), 1U);   // vmov r0, s15
}

TEST(CortexM4Cycles, the_rest_takes_one) {
  EXPECT_EQ(cycles(0xfb22, 0x6604), 1U);  // smlad r6, r2, r4, r6
  EXPECT_EQ(cycles(0xfa2f, 0xf282), 1U);  // sxtb16 r2, r2
  EXPECT_EQ(cycles(0xd1fe), 1U);          // bne, its being taken apart
  EXPECT_EQ(cycles(0xfb5a, 0x5a13), 1U);  // smmlar r10, r10, r3, r5
}

TEST(CortexM4Cycles, an_address_off_its_boundary_is_read_in_parts) {
  EXPECT_EQ(m4_unaligned_cycles(0x1000, 4), 0U);
  EXPECT_EQ(m4_unaligned_cycles(0x1002, 4), 1U);  // two halfwords
  EXPECT_EQ(m4_unaligned_cycles(0x1001, 4), 2U);  // a byte, a halfword, a byte
  EXPECT_EQ(m4_unaligned_cycles(0x1001, 2), 1U);
  EXPECT_EQ(m4_unaligned_cycles(0x1001, 1), 0U);
}

TEST(FlashCache, reads_each_part_of_a_line_once) {
  FlashCache cache(2, 32, 8);
  EXPECT_EQ(cache.reads(0, 4), 1U);
  EXPECT_EQ(cache.reads(4, 4), 0U);   // in the same 8 bytes
  EXPECT_EQ(cache.reads(8, 4), 1U);   // the next 8 of the line
  EXPECT_EQ(cache.reads(6, 4), 0U);   // across both
  EXPECT_EQ(cache.reads(0, 32), 2U);  // the two that are not there yet
}

TEST(FlashCache, gives_up_the_line_that_was_used_least_recently) {
  FlashCache cache(2, 32, 8);
  EXPECT_EQ(cache.reads(0, 4), 1U);
  EXPECT_EQ(cache.reads(32, 4), 1U);
  EXPECT_EQ(cache.reads(0, 4), 0U);   // so the line at 32 is the older one
  EXPECT_EQ(cache.reads(64, 4), 1U);  // takes its place
  EXPECT_EQ(cache.reads(0, 4), 0U);
  EXPECT_EQ(cache.reads(32, 4), 1U);
}

TEST(FlashCache, holds_a_loop_that_fits_and_no_stream_that_does_not) {
  FlashCache cache(2, 32, 8);
  std::uint64_t loop = 0, stream = 0;
  for (int turn = 0; turn < 10; ++turn) loop += cache.reads(1024, 64);
  EXPECT_EQ(loop, 8U);  // 64 bytes once
  for (int turn = 0; turn < 10; ++turn) stream += cache.reads(4096, 96);
  EXPECT_EQ(stream, 120U);  // 96 bytes at every turn: each line is given up before it is needed again
}

TEST(FlashCache, without_lines_keeps_nothing) {
  FlashCache cache(0, 32, 8);
  EXPECT_EQ(cache.reads(0, 4), 1U);
  EXPECT_EQ(cache.reads(0, 4), 1U);
}

}  // namespace
}  // namespace mirim
