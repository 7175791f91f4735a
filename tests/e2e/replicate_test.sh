#!/usr/bin/env bash
# `replicate`: rings and builder files on every storage node, equal on each, exchanged at once or not at
# all; hosts that are gone, full, cut, lying or strange are named, and the others have the files.
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"

share_program "$backstay" backstay
add_hosts ctl01 stor01 stor02 stor03
admit ctl01 stor01 stor02 stor03
root=$(host_root ctl01)
mkdir -p "$root"/{etc/swift/backups,etc/backstay,srv}
for name in account container object; do
  head -c 3000 /dev/urandom >"$root/etc/swift/$name.builder"
  head -c 5000 /dev/urandom >"$root/etc/swift/$name.ring.gz"
done
echo secret >"$root/etc/swift/swift.conf"
echo old >"$root/etc/swift/backups/odd"$'\n'" name'\$(touch x).builder"
ln -s /etc/shadow "$root/etc/swift/link"
chmod 0640 "$root/etc/swift/swift.conf"
cat >"$root/srv/rings.stay" <<'END'
language 1
policy rings
zone UTC

host ctl01

hosts stor[01-03] { }

group storage {
    members stor[01-03]
}

service swift {
    on ctl01
    path /etc/swift as etc
    replicate /etc/swift to storage
}

target local {
    directory /srv/store on ctl01
    media disk
}

schedule nightly {
    every day at 02:30
}

retention standard {
    daily 7
}

backup rings {
    cover all services
    run nightly
    to local keep standard
}
END
tool() { on ctl01 backstay "$@"; }
run() { on ctl01 env "${with[@]}" backstay run /srv/rings.plan.yaml --host ctl01; }
with=()
here=/var/lib/backstay/replicas/swift/etc/swift
replica() { printf '%s%s' "$(host_root "$1")" "$here"; }
# Equal in content, and nothing more than the files.
equal() {
  diff <(cd "$root/etc/swift" && find . -type f -exec sha256sum {} + | sort) \
    <(cd "$(replica "$1")/current/files" && find . -mindepth 1 ! -type d -exec sha256sum {} + | sort)
}
expect 0 tool -q plan /srv/rings.stay -o /srv/rings.plan.yaml
expect 0 tool -q store init /srv/rings.plan.yaml

say "a dry run asks every host and changes nothing"
expect 0 tool run /srv/rings.plan.yaml --dry-run
says "stor02 has none yet"
[ ! -e "$(host_root stor02)/var/lib/backstay" ] || die "a dry run wrote on stor02"

say "every host has the same bytes, and says so by sha256sum"
expect 0 run
for host in stor01 stor02 stor03; do
  equal "$host" || die "$host has other files"
  expect 0 on "$host" sh -c "cd $here/current && sha256sum --quiet -c SHA256SUMS && find . -type l && stat -c %a files/swift.conf"
  [ "$output" = 600 ] || die "more or less than the files, or readable by others: $output"
done
expect 0 tool run /srv/rings.plan.yaml --dry-run
says "stor02 has the same already"
first=$(readlink "$(replica stor01)/current")

say "what did not change is proven and not moved; what changed is exchanged, and the one before stays"
expect 0 run
[ "$(readlink "$(replica stor01)/current")" = "$first" ] || die "an equal replica was exchanged"
for round in 1 2 3; do
  echo "$round" >>"$root/etc/swift/object.builder"
  expect 0 run
done
for host in stor01 stor02 stor03; do
  equal "$host" || die "$host was not brought up to date"
  [ "$(ls "$(replica "$host")" | grep -vc current)" = 2 ] || die "$host keeps $(ls "$(replica "$host")")"
done

say "a replica that was touched there is found, and made anew"
echo rot >>"$(replica stor02)/current/files/account.ring.gz"
expect 0 tool run /srv/rings.plan.yaml --dry-run
says "stor02 has another one"
expect 0 run
equal stor02 || die "what was touched stayed"

say "a host that is away, one with another key, a full one: named, and the others have the files"
echo 4 >>"$root/etc/swift/object.builder"
before2=$(readlink "$(replica stor02)/current")
power_off stor02
expect 3 run
says "1 of 3 hosts of storage has not /etc/swift as it is here: stor02"
equal stor01 && equal stor03 || die "one host that is away kept the others from it"
power_on stor02
[ "$(readlink "$(replica stor02)/current")" = "$before2" ] || die "stor02 lost what it had"
expect 0 run
equal stor02 || die "the next run did not bring it"

echo 5 >>"$root/etc/swift/object.builder"
change_host_key stor01
small_disk stor03 "$here" 20k
expect 3 run
says "2 of 3 hosts of storage have not /etc/swift as it is here: stor01"
says "stor01 (the host key of stor01 is not the one that is known)"
says "stor03 ("
[[ $output == *"No space left"* || $output == *"no space"* ]] || die "a full disk is not named: $output"
equal stor02 || die "stor02 was kept from it"
[ ! -e "$(host_root stor03)$here/current" ] || true
expect 1 on stor03 test -e "$here/current"
on stor03 umount "$here"
lab_tell_names
admit ctl01 stor01
expect 0 run
for host in stor01 stor02 stor03; do equal "$host" || die "$host is not mended"; done

say "a line that is cut in the middle, a controller that is killed: what was there stays until the next run"
echo 6 >>"$root/etc/swift/object.builder"
for point in replica.push replica.exchange; do
  old=$(readlink "$(replica stor01)/current")
  with=("BACKSTAY_FAILPOINT=$point:1:kill")
  expect 137 run
  for host in stor01 stor02 stor03; do
    expect 0 on "$host" sh -c "cd $here/current && sha256sum --quiet -c SHA256SUMS"
  done
  [ "$(readlink "$(replica stor01)/current")" = "$old" ] || [ "$point" = replica.exchange ] || die "exchanged before it was proven"
done
with=()
expect 0 run
for host in stor01 stor02 stor03; do equal "$host" || die "$host is not brought up to date after kills"; done

say "a host whose disk does not keep what it is given is found by its hashes"
printf '#!/bin/sh\nfor last; do :; done\n/usr/bin/sha256sum "$@" | sed "s/^./f/"\n' >"$(host_root stor03)/srv/lie"
on stor03 sh -c 'chmod 755 /srv/lie && cp /srv/lie /usr/local/bin/sha256sum'
echo 7 >>"$root/etc/swift/object.builder"
expect 3 run
says "stor03 ("
says "is not there as it is here"
on stor03 rm /usr/local/bin/sha256sum

say "an empty directory replaces nothing"
mv "$root/etc/swift" "$root/etc/swift.away"
mkdir "$root/etc/swift"
expect 3 run
says "holds no file"
expect 0 on stor01 test -e "$here/current/files/swift.conf"
rm -r "$root/etc/swift"

say "the controller is lost: the rings come back from a storage node, with owner, mode and links"
rm -rf "$root/srv/store"
step=replicate.swift.swift.storage@ctl01
expect 0 tool fetch /srv/rings.plan.yaml "$step" --host stor01 --to /etc/swift
listing() { (cd "$1" && find . -printf '%P %y %m %u %g %l\n' | sort && find . -type f -exec sha256sum {} + | sort); }
[ "$(listing "$root/etc/swift")" = "$(listing "$root/etc/swift.away")" ] || die "what came back is not what was there"
expect 2 tool fetch /srv/rings.plan.yaml "$step" --to /etc/swift
says "is there and not an empty directory"
echo rot >>"$(replica stor02)/current/files/account.ring.gz"
expect 5 tool fetch /srv/rings.plan.yaml "$step" --host stor02 --to /srv/rotten
[ ! -e "$root/srv/rotten" ] || die "what is rotten got its name"
power_off stor01
expect 0 tool fetch /srv/rings.plan.yaml "$step" --host stor03 --to /srv/third
