#!/usr/bin/env bash
# The quick start's demo, in a directory of its own, ends with proof; what it prints names no secret.
source "$(dirname "$0")/lib.sh"

expect 0 "$source_dir/examples/01-quickstart/demo" "$backstay" "$scratch/root"
says "every entry, byte, mode, owner, time and row came back"
says "what the policy leaves out (thumbnails) is not in the snapshot, but for the empty directory"
says "Plan: "
secret=$(awk '/secret/ { print $3 }' "$scratch/root/etc/notes/conf.d/key.conf")
says_not "$secret"

say "a second demo in the same place begins anew"
expect 0 "$source_dir/examples/01-quickstart/demo" "$backstay" "$scratch/root"

say "a directory that is not the demo's is left alone"
mkdir "$scratch/mine"
touch "$scratch/mine/precious"
expect 1 "$source_dir/examples/01-quickstart/demo" "$backstay" "$scratch/mine"
[ -e "$scratch/mine/precious" ] || die "the demo took somebody's directory"
