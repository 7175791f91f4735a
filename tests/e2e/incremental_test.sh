#!/usr/bin/env bash
# A second run stores what changed and links the rest; each snapshot restores by itself, also when
# another is removed; damage and a lost memory are said and mended.
source "$(dirname "$0")/lib.sh"

make_quickstart
state=$scratch/var/lib/notes
head -c 20000000 /dev/urandom >"$state/image"
mkdir -p "$state/odd"
printf 'x' >"$state/odd/"$'new\nline'
printf 'x' >"$state/odd/"$'\xff\xfe bytes'
sleep 3

snapshot() { echo "$scratch"/store/snapshots/*"$1"-*; }
# What the files below a directory hold, but those that the policy leaves out.
sums() { (cd "$1" && find . -name thumbnails -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }
new_bytes() { find "$(snapshot "$1")/data" -type f -links 1 -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }'; }

say 'the second run links'
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" run "$plan"
[ "$(new_bytes 0000002)" -lt 10000 ] || die "the second run stored $(new_bytes 0000002) bytes"

say 'a change costs about its size, and is listed'
echo changed >>"$state/odd/"$'new\nline'
printf 'in the middle' | dd of="$state/image" bs=1 seek=9000000 conv=notrunc status=none
rm "$state/odd/"$'\xff\xfe bytes'
sleep 3
expect 0 "$backstay" run "$plan"
[ "$(new_bytes 0000003)" -lt 18000000 ] || die "the third run stored $(new_bytes 0000003) bytes"
expect 0 "$backstay" changes "$plan" 2 3
says "~ notes.state  $state/odd/new\\x0aline  (content, time)"
says "~ notes.state  $state/image  (content, time)"
says "- notes.state"
says_not "notes.etc"
expect 0 "$backstay" changes "$plan" 1 2
says '0 changes'

say 'the first snapshot is removed; the others are whole'
rm -rf "$(snapshot 0000001)" 2>/dev/null || { chmod -R u+w "$(snapshot 0000001)"; rm -rf "$(snapshot 0000001)"; }
expect 0 "$backstay" verify "$plan" --level 2
expect 0 "$backstay" restore "$plan" --service notes --to "$scratch/back" --yes
[ "$(sums "$state")" = "$(sums "$scratch/back$state")" ] || die "the restored tree differs"
expect 0 env ROOT="$scratch/hand" sh -c "cd '$(snapshot 0000003)' && sh RESTORE.txt"
[ "$(sums "$state")" = "$(sums "$scratch/hand$state")" ] || die "the tree restored by hand differs"

say 'one file alone'
expect 0 "$backstay" restore "$plan" --path "$state/image" --to "$scratch/one" --yes
cmp "$state/image" "$scratch/one$state/image"

say 'a part rots: verify names both snapshots, --rehash mends'
pack=$(find "$(snapshot 0000003)/data/notes.etc" -regextype egrep -regex '.*/[0-9a-f]{64}\.tar\.zst' | head -n 1)
chmod u+w "$pack"
printf 'rot' | dd of="$pack" bs=1 seek=60 conv=notrunc status=none
expect 5 "$backstay" verify "$plan"
says 0000002-
says 0000003-
expect 5 "$backstay" store check "$plan" --aside "$scratch/aside"
says 'copied aside:'
says 'nothing in the store was changed'
[ "$(find "$scratch/aside" -type f | wc -l)" = 1 ] || die "a damaged file is copied once"
expect 0 "$backstay" run "$plan" --rehash
says 'is damaged: its SHA-256 differs in 0'
expect 0 "$backstay" verify "$plan" latest --level 2
expect 5 "$backstay" verify "$plan" 3

say 'the memory is lost'
rm -r "$BACKSTAY_STATE_DIR/cache"
expect 0 "$backstay" run "$plan"
[ "$(grep -c 'nothing fits that earlier runs remember' <<<"$output")" = 1 ] || die "not told in one line:"$'\n'"$output"
says 'nothing fits that earlier runs remember of `notes.'
says 'was read and stored anew'
expect 0 "$backstay" verify "$plan" latest --level 2
