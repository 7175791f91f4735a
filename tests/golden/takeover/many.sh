#!/bin/sh
set -e
PATH=/usr/bin
DEST=/srv/backup
DB_PASSWORD="hunter2-secret"
mkdir -p "$DEST/files"
systemctl stop nova-api
for db in nova keystone glance; do
  mysqldump -u root -phunter2-secret --single-transaction --routines "$db" > "$DEST/$db.sql" || true
done
pg_dump -h db2 -U app shop | xz > $DEST/shop.sql.xz
sqlite3 /var/lib/grafana/grafana.db ".backup '$DEST/grafana.db'"
cp -a /etc/nova /etc/keystone "$DEST/files/"
tar czf "$DEST/state-$(date +%F).tar.gz" --exclude=/var/lib/nova/instances -C /var/lib nova \
    glance
cp -a /etc/apache2/*.conf $DEST/files
rsync -a --delete --exclude '*.tmp' /srv/www/ $DEST/www
if [ -d /opt/app ]; then cp -r /opt/app $DEST; fi
cp -a $(find /home -name keep) $DEST
curl -s https://hc.example.org/ping/secret-id
rsync -a $DEST backup@far.example.org:/srv/ctl01
find $DEST -mtime +14 -exec rm {} \;
cat <<END | mail root
rm -rf / is only text here
END
eval "$NEXT"
