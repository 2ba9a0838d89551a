// Package backup copies a hall: its store into a form that knows no engine, and its files; out of a running hall into
// one archive, and from there, or straight from another store, into an empty one.
//
// An archive is a tar in a zstd stream, which common tools open:
//
//	HEAD.json                    what it is, the schema's steps, every table with its columns and its key
//	tables/TABLE/000001.ndjson   rows in the order of the key, one JSON array a line, columns by name
//	files/HASH                   contents; the name is the SHA-256
//	keys/NAME                    the hall's keys, only when asked for
//	MANIFEST.json                at the end: rows and SHA-256 of every table, SHA-256 of every part
//
// A row is written in one way only, whatever engine it comes from, so the SHA-256 of a table's rows is the same on
// SQLite and PostgreSQL for the same content. Nothing here holds more than one part in memory.
package backup
