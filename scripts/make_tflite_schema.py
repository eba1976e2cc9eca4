#!/usr/bin/env python3
"""Writes mirim/formats/tflite.fbs from a table of the .tflite schema's facts.

    scripts/make_tflite_schema.py ../shared/formats/tflite_schema_facts.csv > mirim/formats/tflite.fbs

The table has a row for each enumerator, union member and field: kind,owner,name,id,type,default,attributes. A table
without fields has no row of its own: it is known from the unions that name it. Run by hand when the schema grows;
tests/formats/tflite_schema_test.cpp compares the two.
"""

import csv
import sys

HEAD = """\
// The .tflite file format. Written by scripts/make_tflite_schema.py: change that, not this.
namespace tflite;
"""

TAIL = """\
root_type Model;
file_identifier "TFL3";
file_extension "tflite";
"""


def field(row):
    type_ = row["type"]
    # flatc makes the tag itself, at the id below.
    if type_.endswith("(union tag)"):
        return None
    attributes = [f"id: {row['id']}"] + [a for a in row["attributes"].split(";") if a]
    default = f" = {row['default']}" if row["default"] else ""
    return f"  {row['name']}: {type_}{default} ({', '.join(attributes)});"


def main(path):
    owners = {"enum": {}, "union": {}, "table": {}}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            owners[row["kind"]].setdefault(row["owner"], []).append(row)
    tables = owners["table"]
    for members in owners["union"].values():
        for row in members:
            if row["name"] != "NONE":
                tables.setdefault(row["name"], [])

    print(HEAD)
    for name, rows in owners["enum"].items():
        print(f"enum {name}: {rows[0]['type']} {{")
        print(",\n".join(f"  {row['name']} = {row['id']}" for row in rows))
        print("}\n")
    for name, rows in owners["union"].items():
        # Members are numbered by their place, NONE before them.
        assert [int(row["id"]) for row in rows] == list(range(len(rows))), name
        print(f"union {name} {{")
        print(",\n".join(f"  {row['name']}" for row in rows if row["name"] != "NONE"))
        print("}\n")
    for name, rows in tables.items():
        lines = [line for line in map(field, rows) if line]
        print("\n".join([f"table {name} {{", *lines, "}\n"]))
    print(TAIL, end="")


if __name__ == "__main__":
    main(sys.argv[1])
