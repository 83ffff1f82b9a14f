#!/bin/sh
# A host without CMake that asks pkg-config for flags, and uses GNU's dialect.
#
#   build.sh LIBRARY_DIR EVERY_HEADER_DIR VERSION COMPILER [FLAGS...]     builds ./host and runs it
set -eu
host="$(dirname "$0")/../host"
library_dir="$1"
PKG_CONFIG_PATH="$library_dir/pkgconfig"
export PKG_CONFIG_PATH
every_header_dir="$2"
version="$3"
shift 3

[ "$(pkg-config --modversion churn)" = "$version" ]
# shellcheck disable=SC2046  # flags are words
"$@" -std=gnu++20 -I"$every_header_dir" -DEXPECTED_VERSION="\"$version\"" $(pkg-config --cflags churn) \
  "$host/main.cpp" "$host/hostile_macros.cpp" $(pkg-config --libs churn) -Wl,-rpath,"$library_dir" -o host
./host
