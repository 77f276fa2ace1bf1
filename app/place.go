package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/internal/sample"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// place returns the directory of history and sessions, which need not be there.
func (c *command) place() (string, error) {
	if c.data != "" {
		return c.data, nil
	}
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "signalman"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &market.Error{Class: market.Usage, Err: err, Hint: "name a directory with --data"}
	}
	return filepath.Join(home, ".local", "state", "signalman"), nil
}

// dir returns the directory of history and sessions, and makes it.
func (c *command) dir() (string, error) {
	dir, err := c.place()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", &market.Error{Class: market.Failed, Err: err, Hint: "name a directory you may write to with --data"}
	}
	return dir, nil
}

// openStore opens history.db, for writing or for reading only.
func (c *command) openStore(write bool) (*store.DB, error) {
	return c.openFile(historyFile, store.Options{ReadOnly: !write, Timeout: 5 * time.Second})
}

// patientStore is openStore for work that is long, and should not fail because somebody
// reads just when a piece of it is to be stored.
func (c *command) patientStore(write bool) (*store.DB, error) {
	return c.openFile(historyFile, store.Options{ReadOnly: !write, Timeout: longWait})
}

// longWait is how long such work waits for a file that others hold.
const longWait = 30 * time.Second

// The two files of the store. What a session receives is in the second until it is folded
// into the first.
const (
	historyFile = "history.db"
	liveFile    = "live.db"
)

// openFile opens a file of the store. Reading makes no directory for it.
func (c *command) openFile(name string, o store.Options) (*store.DB, error) {
	dir, err := c.place()
	if _, e := os.Stat(dir); err == nil && !(o.ReadOnly && errors.Is(e, fs.ErrNotExist)) {
		dir, err = c.dir()
	}
	if err != nil {
		return nil, err
	}
	db, err := store.Open(filepath.Join(dir, name), o)
	if err == nil {
		for _, note := range db.Notes() {
			c.note("%s: %s", db.Path(), note)
		}
	}
	return db, err
}

// liveWait is how long a reader waits for live.db. Who puts what arrives holds it for one
// batch at a time.
const liveWait = time.Second

// openLive opens live.db for reading, or returns nil where there is none or somebody
// writes to it for long, which it says.
func (c *command) openLive() (*store.DB, error) {
	db, err := c.openFile(liveFile, store.Options{ReadOnly: true, Timeout: liveWait})
	switch {
	case errors.Is(err, store.ErrEmpty):
		c.note("%s is empty: it is left out", liveFile)
		return nil, nil
	case errors.Is(err, store.ErrMissing):
		return nil, nil
	case errors.Is(err, store.ErrLocked):
		c.note("%s is in use: what was received since the last fold is left out", liveFile)
		return nil, nil
	}
	return db, err
}

// reader opens stored history with what is not folded into it yet, or the bundled sample,
// alone or with made-up signals.
// The hint says how to choose the sample instead.
func (c *command) reader(history, hint string) (r store.Reader, done func() error, err error) {
	if builtIn(history) {
		r, err := builtInHistory(history)
		return r, func() error { return nil }, err
	}
	db, live, err := c.openBoth()
	switch {
	case errors.Is(err, store.ErrMissing):
		return nil, nil, &market.Error{Class: market.Data, Err: err, Hint: hint}
	case err != nil:
		return nil, nil, err
	case live == nil:
		return db, db.Close, nil
	case db == nil:
		return live, live.Close, nil
	}
	return store.Join(db, live), func() error { return errors.Join(live.Close(), db.Close()) }, nil
}

// builtIn reports whether a history comes with the program.
func builtIn(history string) bool { return history == config.Sample || history == config.Demo }

// builtInHistory returns the bundled sample, alone or with made-up signals.
func builtInHistory(history string) (store.Reader, error) {
	if history == config.Demo {
		return sample.Demo()
	}
	return sample.Open()
}

// openBoth opens both files of the store for reading. Either is nil where it is not there;
// if neither is, that is an error.
func (c *command) openBoth() (history, live *store.DB, err error) {
	history, missing := c.openStore(false)
	if missing != nil && !errors.Is(missing, store.ErrMissing) {
		return nil, nil, missing
	}
	live, err = c.openLive()
	if err == nil && live == nil {
		err = missing
	}
	if err != nil && history != nil {
		err = errors.Join(err, history.Close())
	}
	return history, live, err
}
