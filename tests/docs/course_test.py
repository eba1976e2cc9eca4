"""The chapters of the course: both languages have the same code, figures and answers, and the answers are right."""

import math
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COURSE = ROOT / "docs/course"
CHAPTERS = sorted(page.name.removesuffix(".en.md") for page in COURSE.glob("*.en.md"))
KNOWN = {name: getattr(math, name) for name in ("exp", "log2", "ceil")} | {"max": max, "round": round, "__builtins__": {}}


def text(chapter, language):
    return (COURSE / f"{chapter}.{language}.md").read_text()


def code(page):
    """What is the same in both languages: blocks of commands (but for --lang pt), formulas, code in a line, figures and answers."""
    page = page.replace(" --lang pt\n", "\n")
    return re.findall(r"```.*?```|^    [^ \n][^\n]*$|`[^`\n]+`|<!--.*?-->", page, re.DOTALL | re.MULTILINE)


def numbers(page, language):
    """Every number outside of code, as both languages would write it in code: 1,048,576.5 and 1.048.576,5 are 1048576.5."""
    page = page.replace(" --lang pt\n", "\n")
    for piece in code(page):
        page = page.replace(piece, " ")
    page = re.sub(r"e-\d+|\d\.\d+e\d+|\b\d+x\d+(?:x\d+)*", lambda m: m.group().replace(".", "P").replace("x", "X"), page)
    found = re.findall(r"\d[\d.,PXe]*", page)
    marks = {",": "", ".": "."} if language == "en" else {".": "", ",": "."}
    return sorted("".join(marks.get(c, c) for c in number.rstrip(".,")).replace("P", ".") for number in found)


class Course(unittest.TestCase):
    def test_there_are_two_languages_and_a_recipe_of_each_chapter(self):
        for chapter in CHAPTERS:
            for ending in (".en.md", ".pt.md", ".toml"):
                self.assertTrue((COURSE / (chapter + ending)).exists(), chapter + ending)
        self.assertEqual(len(CHAPTERS), 14)
        self.assertEqual(len(list(COURSE.glob("*.md"))), 28)

    def test_both_languages_have_the_same_code_figures_and_answers(self):
        for chapter in CHAPTERS:
            self.assertEqual(sorted(code(text(chapter, "en"))), sorted(code(text(chapter, "pt"))), chapter)

    def test_both_languages_have_the_same_numbers(self):
        for chapter in CHAPTERS:
            self.assertEqual(numbers(text(chapter, "en"), "en"), numbers(text(chapter, "pt"), "pt"), chapter)

    def test_every_answer_is_what_its_formula_gives(self):
        for chapter in CHAPTERS:
            answers = re.findall(r"<!-- answer: (\S+) \((\S+)\): (.*?) -->", text(chapter, "en"))
            self.assertEqual(len(answers), 3, chapter)
            for answer, tolerance, formula in answers:
                self.assertAlmostEqual(float(answer), eval(formula, dict(KNOWN)), delta=float(tolerance) + 1e-9, msg=f"{chapter}: {formula}")

    def test_the_numbers_are_told_apart(self):
        self.assertEqual(numbers("1,048.5 and 3x3, 4.7e17.", "en"), numbers("1.048,5 e 3x3, 4.7e17.", "pt"))
        self.assertNotEqual(numbers("1,048", "en"), numbers("1,048", "pt"))


if __name__ == "__main__":
    unittest.main()
