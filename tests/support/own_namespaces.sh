# A test that changes /etc, /var or /run does so in namespaces of its own: nothing of the machine changes.
#
#   set -euo pipefail
#   source "$(dirname "$0")/../support/own_namespaces.sh"
#   enter_own_namespaces [--uts|--pid …] -- "$@"     # runs the script anew in there, and ends out here
#
# Always with --mount; further options are those of unshare(1). Needs root.
enter_own_namespaces() {
  local apart=(unshare --mount --propagation private)
  while [ "$1" != -- ]; do
    apart+=("$1")
    shift
  done
  shift
  [ -z "${BACKSTAY_E2E_INSIDE:-}" ] || return 0
  [ "$(id -u)" = 0 ] || { echo "FAILED: needs root, for namespaces" >&2; exit 1; }
  export BACKSTAY_E2E_INSIDE=1
  if unshare --mount --propagation private true 2>/dev/null; then
    exec "${apart[@]}" bash "$0" "$@"
  fi
  # In a chroot the root is no mount of its own, and a namespace cannot be made private: make it one.
  local machine code=0
  machine=$(mktemp -d /var/tmp/backstay-e2e-root.XXXXXX)
  mount --rbind / "$machine"
  mount --make-rprivate "$machine"
  chroot "$machine" "${apart[@]}" bash "$(realpath "$0")" "$@" || code=$?
  umount -R -l "$machine"
  rmdir "$machine"
  exit "$code"
}
