"""The README and docs/ against the files they speak of."""

import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


class Docs(unittest.TestCase):
    def test_every_link_leads_to_a_file(self):
        broken = []
        for page in PAGES:
            for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
                if not target.startswith(("http:", "https:")) and not (page.parent / target).exists():
                    broken.append(f"{page.relative_to(ROOT)}: {target}")
        self.assertEqual(broken, [])

    def test_every_path_named_in_code_type_is_there(self):
        named = re.compile(r"`((?:mirim|tests|docs|bench|scripts|fuzz|models|recipes|examples)/[\w./-]+\.\w+|\./\w+)(?: [^`]*)?`")
        gone = []
        for page in PAGES:
            for target in named.findall(page.read_text()):
                if "NAME" not in target and not (ROOT / target).exists():
                    gone.append(f"{page.relative_to(ROOT)}: {target}")
        # adding-an-operator.md walks through files that its reader makes.
        self.assertEqual([line for line in gone if not line.startswith("docs/adding-an-operator.md")], [])

    def test_the_table_of_operators_is_that_of_the_registry(self):
        tool = ROOT / "build/release/bin/mirim_operators_page"
        if not tool.exists():
            self.skipTest(f"{tool.relative_to(ROOT)} is not built")
        self.assertEqual((ROOT / "docs/operators.md").read_text(), subprocess.run([tool], capture_output=True, text=True, check=True).stdout,
                         "run build/release/bin/mirim_operators_page > docs/operators.md")

    def test_the_page_of_models_lists_every_layer_and_key(self):
        page = (ROOT / "docs/models.md").read_text()
        layers = page[page.index("## Layers"):page.index("| key | what it is | unless given |")]
        rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*)\|", layers, re.MULTILINE))
        described = set()
        for header in sorted((ROOT / "mirim/zoo/layers").glob("*.hpp")):
            code = header.with_suffix(".cpp").read_text()
            for layer, body in re.findall(r"^struct (\w+Layer) \{\n(.*?)^\};", header.read_text(), re.MULTILINE | re.DOTALL):
                keys = re.search(rf"^void {layer}::keys\(LayerKeys& k\) \{{(.*?)\}}$", code, re.MULTILINE | re.DOTALL).group(1)
                for type_ in re.findall(r'"(\w+)"', re.search(r"type\(\) const \{(.*?)\}", body, re.DOTALL).group(1)):
                    found = {key for kind, key in re.findall(r'(?:if \(kind == Kind::(\w+)\) )?\bk\.(?:key|needed)\("(\w+)"', keys) if kind in ("", type_)}
                    self.assertEqual(found, set(re.findall(r"`(\w+)`", rows.get(type_, ""))), f"docs/models.md: {type_}")
                    described.add(type_)
        self.assertEqual(described, set(rows))
        code = (ROOT / "mirim/zoo/toml.cpp").read_text()
        for key in re.findall(r'\b(?:read|subtable|expect|has_text)\("(\w+)"', code):
            self.assertRegex(page, rf"`\[*{key}\]*`", key)

    def test_the_page_of_models_lists_every_rule_and_key(self):
        page = (ROOT / "docs/models.md").read_text()
        rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*)\|", page[page.index("## Rules"):page.index("## Transformers")], re.MULTILINE))
        rules = {}
        for code in sorted((ROOT / "mirim/learn").glob("*.cpp")):
            for name in re.findall(r'string_view name\(\) const override \{ return "(\w+)"; \}', code.read_text()):
                rules[name] = set(re.findall(r'\bs\.field\(\s*"(\w+)"', code.read_text()))
        self.assertEqual({name: set(re.findall(r"`(\w+)`", keys)) for name, keys in rows.items()}, rules)

    def test_the_readme_begins_with_the_two_commands(self):
        first = re.search(r"```\w*\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
        self.assertEqual(first.group(1), "./demo\n./test\n")

    def test_the_readme_shows_the_figures_last_seen(self):
        done = subprocess.run([ROOT / "bench/all", "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_no_line_of_prose_is_left_to_do(self):
        for page in PAGES:
            self.assertNotRegex(page.read_text(), r"\b(TODO|FIXME|TBD|XXX)\b", str(page))


if __name__ == "__main__":
    unittest.main()
