-- The two roles of Telecare and its database. Run once, as a superuser of the server:
--   psql -v owner_password='…' -v serving_password='…' -f deploy/postgres/roles.sql postgres
-- Other names than these: -v owner=… -v serving=… -v database=…
\set ON_ERROR_STOP on
\if :{?owner} \else \set owner telecare_owner \endif
\if :{?serving} \else \set serving telecare \endif
\if :{?database} \else \set database telecare \endif

CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE ROLE :"serving" LOGIN PASSWORD :'serving_password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE DATABASE :"database" OWNER :"owner" ENCODING 'UTF8' LC_COLLATE 'C' TEMPLATE template0;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"serving";

\connect :"database"
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"serving";
