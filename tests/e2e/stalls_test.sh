#!/usr/bin/env bash
# What hangs ends in words, in its time, and leaves no receipt: a restic repository behind a server that does not
# answer; the command of a secret whose store says nothing.
source "$(dirname "$0")/lib.sh"

server=
end_all() {
  kill -CONT "$server" 2>/dev/null && kill "$server" || true
  clean_up
}
trap end_all EXIT

mkdir "$scratch/served"
upstream=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
rclone serve restic --config /dev/null --addr "127.0.0.1:$upstream" "$scratch/served" 2>"$scratch/server.log" &
server=$!
wait_for "the server" bash -c "exec 3<>/dev/tcp/127.0.0.1/$upstream"
repository=rest:http://127.0.0.1:$upstream/

(umask 077 && echo "a long password 4711" >"$scratch/password")
"$source_dir/examples/01-quickstart/make-service" "$scratch"
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "s|^retention|secret repository {\n    command [\"/usr/bin/cat\", \"$scratch/password\"]\n    escrow \"safe\" at attic\n}\n\ntarget vault {\n    restic \"$repository\"\n    login repository\n    at attic\n    media object\n}\n\n&|" \
  -e "s|^host here|site attic\n\n&|" -e "s|^    to local keep standard|&\n    copy to vault keep standard|" \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/restic.stay"
plan=$scratch/restic.plan.yaml
expect 0 "$backstay" plan "$scratch/restic.stay" -o "$plan"
expect 0 "$backstay" store init "$plan"

newest() { ls "$scratch/store/snapshots" | tail -1; }
receipts() { ls "$scratch/store/records/$1" 2>/dev/null | grep -c receipt || true; }
change_service() { head -c 3000000 /dev/urandom >"$scratch/var/lib/notes/uploads/new"; }
no_receipt() { # WORD…: of a run whose snapshot is here and whose copy is not
  change_service
  expect 3 env BACKSTAY_TEST_STALL=2 BACKSTAY_TEST_SECRET=2 "$backstay" run "$plan"
  local word
  for word; do says "$word"; done
  [ "$(receipts "$(newest)")" = 0 ] || die "a receipt was written"
  expect 0 "$backstay" verify "$scratch/store" "$(newest)" --level 2
  nothing_left
}
nothing_left() {
  wait_for "the end of what hung" sh -c "! pgrep -f '[r]epo=$repository|[c]at $scratch/password' >/dev/null"
}
a_receipt() {
  expect 0 "$backstay" run "$plan"
  [ "$(receipts "$(newest)")" = 1 ] || die "no receipt: $output"
}
a_receipt

say "a server that takes calls and does not answer"
kill -STOP "$server"
no_receipt "did not end within 2 s"
expect 1 env BACKSTAY_TEST_STALL=2 "$backstay" list "$plan" --from vault
kill -CONT "$server"

say "once it answers, what was left behind goes too"
behind=$(newest)
change_service
a_receipt
[ "$(receipts "$behind")" = 1 ] || die "what was left behind was not copied"

say "a secret store that does not answer: the backup is made, its copy is not, and nothing waits for it"
mv "$scratch/password" "$scratch/kept"
mkfifo "$scratch/password"  # the command waits for ever
no_receipt "its command gave no answer within 2 s" "repository"
expect 12 env BACKSTAY_TEST_SECRET=2 "$backstay" list "$plan" --from vault
nothing_left
if grep -rqF "a long password 4711" "$scratch/state" "$scratch/store" "$scratch/config" "$plan"; then die "the password was written down"; fi
mv "$scratch/kept" "$scratch/password"
a_receipt
