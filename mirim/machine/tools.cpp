#include "mirim/machine/tools.hpp"

#include <string>

#include "mirim/base/error.hpp"
#include "mirim/machine/process.hpp"

namespace mirim {
namespace {

void require_program(std::string_view program, const Target& target) {
  if (find_program(std::string(program))) return;
  fail("{} is not installed; install Debian's packages {}", program, target.packages);
}

}  // namespace

void require_compiler(const Target& target) {
  if (target.parts.empty()) {
    fail("mirim has no board to link and run {} for; build the folder with {}", target.name, target.compiler);
  }
  require_program(target.compiler, target);
}

void require_emulator(const Target& target) { require_program(kEmulator, target); }

// cmake/machine.cmake puts it there.
std::filesystem::path counting_plugin() {
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "mirim_qemu_count.so";
  if (!std::filesystem::exists(path)) {
    fail("{}: not found; it is built with mirim and must stay beside the program", path.string());
  }
  return path;
}

void require_tools(const Target& target) {
  require_compiler(target);
  if (target.is_host()) return;
  require_emulator(target);
  counting_plugin();
}

}  // namespace mirim
