-- Two databases of a metrics service and one with an odd name: roles, rights, settings, and every
-- kind of object that a restore may lose.
CREATE ROLE gnocchi LOGIN PASSWORD 'g-secret' CONNECTION LIMIT 40;
CREATE ROLE readers;
CREATE ROLE "odd role" LOGIN PASSWORD 'o''secret';
GRANT readers TO "odd role";
ALTER ROLE gnocchi SET statement_timeout = '5min';
COMMENT ON ROLE readers IS 'who may
look; only';
CREATE ROLE backup LOGIN SUPERUSER PASSWORD 'b-secret';

CREATE DATABASE gnocchi OWNER gnocchi;
COMMENT ON DATABASE gnocchi IS 'measures of gnocchi''s';
ALTER DATABASE gnocchi SET search_path = metrics, public;
ALTER DATABASE gnocchi SET work_mem = '8MB';
ALTER ROLE gnocchi IN DATABASE gnocchi SET lock_timeout = '10s';
REVOKE CONNECT ON DATABASE gnocchi FROM PUBLIC;
GRANT CONNECT ON DATABASE gnocchi TO readers WITH GRANT OPTION;

CREATE DATABASE aodh OWNER gnocchi ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0 CONNECTION LIMIT 20;
CREATE DATABASE "Odd; name" TEMPLATE template0;

\connect gnocchi
CREATE SCHEMA metrics AUTHORIZATION gnocchi;
CREATE TYPE metrics.unit AS ENUM ('B', 's');
CREATE TABLE metrics.metric (id serial PRIMARY KEY, name text NOT NULL UNIQUE, unit metrics.unit, raw bytea, born timestamptz DEFAULT '2026-01-01Z');
INSERT INTO metrics.metric (name, unit, raw) SELECT 'metric ' || g || E'\t\\ ''', 'B', decode(md5(g::text), 'hex') FROM generate_series(1, 3000) g;
INSERT INTO metrics.metric (name) VALUES (E'\\.'), (E'two\nlines'), ('');
CREATE TABLE metrics.measure (metric int REFERENCES metrics.metric, at date, value float8) PARTITION BY RANGE (at);
CREATE TABLE metrics.measure_old PARTITION OF metrics.measure FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE metrics.measure_new PARTITION OF metrics.measure FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO metrics.measure SELECT g, date '2025-06-01' + g, g / 3.0 FROM generate_series(1, 400) g;
CREATE TABLE public."Odd ""table" ("from" int, data jsonb);
INSERT INTO public."Odd ""table" VALUES (1, '{"a": [1, null]}'), (NULL, NULL);
CREATE TABLE public.no_columns ();
INSERT INTO public.no_columns DEFAULT VALUES;
CREATE INDEX metric_by_born ON metrics.metric (born);
CREATE VIEW metrics.newest AS SELECT * FROM metrics.measure WHERE at > '2026-01-01';
CREATE MATERIALIZED VIEW metrics.counts AS SELECT metric, count(*) FROM metrics.measure GROUP BY 1;
CREATE FUNCTION metrics.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- COPY public.fake (a) FROM stdin;
  NEW.born = now(); RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON metrics.metric FOR EACH ROW EXECUTE FUNCTION metrics.touch();
ALTER TABLE metrics.metric ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON metrics.metric TO readers USING (id < 10);
GRANT SELECT ON metrics.newest TO readers;
ALTER DEFAULT PRIVILEGES IN SCHEMA metrics GRANT SELECT ON TABLES TO readers;
SELECT lo_from_bytea(4711, 'a large object');
CREATE TABLE public.account_a (amount int);
CREATE TABLE public.account_b (amount int);
INSERT INTO public.account_a VALUES (500);
INSERT INTO public.account_b VALUES (500);

\connect aodh
CREATE TABLE alarm (id int PRIMARY KEY, state text);
INSERT INTO alarm SELECT g, 'ok' FROM generate_series(1, 50) g;

\connect "Odd; name"
CREATE TABLE t (i int);
INSERT INTO t VALUES (1), (2);
