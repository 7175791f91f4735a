#!/usr/bin/env bash
# `mirror`: one current copy of a tree on a backup server and in a directory: what is new is moved and
# proven, what was cut short is taken up, what vanished stays for its grace, no link is followed, and a
# far side that is full, cut, rotten or not mounted is told.
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"

share_program "$backstay" backstay
add_hosts ctl01 backup01
admit ctl01 backup01
root=$(host_root ctl01)
far=$(host_root backup01)
images=$root/var/lib/glance/images
mkdir -p "$images/sub" "$root"/{etc/backstay,etc/glance,srv,mnt/disk} "$far/srv/mirror"
for name in one two three; do head -c 300000 /dev/urandom >"$images/$name"; done
for number in $(seq 40); do echo "$number" >"$images/sub/image-$number"; done
echo odd >"$images/sub/odd"$'\n'" name \$(touch x)"
ln -s /etc/shadow "$images/link"
ln -s /etc "$images/sub/away"
mkfifo "$images/pipe"
echo conf >"$root/etc/glance/glance.conf"
cat >"$root/srv/images.stay" <<'END'
language 1
policy images
zone UTC

host ctl01

service glance {
    on ctl01
    path /etc/glance as etc
    mirror /var/lib/glance/images to backup-server
    mirror /var/lib/glance/images to disk
}

target local {
    directory /srv/store on ctl01
    media disk
}

target backup-server {
    rsync "root@backup01:/srv/mirror"
    media disk
}

target disk {
    directory /mnt/disk on ctl01
    media disk
}

schedule nightly {
    every day at 02:30
}

retention standard {
    daily 7
}

backup images {
    cover all services
    run nightly
    to local keep standard
}
END
with=()
tool() { on ctl01 env "${with[@]}" backstay "$@"; }
plan=/srv/images.plan.yaml
to_far=mirror.glance.images.backup-server@ctl01
mirrored=srv/mirror/mirrors/images@ctl01/glance/var/lib/glance/images
sums() { (cd "$1" && find . -name .backstay-partial -prune -o -type f -print0 | sort -z | xargs -0 sha256sum); }
equal() { diff <(sums "$images") <(sums "$1/current") >/dev/null; }
expect 0 tool -q plan /srv/images.stay -o $plan
expect 0 tool -q store init $plan

say "a dry run says what is new, and changes nothing"
expect 0 tool run $plan --dry-run
says "mirrors 44 files of /var/lib/glance/images to root@backup01:/srv/mirror: 44 are new or changed"
[ ! -e "$far/srv/mirror/mirrors" ] || die "a dry run wrote"

say "both mirrors hold the files, no link and nothing that a link leads to"
expect 0 tool run $plan
says "is no file, directory or link and is not mirrored"
equal "$far/$mirrored" || die "the backup server holds something else"
equal "$root/mnt/disk/${mirrored#srv/mirror/}" || die "the disk holds something else"
[ -z "$(find "$far/srv/mirror" -type l)" ] || die "a link was followed or made"
! grep -rqs "root:" "$far/srv/mirror" --include=shadow || die "a link was followed"

say "the next run moves what is new, and finds what rotted there"
echo more >"$images/four"
echo changed >"$images/sub/image-1"
: >"$far/$mirrored/current/three"
rm "$far/$mirrored/current/two"
expect 0 tool run $plan --dry-run
says "2 are new or changed"
expect 0 tool run $plan
cmp "$images/four" "$far/$mirrored/current/four" || die "what is new is not there"
cmp "$images/sub/image-1" "$far/$mirrored/current/sub/image-1" || die "what changed is not there"
[ "$(cat "$far/$mirrored"/replaced/*/sub/image-1)" = 1 ] || die "what it was before is lost"
later() { # DAYS COMMAND…
  local days=$1
  shift
  on ctl01 env LD_PRELOAD="$(echo /usr/lib/*/faketime/libfaketime.so.1)" FAKETIME="+${days}d" DONT_FAKE_MONOTONIC=1 \
    backstay "$@"
}
mended=
for day in $(seq 1 30); do
  expect 0 later "$day" run $plan
  if [[ $output == *"moved once more"* ]]; then mended+=x; fi
  if equal "$far/$mirrored"; then break; fi
done
equal "$far/$mirrored" || die "what rotted there was not found within thirty days"
[ -n "$mended" ] || die "what was mended was not told"

say "what vanished stays for its grace, is told, and then goes; what came back stays"
rm "$images/one" "$images/sub/image-2"
expect 0 later 40 run $plan
[ -e "$far/$mirrored/current/one" ] && [ -e "$far/$mirrored/current/sub/image-2" ] || die "it went at once"
expect 0 later 44 run $plan --dry-run
says "keeps there for now what is gone here: one, sub/image-2"
echo back >"$images/sub/image-2"
expect 0 later 44 run $plan
expect 0 later 48 run $plan --dry-run
says "removes there, gone here for more than 7 days: one"
[ -e "$far/$mirrored/current/one" ] || die "a dry run removed"
expect 0 later 48 run $plan
says "removed from backup-server, gone here for 7 days: one"
[ ! -e "$far/$mirrored/current/one" ] || die "it did not go"
equal "$far/$mirrored" || die "something else went too"

say "too much at once is not removed, and an empty source changes nothing"
mkdir "$root/srv/away"
mv "$images"/sub/image-[1-3]? "$root/srv/away/"
expect 0 later 50 run $plan
expect 0 later 60 run $plan
says "too many to be removed there at once"
[ -e "$far/$mirrored/current/sub/image-12" ] || die "a third of the mirror went"
mv "$root/srv/away"/* "$images/sub/"
expect 0 later 61 run $plan
equal "$far/$mirrored" || die "what came back is not there"
mv "$images" "$images.away"
mkdir "$images"
expect 3 later 61 run $plan
says "holds no file and its mirror 4"
rmdir "$images"
mv "$images.away" "$images"

say "a disk that is not mounted there is not taken for an empty mirror"
mv "$far/srv/mirror" "$far/srv/mirror.away"
expect 3 later 61 run $plan
says "is no directory"
mkdir "$far/srv/mirror"
expect 3 later 61 run $plan
says "is gone: is its disk mounted?"
[ -z "$(ls "$far/srv/mirror")" ] || die "a second mirror was begun"
rmdir "$far/srv/mirror"
mv "$far/srv/mirror.away" "$far/srv/mirror"

say "killed anywhere, the next run takes up what is there"
for point in mirror.push mirror.prove mirror.remove mirror.sheet; do
  echo "$point" >"$images/sub/$point"
  with=("BACKSTAY_FAILPOINT=$point:1:kill")
  expect 137 tool run $plan
  with=()
  expect 0 tool run $plan
  equal "$far/$mirrored" || die "killed at $point, the mirror is not whole after the next run"
done

say "a line that is cut and a full disk fail the mirror, not the backup, and lose nothing"
head -c 3000000 /dev/urandom >"$images/large"
slow_line backup01 2mbit
(sleep 4 && unplug backup01) &
with=(BACKSTAY_STALL=5)
expect 3 tool run $plan
says "partial"
plug backup01
slow_line backup01
with=()
[ ! -e "$far/$mirrored/current/large" ] || die "half a file has its name"
wait_for "backup01" on ctl01 ssh -o ConnectTimeout=1 backup01 true
expect 0 tool run $plan
equal "$far/$mirrored" || die "the line's end was not made good"
head -c 5000000 /dev/urandom >"$images/larger"
cp -a "$far/srv/mirror" "$far/srv/kept"
small_disk backup01 /srv/mirror 6m
on backup01 cp -a /srv/kept/mirrors /srv/mirror/
expect 3 tool run $plan
says "No space left"
expect 0 on backup01 test ! -e "/$mirrored/current/larger"
on backup01 umount /srv/mirror
expect 0 tool run $plan
equal "$far/$mirrored" || die "a full disk's end was not made good"

say "a far side that lies about what it holds is found"
printf '#!/bin/sh\nfor last; do :; done\n/usr/bin/sha256sum "$@" | sed "s/^./f/"\n' >"$far/srv/lie"
on backup01 sh -c 'chmod 755 /srv/lie && cp /srv/lie /usr/local/bin/sha256sum'
echo new >"$images/newer"
expect 3 tool run $plan
says "does not hold what is here"
on backup01 rm /usr/local/bin/sha256sum
expect 0 tool run $plan

say "the images come back with owners, modes, times and links; nothing that is rotten gets its name"
rm "$images/pipe"
chmod 0640 "$images/newer"
expect 0 tool run $plan
mv "$images" "$images.away"
expect 0 tool fetch $plan $to_far --to /var/lib/glance/images
listing() { (cd "$1" && find . -mindepth 1 -printf '%P %y %m %u %g %T@ %l\n' | sort && sums .); }
diff <(listing "$images") <(listing "$images.away") || die "what came back is not what was there"
echo rot >>"$far/$mirrored/current/newer"
expect 5 tool fetch $plan $to_far --to /srv/rotten
says '`newer` of root@backup01:/srv/mirror is not what the sheet says'
[ ! -e "$root/srv/rotten" ] || die "what is rotten got its name"
expect 0 tool fetch $plan mirror.glance.images.disk@ctl01 --to /srv/second
diff <(listing "$root/srv/second") <(listing "$images.away") || die "the disk gives back something else"
