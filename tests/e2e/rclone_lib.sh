# Shared by the tests of copies by rclone: the quick start with a copy of every snapshot to a real Swift, and
# a server between them that lies when it is told to. Source lib.sh first; then `begin REMOTE`.

source "$source_dir/tests/support/swift_server.sh"

proxy=
end_all() {
  [ -z "$proxy" ] || kill "$proxy" 2>/dev/null || true
  stop_swift
  clean_up
}
trap end_all EXIT

make_policy() { # REMOTE
  plan=$scratch/${1%%:*}.plan.yaml
  sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
    -e "s|^retention|secret cloud {\n    file $scratch/rclone.conf\n    escrow \"safe\" at attic\n}\n\ntarget offsite {\n    rclone \"$1\"\n    login cloud\n    at attic\n    media object\n}\n\n&|" \
    -e "s|^host here|site attic\n\n&|" \
    -e "s|^    to local keep standard|&\n    copy to offsite keep standard|" \
    "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/cloud.stay"
  "$backstay" -q plan "$scratch/cloud.stay" -o "$plan" 2>"$scratch/findings"
  rm -f "$scratch/config/targets/offsite"
  "$backstay" -q store init "$plan"
}

begin() { # REMOTE
  "$source_dir/examples/01-quickstart/make-service" "$scratch"
  unset AWS_CA_BUNDLE
  start_swift
  (umask 077 && rclone_conf >"$scratch/rclone.conf")
  make_policy "$1"
}

# From now on all goes through the one that lies, which is honest at first.
begin_lying() {
  lie pass
  /usr/bin/python3 "$source_dir/tests/support/lying_proxy.py" "$swift_proxy_port" "$scratch/control" \
    "$scratch/requests" >"$scratch/port" &
  proxy=$!
  wait_for "the proxy" test -s "$scratch/port"
  local port
  port=$(cat "$scratch/port")
  (umask 077 && rclone_conf "http://127.0.0.1:$port/auth/v1.0" "http://127.0.0.1:$port" >"$scratch/rclone.conf")
}

lie() { printf '%s\n' "$*" >"$scratch/control"; }
change_service() { printf '%s\n' "$RANDOM" >>"$scratch/etc/notes/notes.conf"; }
newest() { ls "$scratch/store/snapshots" | tail -1; }
receipts() { ls "$scratch/store/records/$1" 2>/dev/null | grep -c receipt || true; }

# no_receipt WHAT: the run fails, and nothing counts as a copy. What it said is in $output. Its snapshot is taken
# away, so that the next run does not catch up with it.
no_receipt() {
  local code=0
  change_service
  output=$(BACKSTAY_TEST_STALL=2 "$backstay" run "$plan" 2>&1) || code=$?
  [ "$code" != 0 ] || die "$1: the run says that all went well"
  [ "$(receipts "$(newest)")" = 0 ] || die "$1: a receipt was written"
  chmod -R u+w "$scratch/store/snapshots/$(newest)"
  rm -rf "$scratch/store/snapshots/$(newest)"
}

# a_receipt: the run is good, and its copy is proven.
a_receipt() {
  expect 0 "$backstay" run "$plan"
  [ "$(receipts "$(newest)")" = 1 ] || die "no receipt: $output"
}

lose_all_but_the_policy() {
  chmod -R u+w "$scratch/store" 2>/dev/null || true
  rm -rf "$scratch/store" "$scratch/state" "$scratch/config" "$scratch/etc/notes" \
    "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
}
