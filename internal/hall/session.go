package hall

import "time"

// Session is one signed-in device. The token itself is never kept: ID is its SHA-256 in hex, so
// that neither a page nor a copy of the store lets anybody sign in.
type Session struct {
	ID       string
	PersonID string // "" before sign-in
	Created  time.Time
	Seen     time.Time // to within SeenEvery
	Expires  time.Time
	Address  string // the network address of the last request that changed the session
	Agent    string // the user agent at sign-in
	Data     []byte // what the web layer keeps
}

// SeenEvery is how often the last use of a session is written down.
const SeenEvery = 5 * time.Minute

// SessionLife is how long a session lasts from sign-in.
const SessionLife = 30 * 24 * time.Hour

// SessionIdle is how long a session lasts without use.
const SessionIdle = 14 * 24 * time.Hour
