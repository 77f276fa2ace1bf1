package app

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/signalman-trading/signalman/internal/sample"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// dir returns the directory of history and sessions, and makes it.
func (c *command) dir() (string, error) {
	dir := c.data
	if dir == "" {
		if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
			dir = filepath.Join(state, "signalman")
		} else {
			home, err := os.UserHomeDir()
			if err != nil {
				return "", &market.Error{Class: market.Usage, Err: err, Hint: "name a directory with --data"}
			}
			dir = filepath.Join(home, ".local", "state", "signalman")
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", &market.Error{Class: market.Failed, Err: err, Hint: "name a directory you may write to with --data"}
	}
	return dir, nil
}

// openStore opens history.db, for writing or for reading only.
func (c *command) openStore(write bool) (*store.DB, error) { return c.openWithin(write, 5*time.Second) }

// patientStore is openStore for work that is long, and should not fail because somebody
// reads just when a piece of it is to be stored.
func (c *command) patientStore(write bool) (*store.DB, error) {
	return c.openWithin(write, 30*time.Second)
}

func (c *command) openWithin(write bool, d time.Duration) (*store.DB, error) {
	dir, err := c.dir()
	if err != nil {
		return nil, err
	}
	return store.Open(filepath.Join(dir, "history.db"), store.Options{ReadOnly: !write, Timeout: d})
}

// reader opens stored history, or the bundled sample. The hint says how to choose the
// sample instead.
func (c *command) reader(history, hint string) (r store.Reader, done func() error, err error) {
	if history == "sample" {
		a, err := sample.Open()
		return a, func() error { return nil }, err
	}
	db, err := c.openStore(false)
	if errors.Is(err, store.ErrMissing) {
		return nil, nil, &market.Error{Class: market.Data, Err: err, Hint: hint}
	}
	if err != nil {
		return nil, nil, err
	}
	return db, db.Close, nil
}
