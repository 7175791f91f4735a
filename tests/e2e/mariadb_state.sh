# Everything of the test's databases that a restore has to bring back, as text: definitions and checksums.
# Source after mariadb_server.sh.

databases='keystone placement glance cinder neutron nova nova_api nova_cell0 heat'
quoted_databases="'${databases// /\',\'}'"

# The statements that show every table, view, routine, trigger, event and account.
show_statements() {
  ask "SELECT CONCAT('CHECKSUM TABLE \`',TABLE_SCHEMA,'\`.\`',REPLACE(TABLE_NAME,'\`','\`\`'),'\` EXTENDED;') FROM information_schema.TABLES
       WHERE TABLE_SCHEMA IN ($quoted_databases) AND TABLE_TYPE='BASE TABLE' ORDER BY 1;
       SELECT CONCAT('SHOW CREATE TABLE \`',TABLE_SCHEMA,'\`.\`',REPLACE(TABLE_NAME,'\`','\`\`'),'\`;') FROM information_schema.TABLES
       WHERE TABLE_SCHEMA IN ($quoted_databases) ORDER BY 1;
       SELECT CONCAT('SHOW CREATE ',ROUTINE_TYPE,' \`',ROUTINE_SCHEMA,'\`.\`',ROUTINE_NAME,'\`;') FROM information_schema.ROUTINES
       WHERE ROUTINE_SCHEMA IN ($quoted_databases) ORDER BY 1;
       SELECT CONCAT('SHOW CREATE EVENT \`',EVENT_SCHEMA,'\`.\`',EVENT_NAME,'\`;') FROM information_schema.EVENTS
       WHERE EVENT_SCHEMA IN ($quoted_databases) ORDER BY 1;
       SELECT CONCAT('SHOW CREATE DATABASE \`',SCHEMA_NAME,'\`;') FROM information_schema.SCHEMATA
       WHERE SCHEMA_NAME IN ($quoted_databases) ORDER BY 1;"
}

# Grants have no order of their own.
show_accounts() {
  local account
  for account in $(ask "SELECT IF(is_role='Y', CONCAT('\`',User,'\`'), CONCAT('\`',User,'\`@\`',Host,'\`')) FROM mysql.user
                        WHERE NOT (Host='localhost' AND User IN ('root','mysql','mariadb.sys')) ORDER BY 1"); do
    [[ $account != *@* ]] || ask "SHOW CREATE USER $account"
    ask "SHOW GRANTS FOR $account" | sort
  done
}

# state_of_server: to compare before and after. AUTO_INCREMENT and sequences are parts of it.
state_of_server() {
  show_statements | client --batch --raw --skip-column-names
  ask "SELECT TRIGGER_SCHEMA, TRIGGER_NAME, EVENT_MANIPULATION, EVENT_OBJECT_TABLE, ACTION_ORDER, HEX(ACTION_STATEMENT), ACTION_TIMING,
       SQL_MODE, DEFINER, CHARACTER_SET_CLIENT, COLLATION_CONNECTION, DATABASE_COLLATION FROM information_schema.TRIGGERS
       WHERE TRIGGER_SCHEMA IN ($quoted_databases) ORDER BY 1, 2;
       SELECT ROUTINE_SCHEMA, ROUTINE_NAME, HEX(ROUTINE_DEFINITION), DEFINER, SQL_MODE, SECURITY_TYPE, SQL_DATA_ACCESS, ROUTINE_COMMENT,
       CHARACTER_SET_CLIENT FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN ($quoted_databases) ORDER BY 1, 2;
       SELECT next_not_cached_value FROM cinder.serial;
       SELECT * FROM nova_api.a_chain; SELECT count(*), max(label) FROM nova.a_view_on_a_view;"
  show_accounts
}
