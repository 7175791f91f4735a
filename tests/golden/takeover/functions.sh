#!/bin/bash
set -e
DEST=/srv/backup
dump_db() {
  mysqldump -u root -phunter2-secret "$1" | ssh -p 2222 backup@far.example.org "cat > /srv/ctl01/$1.sql"
}
function sync_files {
  rsync -aHAX --link-dest=$DEST/last /etc /srv/www $DEST/$(date +%F)/
}
unused()
{
  tar czf /srv/backup/never.tgz /never
}
for db in nova keystone; do
  dump_db $db
done
sync_files
tar cz /root | ssh backup@far 'cat > root.tgz'
ssh db1 mysqldump shop > /srv/backup/shop.sql
docker exec -e MYSQL_PWD=hunter2-secret mariadb mysqldump --single-transaction glance > /srv/backup/glance.sql
pg_dump -Fc app > /dev/null
find $DEST -type f -mtime +30 -print0 | xargs -0 rm
find $DEST -mtime 7 | xargs rm -f
find $DEST -mtime +0 -delete
ls -t $DEST | tail -n +8 | xargs rm -f
restic -r sftp:far:/r backup /opt/app
find $DEST -name '*.part' -delete
