"""The #includes of mirim/ against the table of folders in docs/architecture.md."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
# Headers without a dot are the standard library's; these have one.
C_HEADERS = re.compile(r"^(sys/|unistd\.h|fcntl\.h|stdint\.h|stddef\.h|signal\.h|errno\.h|dlfcn\.h|spawn\.h|poll\.h|"
                       r"termios\.h|[a-z0-9]*intrin\.h|cpuid\.h|arm_acle\.h|arm_mve\.h|arm_neon\.h)")


def folder_table():
    """{folder: (folders it may use, spellings its outside #includes may start with)} from docs/architecture.md."""
    table = {}
    for line in (ROOT / "docs/architecture.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 4 or not re.fullmatch(r"`mirim/\w+/`", cells[0]):
            continue
        folder = cells[0].strip("`").split("/")[1]
        table[folder] = (set(re.findall(r"`(\w+)`", cells[2])), re.findall(r"`<([^>]*)>`", cells[3]))
    return table


def includes(path):
    for quoted, angled in INCLUDE.findall(path.read_text()):
        yield quoted, angled


class Includes(unittest.TestCase):
    table = folder_table()

    def sources(self, folder, *suffixes):
        return [p for p in sorted((ROOT / "mirim" / folder).rglob("*"))
                if p.suffix in suffixes and "node_modules" not in p.parts]

    def test_the_table_names_every_folder_once_it_is_there(self):
        there = {p.name for p in (ROOT / "mirim").iterdir() if p.is_dir()}
        self.assertEqual(there - set(self.table), set(), "add it to the table in docs/architecture.md")

    def test_a_folder_uses_only_the_folders_that_the_table_allows(self):
        wrong = []
        for folder, (allowed, _) in self.table.items():
            for path in self.sources(folder, ".hpp", ".cpp"):
                for quoted, _ in includes(path):
                    if quoted.startswith("mirim/"):
                        used = quoted.split("/")[1]
                        if used != folder and used not in allowed:
                            wrong.append(f"{path.relative_to(ROOT)}: uses {quoted}, {folder} may use {sorted(allowed)}")
        self.assertEqual(wrong, [])

    def test_no_folder_is_used_in_a_circle(self):
        order = list(self.table)
        for folder, (allowed, _) in self.table.items():
            for used in allowed:
                self.assertIn(used, self.table)
                self.assertLess(order.index(used), order.index(folder), f"{folder} may not use {used}, which stands below it")

    def test_outside_libraries_stay_in_the_folder_that_owns_them(self):
        wrong = []
        for folder, (_, owned) in self.table.items():
            for path in self.sources(folder, ".cpp"):
                for _, angled in includes(path):
                    if "." in angled and not C_HEADERS.match(angled) and not angled.startswith(("fmt/", *owned)):
                        wrong.append(f"{path.relative_to(ROOT)}: <{angled}> is not in the table's row of {folder}")
        self.assertEqual(wrong, [])

    def test_headers_show_no_outside_library_but_fmt_unless_private_to_a_subfolder(self):
        wrong, private = [], set()
        for folder, (_, owned) in self.table.items():
            for path in self.sources(folder, ".hpp"):
                outside = [angled for _, angled in includes(path)
                           if "." in angled and not C_HEADERS.match(angled) and not angled.startswith("fmt/")]
                if path.parent != ROOT / "mirim" / folder and all(angled.startswith(tuple(owned)) for angled in outside):
                    private.update([path] if outside else [])
                else:
                    wrong += [f"{path.relative_to(ROOT)}: <{angled}>" for angled in outside]
        for folder in self.table:
            for path in self.sources(folder, ".hpp", ".cpp"):
                for quoted, _ in includes(path):
                    if ROOT / quoted in private and (ROOT / quoted).parent != path.parent:
                        wrong.append(f"{path.relative_to(ROOT)}: {quoted} shows an outside library and is private to its subfolder")
        self.assertEqual(wrong, [])

    def test_device_code_includes_only_its_own_folder_and_freestanding_headers(self):
        freestanding = {"stdint.h", "stddef.h", "arm_acle.h", "arm_mve.h"}
        wrong = []
        for path in self.sources("micro", ".hpp", ".cpp"):
            for quoted, angled in includes(path):
                if angled and angled not in freestanding or quoted and not quoted.startswith("mirim/micro/"):
                    wrong.append(f"{path.relative_to(ROOT)}: {quoted or angled}")
        self.assertEqual(wrong, [])

    def test_every_device_file_names_its_licence_because_it_is_copied_into_firmware(self):
        line = "// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
        wrong = [str(p.relative_to(ROOT)) for p in self.sources("micro", ".hpp", ".cpp")
                 if not p.read_text().startswith(line)]
        self.assertEqual(wrong, [], f"first line must be: {line}")


if __name__ == "__main__":
    unittest.main()
