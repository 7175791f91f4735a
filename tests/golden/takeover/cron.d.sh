# /etc/cron.d/backup
SHELL=/bin/bash
MAILTO=ops@example.org
MYSQL_PWD=hunter2-secret
30 2 * * * root /usr/bin/mysqldump --single-transaction --routines nova | gzip > /var/backups/nova-$(date +\%F).sql.gz
0 3 * * sun backup rsync -a --delete /etc/ backup@far.example.org:/srv/etc/
5 3 * * * root tar czf /var/backups/home-$(date +%F).tgz /home
@daily root find /var/backups -name '*.gz' -mtime +14 -delete
