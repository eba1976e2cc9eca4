#!/usr/bin/env python3
"""skipped.py FILE...: why tests were skipped, a line for each, from reports (JUnit's XML of ctest or GoogleTest) and logs
(Python's unittest -v, node's TAP)."""
import re
import sys
import xml.etree.ElementTree as ElementTree


def of_xml(path):
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        mark = case.find("skipped")
        if mark is None:
            continue
        # GoogleTest says "FILE:LINE: Skipped" or "FILE:LINE" and then the reason; ctest has that in what the test printed.
        said = (case.findtext("system-out") or "") + "\n" + (mark.get("message") or "")
        lines = said.splitlines()
        at = [i for i, line in enumerate(lines) if re.search(r"\.cpp:\d+(: Skipped)?$", line)]
        yield lines[at[0] + 1].strip() if at and at[0] + 1 < len(lines) else case.get("name", "")


def of_log(path):
    for line in open(path, encoding="utf-8", errors="replace"):
        if found := re.search(r"\.\.\. skipped (['\"])(.*)\1$", line.rstrip()):
            yield found[2]
        elif found := re.match(r"\s*ok \d+ .*# SKIP\s*(.*)$", line):
            yield found[1]


for file in sys.argv[1:]:
    for reason in of_xml(file) if file.endswith(".xml") else of_log(file):
        print(re.sub(r"\S*/shared/", "../shared/", reason))
