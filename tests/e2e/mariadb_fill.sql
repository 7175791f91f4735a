-- Nine databases as a controller has them, with everything that a dump can lose.
SET sql_mode = '';
CREATE DATABASE keystone CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE DATABASE placement CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci;
CREATE DATABASE glance CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE DATABASE cinder CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE DATABASE neutron CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE DATABASE nova CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci;
CREATE DATABASE nova_api CHARACTER SET utf8mb3 COLLATE utf8mb3_bin;
CREATE DATABASE nova_cell0 CHARACTER SET latin1 COLLATE latin1_swedish_ci;
CREATE DATABASE heat CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

-- Accounts of the services; nova and heat define triggers, views and routines
CREATE USER keystone@'%' IDENTIFIED BY 'k-secret';
CREATE USER nova@'%' IDENTIFIED BY 'n-secret' WITH MAX_USER_CONNECTIONS 500;
CREATE USER heat@'%' IDENTIFIED BY 'h-secret' REQUIRE SSL;
GRANT ALL PRIVILEGES ON keystone.* TO keystone@'%';
GRANT ALL PRIVILEGES ON `nova`.* TO nova@'%';
GRANT ALL PRIVILEGES ON `nova\_api`.* TO nova@'%';
GRANT ALL PRIVILEGES ON nova_cell0.* TO nova@'%';
GRANT ALL PRIVILEGES ON heat.* TO heat@'%' WITH GRANT OPTION;

-- Keystone: utf8mb3 tables in a utf8mb4 database, foreign keys in a cycle, four-byte characters
USE keystone;
CREATE TABLE project (
  id varchar(64) NOT NULL, name varchar(64) NOT NULL, extra text, enabled tinyint(1), parent_id varchar(64),
  domain_id varchar(64) NOT NULL, is_domain tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (id), UNIQUE KEY ixu_project_name (domain_id, name), KEY parent (parent_id),
  CONSTRAINT project_domain FOREIGN KEY (domain_id) REFERENCES project (id),
  CONSTRAINT project_parent FOREIGN KEY (parent_id) REFERENCES project (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;
SET foreign_key_checks=0;
INSERT INTO project VALUES ('default','Default','{}',1,NULL,'<<root>>',1),('<<root>>','<<root>>','{}',0,NULL,'<<root>>',1),
  ('p1','ärger\n-- Current Database: `glance`\n','{"a": "\\"q\\""}',1,'default','default',0);
SET foreign_key_checks=1;
CREATE TABLE credential (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, encrypted_blob blob NOT NULL, note text CHARACTER SET utf8mb4);
INSERT INTO credential (encrypted_blob, note) VALUES (x'000102FF27225C0A0D1A00', '𝄞 𐍈 ☃ ''quoted'' \\ back'),
  ('', ''), (x'27293B', '\'); DROP TABLE project; --'), (x'00', 'line\r\nfeed\ttab\0nul');
CREATE TABLE trust (id varchar(64) PRIMARY KEY, expires_at datetime NOT NULL DEFAULT '0000-00-00 00:00:00', seen timestamp(6) NULL, d date);
INSERT INTO trust VALUES ('a','0000-00-00 00:00:00','2026-11-22 02:30:00.123456','0000-00-00'),('b','2026-02-00 00:00:00',NULL,'9999-12-31');
CREATE TABLE revocation (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, at timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp()) AUTO_INCREMENT=7001;
INSERT INTO revocation (id) VALUES (NULL),(NULL);
DELETE FROM revocation;

USE glance;
CREATE TABLE images (id varchar(36) PRIMARY KEY, name varchar(255), size bigint unsigned, properties JSON,
  mib bigint AS (size DIV 1048576) VIRTUAL, label varchar(300) AS (concat(name, ' ', id)) STORED, KEY label_i (label),
  location geometry, ratio double, price decimal(30,10), flags bit(12), kind enum('raw','qcow2','it''s'), tags set('a','b'));
INSERT INTO images (id,name,size,properties,location,ratio,price,flags,kind,tags) VALUES
  ('i1','cirros',18446744073709551615,'{"os": "linux", "n": [1, 2.5, null]}',ST_GeomFromText('POINT(1 2)'),0.1,12345678901234567890.0123456789,b'101010101010','it''s','a,b'),
  ('i2',NULL,0,NULL,NULL,-1.7976931348623157e308,-0.0000000001,b'0','raw','');
CREATE TABLE image_locations (id int AUTO_INCREMENT PRIMARY KEY, image_id varchar(36) NOT NULL, value text NOT NULL, meta longblob,
  CONSTRAINT loc FOREIGN KEY (image_id) REFERENCES images (id) ON DELETE CASCADE, FULLTEXT KEY value_text (value));
INSERT INTO image_locations (image_id, value, meta) SELECT 'i1', concat('file:///', seq), unhex(repeat(hex(seq), 100)) FROM seq_1_to_400;

USE cinder;
CREATE TABLE volumes (id int PRIMARY KEY, size int, host varchar(255) DEFAULT 'it''s', deleted tinyint(1) CHECK (deleted in (0,1)));
INSERT INTO volumes SELECT seq, seq * 3, concat('h', seq), seq % 2 FROM seq_1_to_5000;
CREATE TABLE quota_usage (id int PRIMARY KEY, used int) ENGINE=MyISAM;
INSERT INTO quota_usage VALUES (1, 10), (2, 20);
CREATE TABLE `odd ``name; -- x` (`a ``b` int PRIMARY KEY, `sel ect` text COMMENT 'with ''quotes'' and\nnewline; ') COMMENT='t;c';
INSERT INTO `odd ``name; -- x` VALUES (1, '(),(),()'), (2, 'VALUES (1),(2);');
CREATE TABLE empty_one (id int PRIMARY KEY);
CREATE SEQUENCE serial START WITH 100 INCREMENT BY 7 NOCACHE;
DO NEXTVAL(serial);

USE neutron;
CREATE TABLE ports (id int PRIMARY KEY, mac char(17), standard_attr bigint);
INSERT INTO ports SELECT seq, concat('fa:16:3e:', seq), seq FROM seq_1_to_5000;
CREATE TABLE allocations (net int NOT NULL, tag int NOT NULL, allocated tinyint(1), PRIMARY KEY (net, tag))
  PARTITION BY RANGE (net) (PARTITION p0 VALUES LESS THAN (100) COMMENT = 'it''s;', PARTITION p1 VALUES LESS THAN MAXVALUE);
INSERT INTO allocations SELECT seq DIV 20, seq % 20, seq % 2 FROM seq_0_to_4000;
CREATE TABLE port_history (id int, at datetime) ENGINE=Aria;
INSERT INTO port_history VALUES (1, '2026-01-01 00:00:00');

USE nova;
CREATE TABLE instances (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, uuid varchar(36) NOT NULL, memory_mb int, user_data mediumtext, deleted int DEFAULT 0, changed int NOT NULL DEFAULT 0, UNIQUE KEY u (uuid)) DEFAULT CHARSET=utf8mb3;
INSERT INTO instances (uuid, memory_mb, user_data) SELECT uuid(), seq, repeat(md5(seq), 20) FROM seq_1_to_8000;
CREATE TABLE instance_extra (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, instance_id int NOT NULL, flavor longtext CHARACTER SET utf8mb4,
  CONSTRAINT FOREIGN KEY (instance_id) REFERENCES instances (id));
INSERT INTO instance_extra (instance_id, flavor) SELECT id, '{"cur": {"nova_object.name": "Flavor"}}' FROM instances WHERE id % 4 = 0;
CREATE TABLE instances_audit (id int AUTO_INCREMENT PRIMARY KEY, instance_id int, what varchar(40));
DELIMITER //
CREATE TRIGGER instances_first BEFORE UPDATE ON instances FOR EACH ROW BEGIN
  /* comments within stay: */ -- also this one;
  SET NEW.changed = OLD.changed + 1; # and this
END//
CREATE DEFINER=`nova`@`%` TRIGGER instances_second AFTER UPDATE ON instances FOR EACH ROW
  INSERT INTO instances_audit (instance_id, what) VALUES (NEW.id, concat('it''s ', NEW.changed, ';'))//
CREATE TRIGGER a_third BEFORE UPDATE ON instances FOR EACH ROW FOLLOWS instances_first SET NEW.memory_mb = NEW.memory_mb + NEW.changed//
DELIMITER ;
UPDATE instances SET memory_mb = memory_mb + 1 WHERE id <= 10;
CREATE FUNCTION memory_of(wanted int) RETURNS int READS SQL DATA RETURN (SELECT memory_mb FROM instances WHERE id = wanted);
CREATE VIEW big_instances AS SELECT id, uuid, memory_of(id) AS memory, 'größe ☃' AS label FROM instances WHERE memory_mb > 100;
CREATE ALGORITHM=MERGE DEFINER=`nova`@`%` SQL SECURITY INVOKER VIEW a_view_on_a_view AS SELECT id, label FROM big_instances;
CREATE VIEW checked AS SELECT id, memory_mb FROM instances WHERE memory_mb > 10 WITH CASCADED CHECK OPTION;

USE nova_api;
CREATE TABLE flavors (id int PRIMARY KEY, name varchar(255), vcpus int) DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_bin;
INSERT INTO flavors VALUES (1,'m1.tiny',1),(2,'M1.TINY',2);
CREATE TABLE cell_mappings (id int PRIMARY KEY, transport_url text, database_connection text);
INSERT INTO cell_mappings VALUES (0,'none:///','mysql+pymysql://nova:secret@ctl/nova_cell0'),(1,'rabbit://','mysql+pymysql://nova:secret@ctl/nova');
-- each needs a view of the other database
CREATE VIEW instances_of_cell AS SELECT id, uuid FROM nova.instances;
CREATE VIEW nova.flavors_of_api AS SELECT f.name, count(i.id) AS n FROM nova_api.flavors f LEFT JOIN nova_api.instances_of_cell i ON i.id = f.id GROUP BY f.name;
CREATE VIEW a_chain AS SELECT name FROM nova.flavors_of_api;

USE nova_cell0;
CREATE TABLE instances (id int PRIMARY KEY, display_name varchar(255)) DEFAULT CHARSET=latin1;
INSERT INTO instances VALUES (1, _utf8mb4'grün ÿ'), (2, x'E9E8');

USE placement;
CREATE TABLE inventories (id int AUTO_INCREMENT PRIMARY KEY, total int, allocation_ratio float, UNIQUE KEY t (total));
-- Why fourths: the server writes a FLOAT with six digits, in every dump
INSERT INTO inventories (total, allocation_ratio) SELECT seq, seq / 4 FROM seq_1_to_2000;

USE heat;
CREATE TABLE raw_template (id int AUTO_INCREMENT PRIMARY KEY, template longtext, files JSON);
INSERT INTO raw_template (template, files) SELECT repeat(concat('resources:\n  r', seq, ': {}\n'), 2000), '{}' FROM seq_1_to_20;
INSERT INTO raw_template (template) VALUES (repeat('"\\\n', 700000));
CREATE TABLE stack (id varchar(36) PRIMARY KEY, tmpl int, CONSTRAINT tmpl FOREIGN KEY (tmpl) REFERENCES raw_template (id) ON UPDATE CASCADE);
INSERT INTO stack VALUES ('s1', 1), ('s2', NULL);
DELIMITER //
CREATE DEFINER=`heat`@`%` PROCEDURE purge_old(IN days int, OUT done int) MODIFIES SQL DATA SQL SECURITY INVOKER COMMENT 'it''s; purges'
BEGIN
  -- a comment; with a semicolon
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET done = -1; /* block */
  DELETE FROM stack WHERE id = concat('no', days, ';;');
  SET done = ROW_COUNT();
END//
CREATE EVENT nightly_purge ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 02:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'e;' DO BEGIN
  -- call it
  CALL purge_old(30, @x);
END//
SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES'//
CREATE FUNCTION "odd mode"(a text CHARSET latin1) RETURNS text CHARSET utf8mb4 DETERMINISTIC RETURN concat(a, '\n', 'x')//
SET sql_mode = ''//
SET NAMES latin1//
CREATE PROCEDURE latin() SELECT 'grün' AS colour//
SET NAMES utf8mb4//
-- made while the database had another default, which its parameter and variable keep
ALTER DATABASE heat COLLATE latin1_german1_ci//
CREATE FUNCTION of_old_default(a varchar(9)) RETURNS varchar(60) DETERMINISTIC BEGIN DECLARE v varchar(9) DEFAULT a; RETURN concat(collation(a), collation(v)); END//
CREATE TRIGGER of_old_default BEFORE INSERT ON stack FOR EACH ROW SET NEW.id = TRIM(NEW.id)//
ALTER DATABASE heat COLLATE utf8mb4_general_ci//
DELIMITER ;

-- Accounts of operators, with roles
CREATE ROLE auditor;
CREATE ROLE reader;
GRANT reader TO auditor;
GRANT SELECT ON keystone.* TO reader;
GRANT SELECT ON nova.* TO auditor;
CREATE USER glance@localhost IDENTIFIED VIA unix_socket;
GRANT SELECT (id), UPDATE (name) ON glance.images TO glance@localhost;
GRANT EXECUTE ON PROCEDURE heat.purge_old TO glance@localhost;
GRANT SELECT ON nova.big_instances TO glance@localhost;
CREATE USER operator@'10.0.0.%' IDENTIFIED BY 'o''s' ACCOUNT LOCK;
GRANT auditor TO operator@'10.0.0.%' WITH ADMIN OPTION;
SET DEFAULT ROLE auditor FOR operator@'10.0.0.%';

-- The account of the policy's login file
CREATE USER backstay@localhost IDENTIFIED BY 'b-secret';
GRANT ALL PRIVILEGES ON *.* TO backstay@localhost WITH GRANT OPTION;

-- The ledger: each transaction moves an amount between two databases and notes it in both
CREATE TABLE keystone.ledger (account int PRIMARY KEY, amount bigint NOT NULL);
CREATE TABLE nova.ledger LIKE keystone.ledger;
CREATE TABLE placement.ledger LIKE keystone.ledger;
INSERT INTO keystone.ledger VALUES (1, 1000000);
INSERT INTO nova.ledger VALUES (1, 1000000);
INSERT INTO placement.ledger VALUES (1, 1000000);
CREATE TABLE cinder.journal (id bigint PRIMARY KEY);
CREATE TABLE placement.journal (id bigint PRIMARY KEY);
