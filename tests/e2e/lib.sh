# Shared by the end-to-end scripts: a scratch directory, the program under test, assertions.
# Each script is one CTest case; it gets the program as $1 and fails at the first thing that is wrong.
set -euo pipefail
# Why: who starts the tests may have left a terminal or a pipe there that does not block; Ansible refuses that.
exec </dev/null

e2e_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_dir=$(cd "$e2e_dir/../.." && pwd)
backstay=$1
scratch=$(mktemp -d /var/tmp/backstay-e2e.XXXXXX)
export BACKSTAY_CONFIG_DIR=$scratch/config BACKSTAY_STATE_DIR=$scratch/state NO_COLOR=1 LC_ALL=C.UTF-8

clean_up() {
  local mount
  for mount in $(awk -v at="$scratch" 'index($2, at) == 1 { print $2 }' /proc/mounts | sort -r); do
    umount "$mount" || umount -l "$mount" || true
  done
  chmod -R u+w "$scratch" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

say() { printf -- '--- %s\n' "$*"; }

die() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# expect CODE COMMAND…: the command must exit with CODE; its output is in $output.
expect() {
  local wanted=$1 code=0
  shift
  output=$("$@" 2>&1) || code=$?
  [ "$code" = "$wanted" ] || die "exit $code instead of $wanted: $*"$'\n'"$output"
}

# says TEXT: the output of the last expect holds TEXT.
says() { [[ $output == *"$1"* ]] || die "the output does not say '$1':"$'\n'"$output"; }

# COMMAND… | has [GREP-OPTION…] PATTERN: a line that the command prints. Not `grep -q`, which leaves at the
# first one: who still writes then fails by SIGPIPE, and with him the pipe.
has() {
  local text
  text=$(cat)
  grep -q "$@" <<<"$text"
}

# says_not TEXT
says_not() { [[ $output != *"$1"* ]] || die "the output says '$1':"$'\n'"$output"; }

wait_for() { # WHAT COMMAND…: until it succeeds, at most a minute
  local what=$1 round
  shift
  for round in $(seq 600); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  die "waited a minute for $what"
}

# A restic repository opens at once from here on.
lighten_restic() { "$source_dir/tests/support/light_restic_key.py" "$1" "$2"; } # DIRECTORY PASSWORD-FILE

# The quick start's service, policy, plan and store under $scratch.
make_quickstart() {
  "$source_dir/examples/01-quickstart/make-service" "$scratch"
  sed "s|/var/tmp/backstay-quickstart|$scratch|g" "$source_dir/examples/01-quickstart/quickstart.stay" \
    >"$scratch/quickstart.stay"
  plan=$scratch/quickstart.plan.yaml
  "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
  "$backstay" -q store init "$plan"
}

fingerprint() { "$source_dir/examples/01-quickstart/fingerprint" "$scratch"; }

# Number of snapshots that `list` shows; each must verify at level 2.
verified_snapshots() {
  local ids id
  ids=$("$backstay" list "$plan" --format json | jq -r '.snapshots[].id')
  for id in $ids; do
    "$backstay" verify "$plan" "$id" --level 2 >/dev/null || die "visible snapshot $id is not intact"
  done
  wc -w <<<"$ids"
}
