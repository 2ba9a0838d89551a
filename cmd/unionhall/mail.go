package main

import (
	"flag"

	"github.com/unionhall/unionhall/internal/app"
)

// mailFlags say how e-mail leaves the hall. The password stands in a file, so that it is in no process list.
func mailFlags(f *flag.FlagSet, c *app.Config) {
	f.StringVar(&c.Mail.Server, "smtp", "", "mail server: smtp://host:587 (STARTTLS), smtps://host:465, smtp+plain://localhost:25; empty: the hall sends no e-mail")
	f.StringVar(&c.Mail.User, "smtp-user", "", "whom the mail server lets in; empty when it asks for nobody")
	f.StringVar(&c.Mail.PasswordFile, "smtp-password-file", "", "file that holds the password for the mail server")
	f.StringVar(&c.Mail.From, "smtp-from", "", "address that letters come from, hall@union.example")
}
