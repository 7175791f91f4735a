#!/usr/bin/env bash
# A sealed store on a full disk and in a drill: nothing half-sealed is visible, what is sealed is proven with
# an identity and by nobody else, and no identity stays anywhere. Needs root: the store lies on a tmpfs.
source "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || die "this test mounts a tmpfs and must run as root"
"$source_dir/examples/01-quickstart/make-service" "$scratch"
for name in operations escrow stranger; do age-keygen -o "$scratch/$name.txt" 2>/dev/null; done
{
  sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
    -e "s|^retention|site safe\n\nkey vault {\n    recipient \"$(age-keygen -y "$scratch/operations.txt")\"\n    recipient \"$(age-keygen -y "$scratch/escrow.txt")\" escrow \"envelope 7\" at safe\n    identity opener\n}\n\nsecret opener {\n    file $scratch/removed-key.txt\n}\n\n&|" \
    -e "s|^    media disk|&\n    seal vault|" "$source_dir/examples/01-quickstart/quickstart.stay"
  printf 'schedule weekly {\n    every mon at 03:00\n    window 1h\n}\n'
  printf 'drill practice {\n    run weekly\n    restore all services from local into sandbox\n'
  printf '    expect file %s\n}\n' "$scratch/etc/notes/notes.conf"
} >"$scratch/sealed.stay"
plan=$scratch/sealed.plan.yaml
mkdir "$scratch/store"
mount -t tmpfs -o size=200m tmpfs "$scratch/store"
"$backstay" -q plan "$scratch/sealed.stay" -o "$plan"
"$backstay" -q store init "$plan"
change() { head -c 12000000 /dev/urandom >"$scratch/var/lib/notes/uploads/big"; } # else it would be linked
change
expect 0 "$backstay" run "$plan"

proven() { # at level 2, by an identity: how many snapshots are visible
  local id ids
  ids=$("$backstay" list "$plan" --format json | jq -r '.snapshots[].id')
  for id in $ids; do
    "$backstay" verify "$plan" "$id" --level 2 --identity "$scratch/operations.txt" >/dev/null ||
      die "visible snapshot $id is not intact"
  done
  wc -w <<<"$ids"
}

say "the disk becomes full while parts are sealed"
failed=0
for free in 30000 19000 15000 11000 9000 4000; do
  before=$(proven)
  change
  available=$(df --output=avail -k "$scratch/store" | tail -n 1)
  fallocate -l $(((available - free) * 1024)) "$scratch/store/filler"
  code=0
  output=$("$backstay" run "$plan" 2>&1) || code=$?
  rm "$scratch/store/filler"
  [ -z "$(ls -A "$scratch/store/staging")" ] || die "$free KiB free: a failed run left its staging behind"
  if [ "$code" = 0 ]; then
    [ "$(proven)" = $((before + 1)) ] || die "$free KiB free: reported, and not there"
    continue
  fi
  failed=$((failed + 1))
  [ "$code" = 1 ] || [ "$code" = 3 ] || die "$free KiB free: exit $code: $output"
  [[ $output == *"is full"* || $output == *"No space"* ]] || die "nothing says that the disk is full: $output"
  [ "$(proven)" -le $((before + 1)) ] || die "$free KiB free: more is visible than one run makes"
done
[ "$failed" -ge 3 ] && [ "$failed" -lt 6 ] || die "$failed of 6 runs failed: the levels prove nothing"
before=$(proven)
expect 0 "$backstay" run "$plan"
[ "$(proven)" = $((before + 1)) ] || die "the run after the full disk is not there"

say "a drill needs an identity that opens the store"
sandbox=$scratch/sandbox
for identity in "" "$scratch/stranger.txt"; do
  code=0
  output=$("$backstay" drill "$plan" --into "$sandbox" ${identity:+--identity "$identity"} 2>&1) || code=$?
  [ "$code" != 0 ] || die "a drill opened what is sealed with '$identity': $output"
  [ -z "$(ls -A "$sandbox" 2>/dev/null)" ] || die "a refused drill left something"
done
expect 0 "$backstay" drill "$plan" --into "$sandbox" --identity "$scratch/operations.txt"
says ": drilled"
says "found    $scratch/etc/notes/notes.conf is there"
[ -z "$(ls -A "$sandbox" 2>/dev/null)" ] || die "the sandbox is left"
expect 0 "$backstay" drill "$plan" --into "$sandbox" --identity "$scratch/escrow.txt"

say "no identity stays anywhere, and nothing of what is sealed"
if grep -rqs AGE-SECRET "$scratch/store" "$scratch/state" "$scratch/config" "$plan"; then die "an identity was kept"; fi
for word in notes.conf uploads; do
  if grep -rqs -- "$word" "$scratch/store/snapshots"; then die "a sealed snapshot says '$word'"; fi
done
