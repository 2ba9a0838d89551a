package app

import (
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/limit"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Config is all that can be set from outside. The zero value with a Dir runs embedded.
type Config struct {
	Listen     string         // address, ":8080"
	Dir        string         // where everything embedded lies: store, stream, files
	Store      string         // "" is SQLite in Dir; else "sqlite:PATH" or "postgres://…"
	Files      string         // "" is the folder files in Dir; else "s3://bucket/prefix?endpoint=…"
	Stream     string         // "" is the stream in Dir; else "nats://host,nats://host": then several processes may be one hall
	Keys       string         // the key file of personal data; "" is keys/seal.json in Dir
	Cipher     seal.Cipher    // what a key file seals with that has to be made; "" is seal.AES
	BaseURL    string         // where people reach the hall, "https://hall.example.org"; "" for a local one
	Proxies    []netip.Prefix // whose X-Forwarded-For is believed
	Private    bool           // webhooks may go to http and to private addresses; for tests and laptops
	Clock      clock.Clock    // nil is the machine's; tests move one of their own
	Cheap      bool           // passwords hashed at a cost that only tests may use
	Writes     limit.Rate     // forms that one person may send; zero is the web's own
	Faults     sqldb.Faults   // tests make updates of the store fail; nil everywhere else
	Directory  string         // the description of the federation's directory; "" for none
	SMS        string         // how short messages are sent: "" or "file" into sms.jsonl in Dir and onto the terminal, else the path of a gateway's description
	Mail       Mail           // how e-mail leaves the hall
	Metrics    string         // address that serves figures to Prometheus, apart from the pages; "" for none
	Traces     string         // an OTLP collector, http://127.0.0.1:4318; "" sends none
	TraceShare float64        // how many requests of all are traced, 0 to 1
}

// Address is the base of links that leave the hall.
func (c Config) Address() string {
	if c.BaseURL != "" {
		return strings.TrimSuffix(c.BaseURL, "/")
	}
	host := c.Listen
	if strings.HasPrefix(host, ":") {
		host = "localhost" + host
	}
	return "http://" + host
}

// DSN is the address of the store.
func (c Config) DSN() string {
	if c.Store != "" {
		return c.Store
	}
	return "sqlite:" + filepath.Join(c.Dir, "hall.db")
}

// Blobs opens the store of files.
func (c Config) Blobs() (blob.Store, error) {
	if c.Files == "" {
		return blob.Folder(c.filesDir())
	}
	s, err := blob.S3(c.Files, filepath.Join(c.Dir, "spool"))
	if err != nil {
		return nil, advise(err, "cannot use --files: %v", reason(err))
	}
	return s, nil
}
