package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// Credits is the file of a quota ledger, such as credits.db: a text for each provider. It
// is opened for each call and closed again, so that processes share it. Its methods may be
// called concurrently. Errors are *[market.Error], as those of [Open] are.
type Credits struct {
	path string
	wait time.Duration
	mu   sync.Mutex // within a process, nobody waits for the lock of the file in turns
}

// creditsWait is how long a call waits for the file where others hold it.
const creditsWait = 10 * time.Second

// creditsSchema is the layout of the file.
const creditsSchema = 1

// bucketCredits holds provider → text, be32 seal.
var bucketCredits = []byte("credits")

// NewCredits returns the file at path, which need not be there: the first Update makes
// it. Nothing is opened yet.
func NewCredits(path string) *Credits { return &Credits{path: path, wait: creditsWait} }

// Update calls f with the text of a provider, nil where there is none, alone among all
// processes. What f returns is on disk when Update returns; nil leaves it as it is.
func (c *Credits) Update(provider string, f func(text []byte) ([]byte, error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := os.Lstat(c.path); errors.Is(err, fs.ErrNotExist) {
		if err := c.create(); err != nil {
			return &market.Error{Class: market.Failed, Where: c.path, Err: err, Hint: "no call is made without a record of it: name a directory that you may write to with --data"}
		}
	}
	var failed error
	err := c.open(false, func(db *DB) error {
		return db.update(func(tx *bolt.Tx) error {
			b, text, err := c.text(tx, provider)
			if err != nil {
				return err
			}
			if text, failed = f(text); failed != nil || text == nil {
				return errUnchanged
			}
			key := []byte(provider)
			if b.Get(key) == nil {
				if err := b.SetSequence(b.Sequence() + 1); err != nil {
					return err
				}
			}
			return b.Put(key, seal(key, text))
		})
	})
	if failed != nil || errors.Is(err, errUnchanged) {
		return failed
	}
	return err
}

// Read returns the text of a provider, nil where there is none.
func (c *Credits) Read(provider string) (text []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := os.Lstat(c.path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	err = c.open(true, func(db *DB) error {
		return db.view(func(tx *bolt.Tx) error {
			_, text, err = c.text(tx, provider)
			return err
		})
	})
	return text, err
}

// text reads the text of a provider, which is the caller's. It looks at all of them: one
// whose name is damaged would not be found, and its calls be made again.
func (c *Credits) text(tx *bolt.Tx, provider string) (*bolt.Bucket, []byte, error) {
	meta, b := tx.Bucket(bucketMeta), tx.Bucket(bucketCredits)
	if meta == nil || b == nil || len(meta.Get(keySchema)) != 4 {
		return nil, nil, fmt.Errorf("%w: it is not a file of credits", ErrCorrupt)
	}
	if have := binary.BigEndian.Uint32(meta.Get(keySchema)); have != creditsSchema {
		return nil, nil, &market.Error{Class: market.Data, Where: c.path, Err: fmt.Errorf("%w: %d, this program knows %d", ErrSchema, have, creditsSchema), Hint: "use the newer signalman that wrote it"}
	}
	var n uint64
	var found []byte
	err := b.ForEach(func(key, value []byte) error {
		n++
		text, err := unseal(key, value)
		if string(key) == provider {
			found = append([]byte{}, text...)
		}
		return err
	})
	if err == nil && n != b.Sequence() {
		err = fmt.Errorf("%w: %d providers are in it, and should be %d", ErrCorrupt, n, b.Sequence())
	}
	return b, found, err
}

// open opens the file for as long as f runs.
func (c *Credits) open(reading bool, f func(db *DB) error) error {
	db := &DB{path: c.path, maxPut: maxPut}
	err := c.whole()
	if err == nil {
		err = db.guard(func() error { return db.open(Options{ReadOnly: reading, Timeout: c.wait}) })
	}
	if slices.Contains(db.notes, oneHead) {
		err = fmt.Errorf("%w: one of its two heads is damaged, and the last call may not be counted", ErrCorrupt)
	}
	if err == nil {
		err = f(db)
	}
	if closing := db.Close(); err == nil {
		err = closing
	}
	return c.explain(err)
}

// whole refuses what is not a file with something in it: a new one is never empty.
func (c *Credits) whole() error {
	info, err := os.Stat(c.path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: it is not a file", ErrCorrupt)
	case info.Size() == 0:
		return fmt.Errorf("%w: it is empty", ErrCorrupt)
	case info.Size() < 2*4096: // bbolt has no error of its own for less than its two heads
		return fmt.Errorf("%w: it is cut off after %d bytes", ErrCorrupt, info.Size())
	}
	return nil
}

// explain says what to do about an error. A file that cannot be read is never begun anew:
// the calls that it counted would be made again.
func (c *Credits) explain(err error) error {
	switch {
	case err == nil || errors.Is(err, errUnchanged):
		return err
	case errors.Is(err, ErrLocked):
		return &market.Error{Class: market.Failed, Where: c.path, Err: ErrLocked, Hint: "another signalman holds it for longer than a call takes: try again, or stop it"}
	case errors.Is(err, ErrCorrupt):
		var known *market.Error
		if errors.As(err, &known) {
			err = known.Err
		}
		return &market.Error{Class: market.Data, Where: c.path, Err: err,
			Hint: "no call is made without it: restore it from a copy, or move it away and lower the limits in [quota.NAME] by what your provider shows as used until its month is over"}
	}
	return err
}

// create makes the file. It comes into being with its layout: a process that is killed
// meanwhile leaves a temporary file, and of several the first to be ready makes it.
func (c *Credits) create() error {
	dir := filepath.Dir(c.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(c.path)+".*.new")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return err
	}
	if err := lay(f.Name()); err != nil {
		return err
	}
	err = os.Link(f.Name(), c.path)
	if err != nil && !errors.Is(err, fs.ErrExist) { // no links on this disk
		if _, missing := os.Lstat(c.path); !errors.Is(missing, fs.ErrNotExist) {
			return missing
		}
		err = os.Rename(f.Name(), c.path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// lay writes the layout into an empty file.
func lay(path string) error {
	b, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: DefaultTimeout})
	if err != nil {
		return err
	}
	err = b.Update(func(tx *bolt.Tx) error {
		meta, err := tx.CreateBucket(bucketMeta)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucket(bucketCredits); err != nil {
			return err
		}
		return meta.Put(keySchema, binary.BigEndian.AppendUint32(nil, creditsSchema))
	})
	return errors.Join(err, b.Close())
}
