# Sourced by ./test: runs the test programs of each kind, each in its own way of counting, and adds the counts up.

passed=0 failed=0 skipped=0 reasons=()
logs=build/test-logs
mkdir -p "$logs"

# count PASSED FAILED SKIPPED WHAT
count() {
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
  printf '%s: %d passed, %d failed, %d skipped\n' "$4" "$1" "$2" "$3"
}

# The value of an attribute of the first element of an XML file that has it; 0 where there is none.
attribute() { sed -n "s/.*[[:space:]]$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -1 | grep . || echo 0; }

# skipped_because FILE...: notes why tests in the logs or reports were skipped, in the words of the tests; finish prints them.
skipped_because() {
  local line
  while read -r line; do [ -z "$line" ] || reasons+=("$line"); done < <(python3 -B scripts/skipped.py "$@")
}

# run_check WHAT COMMAND...: one test that passes when the command does.
run_check() {
  local what=$1 log="$logs/$1.log"
  shift
  if "$@" >"$log" 2>&1; then count 1 0 0 "$what"; else tail -60 "$log"; count 0 1 0 "$what"; fi
}

# run_ctest PRESET [CTEST-OPTION...]: the unit tests of a build.
run_ctest() {
  local preset=$1 xml="$PWD/$logs/ctest-$1.xml" log="$logs/ctest-$1.log" all bad left
  shift
  rm -f "$xml"
  ctest --preset "$preset" -j "$(nproc)" --output-junit "$xml" "$@" >"$log" 2>&1 || true
  [ -e "$xml" ] || { tail -20 "$log"; count 0 1 0 "ctest ($preset) did not run"; return; }
  all=$(attribute "$xml" tests) bad=$(attribute "$xml" failures)
  left=$(($(attribute "$xml" skipped) + $(attribute "$xml" disabled)))
  [ "$bad" = 0 ] || grep -v '   Passed  ' "$log" | tail -150
  [ "$left" = 0 ] || skipped_because "$xml"
  count $((all - bad - left)) "$bad" "$left" "ctest ($preset)"
  slowest "$log"
}

# slowest LOG: the five tests of a ctest log that took longest, and what all took on one core.
slowest() {
  sed -n 's/^ *[0-9]*\/[0-9]* Test *#[0-9]*: \(.*[^ .]\) \.\{3,\}.* \([0-9.]*\) sec$/\2 \1/p' "$1" | sort -rn |
    awk '{ all += $1 } NR <= 5 { printf "  %4.0f s %s\n", $1, $2 } END { printf "  %4.0f s all, one after another\n", all }'
}

# run_googletest PROGRAM: one test program as it is, its output shown.
run_googletest() {
  local xml="$PWD/$logs/$(basename "$1").xml" all bad left
  rm -f "$xml"
  "$1" --gtest_brief=1 --gtest_output="xml:$xml" || true
  [ -e "$xml" ] || { count 0 1 0 "$(basename "$1") ended before its last test"; return; }
  all=$(attribute "$xml" tests) bad=$(attribute "$xml" failures)
  left=$(grep -c 'result="skipped"' "$xml" || true)
  [ "$left" = 0 ] || skipped_because "$xml"
  count $((all - bad - left)) "$bad" "$left" "$(basename "$1")"
}

# run_python_tests FOLDER: every *_test.py below it (unittest), with the judges' Python where it is installed.
run_python_tests() {
  local python=/usr/bin/python3 file log line all bad left
  [ ! -e build/judge/requirements.txt ] || python=build/judge/bin/python
  while read -r file; do
    log="$logs/$(tr / . <<<"$file").log"
    "$python" -B "$file" -v >"$log" 2>&1 || true
    all=$(sed -n 's/^Ran \([0-9]*\) tests\?.*/\1/p' "$log" | tail -1)
    line=$(grep -E '^(OK|FAILED)' "$log" | tail -1 || true)
    bad=0 left=0
    [[ $line =~ failures=([0-9]+) ]] && bad=$((bad + BASH_REMATCH[1]))
    [[ $line =~ errors=([0-9]+) ]] && bad=$((bad + BASH_REMATCH[1]))
    [[ $line =~ skipped=([0-9]+) ]] && left=${BASH_REMATCH[1]}
    if [ -z "$all" ] || [ -z "$line" ]; then
      tail -20 "$log"
      count 0 1 0 "$file did not run to its end"
      continue
    fi
    [ $bad = 0 ] || grep -v ' \.\.\. ok$' "$log" | tail -80
    [ "$left" = 0 ] || skipped_because "$log"
    grep '^note: ' "$log" | sed 's/^note: /  /' || true # what a test wants seen
    count $((all > bad + left ? all - bad - left : 0)) "$bad" "$left" "$file"
  done < <(find "$1" -name '*_test.py' | sort)
}

# run_node_tests FOLDER: every *_test.mjs below it, by node's own test runner.
run_node_tests() {
  local file log
  while read -r file; do
    log="$logs/$(tr / . <<<"$file").log"
    node --test --test-reporter=tap "$file" >"$log" 2>&1 || { tail -80 "$log"; grep -q '^# tests' "$log" || { count 0 1 0 "$file did not run"; continue; }; }
    skipped_because "$log"
    count "$(sed -n 's/^# pass //p' "$log")" "$(sed -n 's/^# fail //p' "$log")" "$(sed -n 's/^# skipped //p' "$log")" "$file"
  done < <(find "$1" -name '*_test.mjs' | sort)
}

# run_fuzzer PROGRAM SECONDS: a short run over fuzz/seeds/NAME; what it finds new stays in build/, what breaks it is kept there too.
run_fuzzer() {
  local name seeds found
  name=$(basename "$1") seeds="fuzz/seeds/${name#fuzz_}" found="build/fuzz/$name"
  mkdir -p "$found"
  [ -d "$seeds" ] || seeds=
  run_check "$name" "$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found/" "$found" ${seeds:+"$seeds"}
}

# The closing lines, and the exit code that goes with them: why tests were skipped, then the counts.
finish() {
  [ ${#reasons[@]} = 0 ] || { printf '\nSkipped:\n'; printf '%s\n' "${reasons[@]}" | sort | uniq -c | sed 's/^ *\([0-9]*\) /  \1 x /'; }
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" = 0 ] && [ $((passed + skipped)) -gt 0 ]
  exit
}

# A heading of ./test, with the minutes that it has taken so far.
say() { printf '\033[1m== %s\033[0m (after %d min)\n' "$*" "$((SECONDS / 60))"; }
