-- +goose Up
CREATE TABLE exchange_kind (
	id         TEXT NOT NULL PRIMARY KEY,
	version    BIGINT NOT NULL,
	doc        TEXT NOT NULL,
	updated_at BIGINT NOT NULL
);

-- A case is sharded by its need: need_id leads every key of what belongs to it.
CREATE TABLE exchange_need (
	id              TEXT NOT NULL PRIMARY KEY,
	kind_id         TEXT NOT NULL,
	union_id        TEXT NOT NULL,
	union_path      TEXT NOT NULL,
	enterprise_id   TEXT NOT NULL,
	poster_id       TEXT NOT NULL,
	portal_id       TEXT NOT NULL,
	portal_ref      TEXT NOT NULL,
	title           TEXT NOT NULL,
	trades          TEXT NOT NULL,
	state           TEXT NOT NULL,
	result          TEXT NOT NULL,
	posted_at       BIGINT NOT NULL,
	first_answer_at BIGINT NOT NULL,
	closed_at       BIGINT NOT NULL,
	visits          INTEGER NOT NULL,
	rating_sum      INTEGER NOT NULL,
	rating_count    INTEGER NOT NULL,
	waits_for       TEXT NOT NULL,
	waits_since     BIGINT NOT NULL,
	due_at          BIGINT NOT NULL,
	ask_at          BIGINT NOT NULL,
	doc             TEXT NOT NULL,
	version         BIGINT NOT NULL,
	updated_at      BIGINT NOT NULL
);
CREATE INDEX exchange_need_union ON exchange_need (union_path, id);
CREATE INDEX exchange_need_enterprise ON exchange_need (enterprise_id, id);
CREATE INDEX exchange_need_poster ON exchange_need (poster_id, id);
CREATE INDEX exchange_need_portal ON exchange_need (portal_id, id) WHERE portal_id <> '';
CREATE INDEX exchange_need_state ON exchange_need (state, id);
CREATE INDEX exchange_need_due ON exchange_need (due_at, id) WHERE due_at > 0;
CREATE INDEX exchange_need_ask ON exchange_need (ask_at, id) WHERE ask_at > 0;

-- One act of posting, told apart by its owner's key, makes one need.
CREATE TABLE exchange_once (
	owner_id TEXT NOT NULL,
	once     TEXT NOT NULL,
	need_id  TEXT NOT NULL,
	at       BIGINT NOT NULL,
	PRIMARY KEY (owner_id, once)
);

CREATE TABLE exchange_engagement (
	need_id  TEXT NOT NULL,
	id       TEXT NOT NULL,
	offer_id TEXT NOT NULL,
	owner_id TEXT NOT NULL,
	state    TEXT NOT NULL,
	doc      TEXT NOT NULL,
	PRIMARY KEY (need_id, id)
);
CREATE INDEX exchange_engagement_owner ON exchange_engagement (owner_id, id);

CREATE TABLE exchange_message (
	need_id       TEXT NOT NULL,
	engagement_id TEXT NOT NULL,
	id            TEXT NOT NULL,
	author_id     TEXT NOT NULL,
	side          TEXT NOT NULL,
	body          TEXT NOT NULL,
	files         TEXT NOT NULL,
	at            BIGINT NOT NULL,
	PRIMARY KEY (need_id, engagement_id, id)
);

-- Offers are sharded by their owner, who has one of a kind.
CREATE TABLE exchange_offer (
	owner_id     TEXT NOT NULL,
	kind_id      TEXT NOT NULL,
	id           TEXT NOT NULL,
	union_id     TEXT NOT NULL,
	union_path   TEXT NOT NULL,
	title        TEXT NOT NULL,
	status       TEXT NOT NULL,
	capacity     INTEGER NOT NULL,
	load         INTEGER NOT NULL,
	rating_sum   INTEGER NOT NULL,
	rating_count INTEGER NOT NULL,
	solved_count INTEGER NOT NULL,
	doc          TEXT NOT NULL,
	version      BIGINT NOT NULL,
	updated_at   BIGINT NOT NULL,
	PRIMARY KEY (owner_id, kind_id)
);
CREATE INDEX exchange_offer_id ON exchange_offer (id);

CREATE TABLE exchange_tool (
	id           TEXT NOT NULL PRIMARY KEY,
	kind_id      TEXT NOT NULL,
	owner_id     TEXT NOT NULL,
	need_id      TEXT NOT NULL,
	union_path   TEXT NOT NULL,
	title        TEXT NOT NULL,
	trades       TEXT NOT NULL,
	helped       INTEGER NOT NULL,
	doc          TEXT NOT NULL,
	version      BIGINT NOT NULL,
	published_at BIGINT NOT NULL,
	updated_at   BIGINT NOT NULL
);
CREATE INDEX exchange_tool_kind ON exchange_tool (kind_id, id);
CREATE INDEX exchange_tool_owner ON exchange_tool (owner_id, id);

CREATE TABLE exchange_helped (
	tool_id   TEXT NOT NULL,
	person_id TEXT NOT NULL,
	PRIMARY KEY (tool_id, person_id)
);

-- +goose Down
DROP TABLE exchange_helped;
DROP TABLE exchange_tool;
DROP TABLE exchange_offer;
DROP TABLE exchange_message;
DROP TABLE exchange_engagement;
DROP TABLE exchange_once;
DROP TABLE exchange_need;
DROP TABLE exchange_kind;
