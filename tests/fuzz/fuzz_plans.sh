#!/usr/bin/env bash
# Replays plan_fuzz over plans of the examples, as this version writes them.
#
#   fuzz_plans.sh BACKSTAY PLAN_FUZZ
set -euo pipefail
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d /var/tmp/backstay-fuzz.XXXXXX)
trap 'rm -rf "$folder"' EXIT
for policy in "$source_dir"/examples/0[12]-*/*[a-z].stay; do
  case $policy in *.test.stay) continue ;; esac
  "$1" -q plan "$policy" -o "$folder/$(basename "$policy").plan.yaml"
done
"$2" 40 "$folder" >"$folder.log" || { tail -n 1 "$folder.log"; exit 1; }
wc -l <"$folder.log"
rm -f "$folder.log"
