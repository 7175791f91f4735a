#!/bin/bash
DBS="nova glance"
DIRS=(/etc/nova
    /etc/glance) # arrays over lines
OUT=${BACKUP_DIR:-/srv/backup}
for db in $DBS; do mysqldump --single-transaction --routines $db > $OUT/$db.sql; done
tar czf $OUT/etc.tgz "${DIRS[@]}"
for d in cinder heat; do tar czf $OUT/$d.tgz /etc/$d; done
RESULT=$(mysqldump -h db1 -P 3307 --ignore-table=a.t a 2>&1 > $OUT/a.sql)
mysqldump -h db1 b > $OUT/b.sql
mysqldump -S /run/second.sock c > $OUT/c.sql
sudo -u postgres pg_dump -p 5433 shop > $OUT/shop.sql
su - postgres -c "pg_dumpall --globals-only" > $OUT/roles.sql
export PGHOST=db5
timeout 3600 pg_dump -h db5 -p 5433 other | flock -n /run/l gzip > $OUT/other.gz
flock -n /run/l bash -c 'mysqldump -h db6 d > /srv/backup/d.sql'
cat /etc/passwd > $OUT/passwd
gzip -c < /etc/group > $OUT/group.gz
gzip $OUT/a.sql
tar czf $OUT/list.tgz -T /etc/backup.list -X /etc/not.list
rsync -a ctl02:/etc/ $OUT/ctl02/
rsync -a --exclude-from=/etc/not.list /srv/www/ $OUT/www/
borg create --exclude /var/log/big /repo::now /var/log
OK=`pg_dump -h db7 last`
ssh far true < /dev/null
