#!/usr/bin/env bash
# The Debian package (package_made_test.sh): in a fresh Debian 12 that has nothing else of ours the packaged
# program protects a service, loses it and brings it back.
source "$(dirname "$0")/lib.sh"
build=$(realpath "$(dirname "$backstay")/..")

package=$(ls "$build"/package/backstay_*.deb)

say "what is in it"
contents=$(dpkg-deb -c "$package" | awk '{ print $6 }')
for path in ./usr/bin/backstay ./usr/share/man/man1/backstay.1.gz ./usr/share/man/man1/backstay-schedule-install.1.gz \
  ./usr/share/bash-completion/completions/backstay ./usr/share/zsh/vendor-completions/_backstay \
  ./usr/share/fish/vendor_completions.d/backstay.fish ./usr/lib/systemd/system/backstay-recover.service \
  ./usr/share/doc/backstay/copyright ./usr/share/doc/backstay/examples/01-quickstart/quickstart.stay; do
  grep -qxF "$path" <<<"$contents" || die "the package has no $path"
done
grep -q '^./usr/share/backstay/policies/.*\.stay$' <<<"$contents" || die "the standard library is not in the package"

say "into a fresh Debian 12"
root=$scratch/root
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
  awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
[ -n "$mirror" ] || die "apt of this machine has no source for bookworm"
# Keys, proxies and certificates as this machine has them; its further sources are not taken along.
expect 0 mmdebstrap --variant=apt \
  --setup-hook='mkdir -p "$1/etc/apt" && cp -a /etc/apt/. "$1/etc/apt/" && rm -rf "$1"/etc/apt/sources.list.d "$1"/etc/apt/preferences.d/*' \
  --customize-hook="cp '$package' \"\$1/tmp/backstay.deb\"" \
  --customize-hook='chroot "$1" apt-get install -y --no-install-recommends /tmp/backstay.deb sqlite3 >&2' \
  --customize-hook='chroot "$1" ldd /usr/bin/backstay >&2' \
  bookworm "$root" "$mirror"
says_not "not found"

say "the packaged program does the main job there"
mount -t proc proc "$root/proc"
cat >"$root/tmp/journey" <<'SH'
set -eu
cd /tmp
examples=/usr/share/doc/backstay/examples/01-quickstart
mkdir -p /var/tmp/backstay-quickstart
$examples/make-service /var/tmp/backstay-quickstart
$examples/fingerprint /var/tmp/backstay-quickstart >before
backstay check $examples/quickstart.stay
backstay plan $examples/quickstart.stay -o plan.yaml
backstay store init plan.yaml
backstay run plan.yaml
rm -rf /var/tmp/backstay-quickstart/etc /var/tmp/backstay-quickstart/var
backstay restore plan.yaml --in-place --yes
$examples/fingerprint /var/tmp/backstay-quickstart >after
grep -av /thumbnails/ before >wanted  # the policy leaves them out
diff wanted after && echo "the same again"
SH
expect 0 chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 sh /tmp/journey
says "the same again"

say "removed again, and the store stays"
expect 0 chroot "$root" dpkg --purge backstay
[ ! -e "$root/usr/bin/backstay" ] || die "the program is still there"
[ -d "$root/var/tmp/backstay-quickstart/store/snapshots" ] || die "purging the package took a store away"
[ -d "$root/etc/backstay/targets" ] || die "purging the package took the registration of the store away"
