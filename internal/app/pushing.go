package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"time"

	"github.com/unionhall/unionhall/internal/durable"
	"github.com/unionhall/unionhall/internal/notice/noticesend"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/portal/portalsend"
)

// pushFile holds the pair of keys by which push services know the hall. Browsers have subscribed with it: another pair
// reaches none of them, so it is kept and backed up with the other keys. Where these are not in the data folder, which
// is how several processes share them, it lies beside them, unless the data folder has one already.
func (c Config) pushFile() string {
	own := filepath.Join(c.keysDir(), "push.json")
	if _, err := os.Stat(own); c.Keys == "" || err == nil {
		return own
	}
	return filepath.Join(filepath.Dir(c.Keys), "push.json")
}

// reach is where the hall may go by what people have entered: the same for webhooks and for push services.
func (c Config) reach() portal.Reach {
	return portal.Reach{AllowHTTP: c.Private, AllowPrivate: c.Private}
}

// pushKeys reads the pair, and makes it at the first start.
func pushKeys(path string) (k noticesend.PushKeys, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makePushKeys(path); err != nil {
			return k, err
		}
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return k, err
	}
	if json.Unmarshal(b, &k) != nil || !k.OK() {
		return k, fmt.Errorf("%s holds no pair of keys", path)
	}
	return k, nil
}

// makePushKeys makes the file whole or not at all. Of two processes that begin together one makes it.
func makePushKeys(path string) error {
	k, err := noticesend.NewPushKeys()
	if err != nil {
		return err
	}
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return durable.Create(path, append(b, '\n'))
}

// push makes the gateway of browsers.
func (a *App) push(k noticesend.PushKeys) noticesend.Gateway {
	return noticesend.NewPush(noticesend.PushOptions{Keys: k, Sender: a.pushSender(), HTTP: portalsend.NewHTTP(a.Config.reach(), nil, 20*time.Second)})
}

// pushSender is whom a push service can turn to. They want an address that can be reached, and take no other scheme.
func (a *App) pushSender() string {
	if from, err := mail.ParseAddress(a.Config.Mail.From); err == nil {
		return from.Address
	}
	return a.Config.Address()
}
