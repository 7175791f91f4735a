#!/usr/bin/env bash
# Hooks, stopped units, exports and probes around a backup and a restore. A systemctl and the programs of
# the service are the test's own: they write down what they were asked for, in order.
source "$(dirname "$0")/lib.sh"

programs=$scratch/programs units=$scratch/units log=$scratch/log
mkdir -p "$programs" "$units" "$scratch/etc/broker" "$scratch/etc/shop" "$scratch/store"
export BACKSTAY_TEST_PROGRAMS=$programs BACKSTAY_TEST_UNITS=$scratch/etc

cat >"$programs/systemctl" <<END
#!/bin/sh
case "\$*" in *backstay-recover*) exit 0 ;; esac
case \$1 in
  show)
    shift 3
    for unit; do
      echo LoadState=loaded
      [ -e $units/\$unit ] && echo ActiveState=active || echo ActiveState=inactive
      echo
    done
    ;;
  stop) echo "stop \$3" >>$log; rm -f $units/\$3 ;;
  start) echo "start \$3" >>$log; touch $units/\$3 ;;
  restart) echo "restart \$3" >>$log ;;
esac
END
cat >"$programs/broker" <<END
#!/bin/sh
case \$1 in
  export) [ -e $scratch/mute ] || cat $scratch/definitions; echo export >>$log ;;
  import) cat >$scratch/imported; echo import >>$log ;;
  probe) echo probe >>$log; [ ! -e $scratch/sick ] ;;
  *) echo "\$1" >>$log; [ ! -e $scratch/refuse-\$1 ] ;;
esac
END
printf '#!/bin/sh\necho "$@" >>%s\n' "$scratch/timers" >"$programs/systemd-run"
chmod 0755 "$programs"/*

cat >"$scratch/shop.stay" <<END
language 1
policy shop
zone UTC
host here

service broker {
    on here
    path $scratch/etc/broker as etc
    export definitions run ["broker", "export"] import ["broker", "import"]
    units broker, broker-health
    held broker-health because "it would fence the other node"
    quiesce stop
    before-backup ["broker", "before"]
    after-backup ["broker", "after"] accepts 0
    check ["broker", "probe"] within 1s
}

service shop {
    on here
    path $scratch/etc/shop as etc
    needs broker
    units shop-api, shop-idle
    before-restore ["broker", "make-room"]
    after-restore ["broker", "migrate"]
}

target local {
    directory $scratch/store on here
    media disk
}

schedule nightly {
    every day at 02:30
    window 15m
}

retention standard {
    daily 7
}

backup shop {
    cover all services
    run nightly
    to local keep standard
}
END

plan=$scratch/shop.plan.yaml
printf 'queues \000 and users' >"$scratch/definitions"
echo one >"$scratch/etc/broker/broker.conf"
echo one >"$scratch/etc/shop/shop.conf"
touch "$units"/{broker,broker-health,shop-api}.service
"$backstay" -q plan "$scratch/shop.stay" -o "$plan"
"$backstay" -q store init "$plan"

logged() {
  printf '%s\n' "$@" | diff - "$log" || die "not what was asked for, in this order"
  rm -f "$log"
}

say "a backup: hook, stop, export, start again, hook"
expect 0 "$backstay" run "$plan"
logged before "stop broker-health.service" "stop broker.service" export "start broker.service" \
  "start broker-health.service" after
[ "$(ls "$units" | wc -l)" = 3 ] || die "not all that ran runs again"
expect 0 "$backstay" ls "$plan" latest
says definitions

say "what was not active before stays so"
rm "$units/broker-health.service"
expect 0 "$backstay" run "$plan"
logged before "stop broker.service" export "start broker.service" after
touch "$units/broker-health.service"

say "a hook that fails: its service is not captured, the other one is, and nothing stays stopped"
touch "$scratch/refuse-before"
expect 3 "$backstay" run "$plan"
says "exit status 1"
logged before after
rm "$scratch/refuse-before"
[ -e "$units/broker.service" ] || die "the unit does not run"

say "an export that prints nothing is no export"
touch "$scratch/mute"
expect 3 "$backstay" run "$plan"
says "printed nothing"
rm "$scratch/mute" "$log"

say "killed while its units are stopped: the next run starts them"
{ BACKSTAY_FAILPOINT=units.stopped:2:kill "$backstay" run "$plan"; } >/dev/null 2>&1 || true
[ ! -e "$units/broker.service" ] || die "the run was not killed while the unit was stopped"
rm -f "$log"
expect 0 "$backstay" run "$plan"
says "had left: start broker.service"
says "had left: run the after-backup hook of broker: broker after"
[ "$(head -2 "$log" | sort | tr '\n' ' ')" = "start broker-health.service start broker.service " ] ||
  die "the units were not started first"
rm -f "$log"
[ "$(ls "$units" | wc -l)" = 3 ] || die "not all that ran runs again"

say "a dry run of a restore says what would be stopped and changes nothing"
expect 0 "$backstay" restore "$plan" --in-place --dry-run
says "systemctl stop shop-api.service"
says "shop-idle.service is not active: it stays so"
[ ! -e "$log" ] || die "a dry run asked for something"

say "a restore: dependents stop first, what is needed starts first, and answers before they do"
echo two >"$scratch/etc/shop/shop.conf"
expect 0 "$backstay" restore "$plan" --in-place --yes
logged make-room "stop shop-api.service" "stop broker-health.service" "stop broker.service" \
  "start broker.service" import probe migrate "start shop-api.service"
cmp "$scratch/definitions" "$scratch/imported" || die "the export did not come back as it was"
[ "$(cat "$scratch/etc/shop/shop.conf")" = one ] || die "the file did not come back"
[ ! -e "$units/broker-health.service" ] || die "a held unit was started"
says "leave stopped: broker-health.service (it would fence the other node)"
says "was not active before, start it if it shall be: systemctl start shop-idle.service"
touch "$units/broker-health.service"

say "one service: what depends on it stops and starts, the rest is left alone"
expect 0 "$backstay" restore "$plan" --service shop --in-place --yes
logged make-room "stop shop-api.service" migrate "start shop-api.service"

say "a probe that is never accepted: its dependents stay down, and stay so across reboots"
echo three >"$scratch/etc/shop/shop.conf"
touch "$scratch/sick"
expect 3 "$backstay" restore "$plan" --in-place --yes
says "checking service broker"
says "is not complete"
says "backstay restore --undo"
[ ! -e "$units/shop-api.service" ] || die "a dependent was started beside a sick service"
dropin=$BACKSTAY_TEST_UNITS/shop-api.service.d/backstay-restore.conf
marker=$(sed -n 's/^ConditionPathExists=!//p' "$dropin")
[ -e "$marker" ] || die "nothing keeps the dependent from starting on half a restore"
[ ! -e "$BACKSTAY_TEST_UNITS/broker.service.d/backstay-restore.conf" ] || die "what was started is forbidden to start"
expect 0 "$backstay" status "$plan"
[[ $output == "RESTORE INCOMPLETE"* ]] || die "the status does not begin with it: $output"
expect 7 "$backstay" run "$plan"
says "is not complete"

say "the way back that was printed: asked for by itself, as units were started"
expect 7 "$backstay" restore --undo latest
says "discards what they wrote since"
[ "$(cat "$scratch/etc/shop/shop.conf")" = one ] || die "a refused undo changed something"
expect 0 "$backstay" restore --undo latest --discard-later
says "what was there until now is kept as snapshot"
says "broker.definitions was fed to"
[ "$(cat "$scratch/etc/shop/shop.conf")" = three ] || die "the file is not what it was"
[ ! -e "$marker" ] && [ ! -e "$dropin" ] || die "the undo left something that keeps units from starting"
[ -e "$units/shop-api.service" ] && [ -e "$units/broker.service" ] || die "what ran before does not run again"

say "the last step fails, its cause is mended, and the restore goes on"
expect 3 "$backstay" restore "$plan" --in-place --yes
rm "$scratch/sick"
expect 0 "$backstay" restore "$plan" --in-place --yes
says "was whole already"
[ "$(grep -c import "$log")" = 2 ] || die "an export was fed back twice by one restore"
[ -e "$units/shop-api.service" ] || die "what an earlier try had stopped does not run"
[ ! -e "$dropin" ] || die "a finished restore keeps units from starting"
expect 0 "$backstay" restore --commit latest
rm "$log"
touch "$units"/{broker,broker-health,shop-api}.service

say "from the store alone no command runs and no unit is touched: the list says what to do"
expect 0 "$backstay" restore "$scratch/store" --in-place --yes
[ ! -e "$log" ] || die "commands of a plan that nobody gave were run"
says "it is not so in a plan that you gave"
says "start shop: systemctl start shop-api.service"

say "an export beside is a file"
expect 0 "$backstay" restore "$plan" --component broker.definitions --to "$scratch/beside"
cmp "$scratch/definitions" "$scratch/beside/broker.definitions.output" || die "the export differs beside"
[ ! -e "$log" ] || die "a restore beside touched a service"

say "what this version cannot carry out is refused before the first side effect"
sed -e "s|^service shop {|&\n    mirror $scratch/images to local|" \
  -e "s|^    directory $scratch/store on here|&\n    seal night|" "$scratch/shop.stay" >"$scratch/later.stay"
cat >>"$scratch/later.stay" <<END

site away

key night {
    recipient "age1l6ullv0kswx9wdd7ajrryeekp2hhjqvga263k3namfqec8f7lc9sm37gtm"
    recipient "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z" escrow "a safe" at away
}
END
expect 0 "$backstay" plan "$scratch/later.stay"
says "this version does not run backup shop yet: target local is sealed, and mirrors are not"
"$backstay" -q plan "$scratch/later.stay" -o "$scratch/later.plan.yaml"
expect 69 "$backstay" run "$scratch/later.plan.yaml"
says '`mirror.shop.images.local@here` (target local is sealed, and mirrors are not; asked for by service shop'
expect 69 "$backstay" run "$scratch/later.plan.yaml" --dry-run
says "archive.shop.etc@here"
[ ! -e "$log" ] || die "a refused run asked for something"
