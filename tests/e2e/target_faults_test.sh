#!/usr/bin/env bash
# A target of each kind that is full, or that vanishes amid a copy, with an empty directory or nothing in its place:
# the backup is made, the copy is none, no receipt says otherwise, and the next run after it needs no help.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/sshd_server.sh"

[ "$(id -u)" = 0 ] || die "this test mounts file systems and must run as root"
"$source_dir/examples/01-quickstart/make-service" "$scratch"
for name in second away cloud repo; do
  mkdir -p "$scratch/disks/$name"
  mount -t tmpfs -o size=100m tmpfs "$scratch/disks/$name"
  mkdir "$scratch/disks/$name/place"
done
start_sshd "$scratch/disks/away/place" --host here
(umask 077 && printf '[here]\ntype = alias\nremote = %s/disks/cloud/place\n' "$scratch" >"$scratch/rclone.conf" && echo "a long password" >"$scratch/password")

remote() { # NAME KIND LOGIN-FILE: a target with its login
  printf 'secret %s-login {\n    file %s\n    escrow "safe" at attic\n}\n\ntarget %s {\n    %s\n    login %s-login\n    at attic\n    media object\n}\n\n' "$1" "$3" "$1" "$2" "$1"
}
declare -A facts=(
  [second]="$(printf 'target second {\n    directory %s/disks/second/place on here\n    media tape\n}\n\n' "$scratch")"
  [away]="$(remote away "rsync \"$ssh_destination:$scratch/disks/away/place\"" "$sshd_dir/receiving")"
  [cloud]="$(remote cloud 'rclone "here:store"' "$scratch/rclone.conf")"
  [repo]="$(remote repo "restic \"$scratch/disks/repo/place\"" "$scratch/password")"
)
declare -A puts=([second]=copy-snapshot.file:2 [away]=target.put.file:1 [cloud]=target.put.file:1 [repo]=target.put.file:1)

newest() { ls "$scratch/store/snapshots" | tail -1; }
receipts() { # NAME SNAPSHOT: at home; of a second directory they lie with the copy
  local places=("$scratch/store/records/$2")
  [ "$1" != second ] || places+=("$scratch/disks/second/place/records/$2")
  find "${places[@]}" -name 'receipt-*' 2>/dev/null | wc -l
}
change_service() { head -c 4000000 /dev/urandom >"$scratch/var/lib/notes/uploads/new"; }
no_copy() { # WHAT: of the run that just ended with $code and said $output
  [ "$code" = 3 ] || die "$1: exit $code: $output"
  [ "$(receipts "$name" "$(newest)")" = 0 ] || die "$1: a receipt was written"
  expect 0 "$backstay" verify "$scratch/store" "$(newest)" --level 2
}
all_is_well() { # after what was wrong is not wrong any more
  local behind
  behind=$(newest)
  change_service
  expect 0 "$backstay" run "$plan"
  [ "$(receipts "$name" "$(newest)")" -ge 1 ] || die "$name: no receipt once all is well: $output"
  expect 0 "$backstay" verify "$plan" "$(newest)" --from "$name" --level 2
  expect 0 "$backstay" list "$plan" --from "$name"
  says "$behind"
}

for name in second away cloud repo; do
  plan=$scratch/$name.plan.yaml
  disk=$scratch/disks/$name
  sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" -e "s|^host here|site attic\n\n&|" \
    -e "s|^    to local keep standard|&\n    copy to $name keep standard|" "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/$name.stay"
  printf '\n%s\n' "${facts[$name]}" >>"$scratch/$name.stay"
  "$backstay" -q plan "$scratch/$name.stay" -o "$plan" 2>"$scratch/findings" || die "$(cat "$scratch/findings")"
  expect 0 "$backstay" -q store init "$plan"
  [ "$name" != repo ] || lighten_restic "$disk/place" "$scratch/password"
  expect 0 "$backstay" run "$plan"

  say "$name: a disk that is full"
  change_service
  fallocate -l $((($(df --output=avail -k "$disk" | tail -n 1) - 2000) * 1024)) "$disk/filler"
  code=0
  output=$("$backstay" run "$plan" 2>&1) || code=$?
  [[ ${output,,} =~ "no space"|"is full"|"make room"|"are free" ]] || die "it does not say that the disk is full: $output"
  no_copy "a full disk"
  rm "$disk/filler"
  all_is_well

  for left in nothing "an empty directory"; do
    say "$name: it vanishes amid a copy, and leaves $left"
    change_service
    BACKSTAY_FAILPOINT=${puts[$name]}:stop "$backstay" run "$plan" >"$scratch/out" 2>&1 &
    run=$!
    wait_for "the copy to begin" grep -q "State:.*stopped" "/proc/$run/status"
    mv "$disk/place" "$disk/gone"
    if [ "$left" != nothing ]; then mkdir "$disk/place"; fi
    kill -CONT $run
    code=0
    wait $run || code=$?
    output=$(cat "$scratch/out")
    no_copy "$left in its place"
    rm -rf "$disk/place"
    mv "$disk/gone" "$disk/place"
    all_is_well
  done
done
stop_sshd
