#!/usr/bin/env bash
# Hooks that fail, hang, leave children, print secrets or control bytes, or could be changed by others: on
# a booted machine, so that programs lie where they do in earnest.
source "$(dirname "$0")/lib.sh"
source "$source_dir/tests/support/booted_systemd.sh"

machine=$scratch/machine
root=$machine/root
trap 'end_systemd; clean_up' EXIT

booted_make_root "$root"
mkdir -p "$root"/{srv,opt/test,etc/app}
cp "$backstay" "$root/opt/test/backstay"
echo one >"$root/etc/app/app.conf"
# Does at each moment what /srv/MOMENT says.
cat >"$root/opt/test/hook" <<'END'
#!/bin/bash
echo "$1" >>/srv/log
what=$(cat "/srv/$1" 2>/dev/null)
case $what in
  fail) exit 1 ;;
  three) exit 3 ;;
  hang) sleep 1001 ;;
  stubborn) trap '' TERM; while :; do sleep 1; done ;;
  children) sleep 1002 & ;;
  daemon) setsid sleep 1003 & sleep 1 ;;
  noise)
    head -c 300000 /dev/zero | tr '\0' x >&2
    printf '\nfirst\033[2Jsecond password=canary-4711 mysql://u:canary-4712@h/d\n' >&2
    exit 1
    ;;
esac
END
chmod 0755 "$root"/opt/test/*
cat >"$root/srv/app.stay" <<'END'
language 1
policy app
zone UTC
host here

service app {
    on here
    path /etc/app as etc
    before-backup ["/opt/test/hook", "before"] accepts 0, 3 timeout 5s
    after-backup ["/opt/test/hook", "after"] timeout 5s
    before-restore ["/opt/test/hook", "restoring"] timeout 5s
    after-restore ["/opt/test/hook", "restored"] timeout 5s
    check ["/opt/test/hook", "check"] within 1s
}

service other {
    on here
    path /etc/hosts as hosts
}

target local {
    directory /srv/store on here
    media disk
}

schedule nightly {
    every day at 02:30
    window 15m
}

retention standard {
    daily 7
}

backup app {
    cover all services
    run nightly
    to local keep standard
}
END
boot_systemd "$machine"
tool() { in_systemd /opt/test/backstay "$@"; }
at() { # MOMENT=WHAT…: what the hook does then; nothing at all others
  local pair
  rm -f "$root"/srv/{before,after,restoring,restored,check,log}
  for pair in "$@"; do echo "${pair#*=}" >"$root/srv/${pair%%=*}"; done
}
ran() { printf '%s\n' "$@" | diff - "$root/srv/log" || die "not the hooks that had to run"; }
processes() { in_systemd sh -c "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"; }
nothing_pending() { [ -z "$(ls "$root/var/lib/backstay/pending" 2>/dev/null)" ] || die "something is still pending"; }
expect 0 tool -q plan /srv/app.stay -o /srv/app.plan.yaml
expect 0 tool -q store init /srv/app.plan.yaml

say "an accepted exit status is accepted, another is not, and the counterpart runs either way"
at before=three
expect 0 tool run /srv/app.plan.yaml
ran before after
at before=fail
expect 3 tool run /srv/app.plan.yaml
says "exit status 1, which is not accepted (exit 0 or 3)"
ran before after
at after=fail
expect 3 tool run /srv/app.plan.yaml
ran before after
nothing_pending

say "a hook that hangs is ended when its time is over, a stubborn one by force"
at before=hang
expect 3 tool run /srv/app.plan.yaml
says "did not end within 5 s"
ran before after
[[ $(processes) != *"sleep 1001"* ]] || die "the hook still runs"
at after=stubborn
expect 3 tool run /srv/app.plan.yaml
says "did not end within 5 s"
[[ $(processes) != *"hook after"* ]] || die "the hook still runs"
nothing_pending

say "children that a hook leaves end with it; one that makes itself a daemon is its own, and holds up nothing"
at before=children
expect 0 tool run /srv/app.plan.yaml
[[ $(processes) != *"sleep 1002"* ]] || die "a child of the hook still runs"
at before=daemon
expect 0 in_systemd timeout 60 /opt/test/backstay run /srv/app.plan.yaml
[[ $(processes) == *"sleep 1003"* ]] || die "what made itself a daemon was ended"

say "what a hook prints neither acts on a terminal nor tells a secret, and has an end"
at before=noise
expect 3 tool run /srv/app.plan.yaml
says 'first\x1b[2Jsecond password=*** mysql://u:***@h/d'
[ "${#output}" -lt 200000 ] || die "${#output} bytes of noise"
expect 0 tool logs latest
says_not canary
grep -rqs canary "$root/var/lib/backstay" "$root/srv/store" && die "a secret was kept"

say "a program that others could change is not run, wherever the weak link is"
at
for weak in "chmod 0775 /opt/test/hook" "chown nobody /opt/test/hook" "chmod 0777 /opt/test"; do
  in_systemd $weak
  expect 3 tool run /srv/app.plan.yaml
  says "can be changed by others than root"
  [ ! -e "$root/srv/log" ] || die "it was run"
  expect 1 tool run /srv/app.plan.yaml --dry-run
  says "can be changed by others than root"
  in_systemd sh -c 'chmod 0755 /opt/test /opt/test/hook; chown root /opt/test/hook'
done

say "hooks of a restore: the one before keeps it from beginning, the one after fails its service"
at restoring=fail
rm -r "$root/etc/app"
code=0
tool restore /srv/app.plan.yaml --in-place --yes >/dev/null 2>&1 || code=$?
[ "$code" != 0 ] || die "a refused restore ended well"
[ ! -e "$root/etc/app" ] || die "files were restored behind the back of a service that refused"
ran restoring
at
in_systemd sh -c '/opt/test/backstay restore --undo latest --yes' >/dev/null 2>&1 || true
expect 0 tool restore /srv/app.plan.yaml --in-place --yes
ran restoring restored check
[ "$(cat "$root/etc/app/app.conf")" = one ] || die "the file did not come back"
