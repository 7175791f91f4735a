#!/usr/bin/env bash
# Plan files of earlier versions are read as they always were, or refused by name. None is rewritten here:
# a file in earlier-plans/ stays as the version that wrote it left it.
source "$(dirname "$0")/lib.sh"

for plan in "$e2e_dir"/earlier-plans/*.plan.yaml; do
  say "$(basename "$plan")"
  expect 0 "$backstay" show "$plan"
  says "Steps of its restore (the exact reverse)"
  expect 0 "$backstay" diff "$plan" "$plan"
  says_not "other details"
  expect 0 "$backstay" graph "$plan"
  # It is still a plan that a run accepts: what is missing is the store, not the plan's validity.
  code=0
  output=$("$backstay" run "$plan" 2>&1) || code=$?
  [ "$code" = 7 ] || die "exit $code instead of 7 for a store that is not there: $output"
  says "store"
done
