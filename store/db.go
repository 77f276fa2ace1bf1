package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

// Options say how a DB is opened.
type Options struct {
	ReadOnly bool          // share the file with other readers
	Timeout  time.Duration // how long to wait for the file where others hold it; 0: 2 s
}

// DefaultTimeout is how long Open waits for a file that is in use.
const DefaultTimeout = 2 * time.Second

// A DB is an open file of bars, fundings, instruments, signals and raw answers. Its methods
// may be called concurrently.
type DB struct {
	path   string
	bolt   *bolt.DB
	broken atomic.Pointer[market.Error] // what damage was met; nothing is tried after it

	writing sync.Mutex // held for what is written in one transaction, or in several
	maxPut  int64      // bytes of blocks that one transaction merges
}

// Open opens the file at path, and creates it unless opts are ReadOnly. It waits
// while another process holds the file. Errors are *[market.Error] and wrap
// ErrMissing, ErrLocked, ErrCorrupt or ErrSchema where it was that.
func Open(path string, opts Options) (*DB, error) {
	if opts.Timeout == 0 {
		opts.Timeout = DefaultTimeout
	}
	if info, err := os.Stat(path); opts.ReadOnly && (errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0) {
		return nil, &market.Error{Class: market.Data, Where: path, Err: ErrMissing,
			Hint: "create it with 'signalman data import'"}
	}
	db := &DB{path: path, maxPut: maxPut}
	err := db.guard(func() error { return db.open(opts) })
	if err == nil {
		err = db.prepare(opts.ReadOnly)
	}
	if err == nil && !opts.ReadOnly {
		_ = os.Remove(path + compactExt) // of a compaction that was killed
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// open opens the file, again where another took its place while this one waited for it.
func (db *DB) open(opts Options) error {
	for {
		var f *os.File
		b, err := bolt.Open(db.path, 0o644, &bolt.Options{
			ReadOnly: opts.ReadOnly, Timeout: opts.Timeout, FreelistType: bolt.FreelistMapType,
			OpenFile: func(name string, flag int, perm os.FileMode) (_ *os.File, err error) {
				f, err = os.OpenFile(name, flag, perm)
				return f, err
			},
		})
		if err != nil {
			return err
		}
		mine, err := f.Stat()
		now, gone := os.Stat(db.path)
		if err == nil && gone == nil && os.SameFile(mine, now) {
			db.bolt = b
			return nil
		}
		if err := b.Close(); err != nil {
			return err
		}
	}
}

// Close releases the file. It waits for calls that are under way, but not for long
// where the file is damaged.
func (db *DB) Close() error {
	if db.bolt == nil {
		return nil
	}
	if db.broken.Load() == nil {
		return db.guard(db.bolt.Close)
	}
	done := make(chan error, 1)
	go func() { done <- db.shield(db.bolt.Close) }()
	select {
	case <-done: // the damage has been reported
	case <-time.After(time.Second): // locks were held where it was met
	}
	return nil
}

// Path returns the path that the file was opened by.
func (db *DB) Path() string { return db.path }

// view runs a read transaction.
func (db *DB) view(f func(tx *bolt.Tx) error) error {
	return db.guard(func() error { return db.bolt.View(f) })
}

// update runs a write transaction, which is on disk when it returns nil.
func (db *DB) update(f func(tx *bolt.Tx) error) error {
	db.writing.Lock()
	defer db.writing.Unlock()
	return db.write(f)
}

// write is update for those who hold db.writing.
func (db *DB) write(f func(tx *bolt.Tx) error) error {
	return db.guard(func() error { return db.bolt.Update(f) })
}

// guard runs f unless damage has been met before.
func (db *DB) guard(f func() error) error {
	if broken := db.broken.Load(); broken != nil {
		return broken
	}
	return db.shield(f)
}

// shield runs f and turns what a damaged file does to it, panics and reads beyond
// the end of the map, into an error that stays.
func (db *DB) shield(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			if _, crash := p.(runtime.Error); crash {
				p = "its pages do not fit together"
			}
			broken := db.corrupt(fmt.Errorf("%w: %v", ErrCorrupt, p))
			db.broken.Store(broken)
			err = broken
		}
	}()
	return db.explain(f())
}

// explain wraps err for the operator.
func (db *DB) explain(err error) error {
	var known *market.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, bolterrors.ErrTimeout):
		return &market.Error{Class: market.Failed, Where: db.path, Err: ErrLocked,
			Hint: "another signalman is writing to it: try again when it is done, or stop it"}
	case err.Error() == "file size too small": // bbolt has no name for it
		return db.corrupt(fmt.Errorf("%w: it is cut short", ErrCorrupt))
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return db.corrupt(fmt.Errorf("%w: %w", ErrCorrupt, err))
	case errors.Is(err, ErrCorrupt), errors.Is(err, column.ErrCorrupt):
		return db.corrupt(err)
	case errors.Is(err, bolterrors.ErrDatabaseReadOnly):
		return &market.Error{Class: market.Failed, Where: db.path, Err: errReadOnly}
	}
	return &market.Error{Class: market.Failed, Where: db.path, Err: err}
}

func (db *DB) corrupt(err error) *market.Error {
	return &market.Error{Class: market.Data, Where: db.path, Err: err,
		Hint: "restore the file from a copy, or move it away and import again"}
}
