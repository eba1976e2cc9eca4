"""The texts of the pages: both languages have the same, the sources use what is there, and all of it."""
import json
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
EN, PT = (json.loads((ROOT / f"mirim/report/texts/{language}.json").read_text()) for language in ("en", "pt"))
PAGE = list((ROOT / "mirim/report/page").rglob("*.js"))
HOST = list((ROOT / "mirim").rglob("*.cpp"))

# Keys stand as literals where they are used: t("a.b"), pieces("a.b", ...); in C++ text(language, "a.b").
IN_PAGE = re.compile(r'\b(?:t|pieces)\(\s*"([^"]+)"')
IN_HOST = re.compile(r'\btext\(\s*[\w.:>-]*[lL]ang[\w.:>()-]*,\s*"([^"]+)"')


def forms(text):
    return {"other": text} if isinstance(text, str) else text


def placeholders(text):
    return [sorted(re.findall(r"\{(\w+)\}", form)) for _, form in sorted(forms(text).items())]


def uses():
    for paths, pattern in ((PAGE, IN_PAGE), (HOST, IN_HOST)):
        for path in paths:
            for match in pattern.finditer(path.read_text()):
                yield path.relative_to(ROOT), match[1]


class Texts(unittest.TestCase):
    def test_both_languages_have_the_same_texts(self):
        self.assertEqual(sorted(EN), sorted(PT))

    def test_a_text_has_the_same_placeholders_in_both_languages(self):
        for key in EN:
            self.assertEqual(*({name for form in placeholders(texts[key]) for name in form} for texts in (EN, PT)), key)

    def test_every_form_of_a_text_is_text_with_the_same_placeholders(self):
        for texts in (EN, PT):
            for key, text in texts.items():
                self.assertTrue("other" in forms(text) and set(forms(text)) <= {"one", "other"}, key)
                self.assertTrue(all(isinstance(form, str) and form for form in forms(text).values()), key)
                self.assertEqual(len({tuple(form) for form in placeholders(text)}), 1, key)

    def test_texts_stand_once_in_the_order_of_their_keys(self):
        for language in ("en", "pt"):
            keys = re.findall(r'^ "([^"]+)":', (ROOT / f"mirim/report/texts/{language}.json").read_text(), re.M)
            self.assertEqual(keys, sorted(set(keys)))
            self.assertEqual(len(keys), len(EN))

    def test_every_text_that_is_used_exists(self):
        self.assertEqual([], sorted(f"{path}: {key}" for path, key in uses() if key not in EN))

    def test_no_text_is_unused(self):
        self.assertEqual([], sorted(set(EN) - {key for _, key in uses()}))

    def test_the_patterns_see_the_uses(self):
        self.assertEqual(IN_PAGE.findall('t("a.b", {n: 3}) pieces(\n "c.d") at("e.f")'), ["a.b", "c.d"])
        self.assertEqual(IN_HOST.findall('text(language, "a.b") text(o.language,\n "c.d") text(Language::pt, "e.f") text(words.language(), "h") text(graph, "g")'), ["a.b", "c.d", "e.f", "h"])


if __name__ == "__main__":
    unittest.main()
