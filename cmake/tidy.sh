#!/usr/bin/env bash
# clang-tidy over the library and the command. Reads what it needs to know from the configured preset "clang-tidy", in
# which the sources of a folder are one; nothing is compiled, so page_files.cpp, which a build writes, is not there.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
cmake --preset clang-tidy
grep '"file"' build/clang-tidy/compile_commands.json | grep --invert-match --extended-regexp 'verify_interface_header_sets|/page_files\.cpp' |
  cut --delimiter '"' --fields 4 | tr '\n' '\0' |
  xargs -0 -P "$(nproc)" -n 1 clang-tidy-16 -p build/clang-tidy --quiet '--warnings-as-errors=*' 2> >(grep -v 'warnings generated' >&2 || true)
echo "clang-tidy has found nothing."
