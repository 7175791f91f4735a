#!/usr/bin/env bash
# The Debian package is made once for the tests that install it, and lintian finds no error in it.
source "$(dirname "$0")/lib.sh"
expect 0 "$source_dir/script/package" --build "$(realpath "$(dirname "$backstay")/..")"
says_not "E: "
[ -s "$(tail -n 1 <<<"$output")" ] || die "no package: $output"
