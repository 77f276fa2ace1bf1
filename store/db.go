package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	notes  []string                     // what was met that is read over

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
	if err := openable(path, opts.ReadOnly); err != nil {
		return nil, err
	}
	db := &DB{path: path, maxPut: maxPut}
	err := db.guard(func() error { return db.open(opts) })
	if err == nil {
		err = db.prepare(opts.ReadOnly)
	}
	if err == nil && !opts.ReadOnly {
		_ = os.Remove(target(path) + compactExt) // of a compaction that was killed
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// openable says why there is no file at path that could be opened, or made unless reading.
func openable(path string, reading bool) error {
	info, err := os.Stat(path)
	e := &market.Error{Class: market.Data, Where: path, Hint: "create it with 'signalman data fetch' or 'signalman data import'"}
	_, linked := os.Lstat(path)
	switch missing := errors.Is(err, fs.ErrNotExist); {
	case missing && linked == nil:
		e.Err, e.Hint = errors.New("it is a link to a file that does not exist"), "mount the disk that it is on, or remove the link"
	case missing && reading:
		e.Err = ErrMissing
	case err != nil: // opening it says why
		return nil
	case !info.Mode().IsRegular():
		e.Err, e.Hint = errors.New("it is not a file"), "name another directory with --data, or move it away"
	case info.Size() == 0 && reading:
		e.Err, e.Hint = ErrEmpty, "restore it from a copy, or fill it with 'signalman data import'"
	default:
		return nil
	}
	return e
}

// target returns the path of the file that path leads to by links.
func target(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// open opens the file, for writing after a look at its pages.
func (db *DB) open(opts Options) error {
	start := time.Now()
	if info, err := os.Stat(db.path); !opts.ReadOnly && err == nil && info.Size() > 0 {
		// Others may write before it is opened again, but not what would be wrong then.
		b, f, err := db.openNow(Options{ReadOnly: true, Timeout: opts.Timeout})
		if err != nil {
			return err
		}
		if err := errors.Join(db.examine(f, int64(b.Info().PageSize)), b.Close()); err != nil {
			return err
		}
		opts.Timeout = max(1, opts.Timeout-time.Since(start))
	}
	b, f, err := db.openNow(opts)
	if err != nil {
		return err
	}
	db.bolt = b
	if opts.ReadOnly {
		_, err = db.checkHeads(f, int64(b.Info().PageSize))
	}
	return err
}

// openNow opens the file, again where another took its place while this one waited for it.
func (db *DB) openNow(opts Options) (*bolt.DB, *os.File, error) {
	for {
		var f *os.File
		b, err := bolt.Open(db.path, 0o644, &bolt.Options{
			ReadOnly: opts.ReadOnly, Timeout: opts.Timeout, FreelistType: bolt.FreelistMapType,
			OpenFile: func(name string, flag int, perm os.FileMode) (_ *os.File, err error) {
				f, err = os.OpenFile(name, flag, perm)
				return f, err
			},
		})
		if errors.Is(err, bolterrors.ErrTimeout) {
			return nil, nil, db.held(opts.ReadOnly)
		}
		if err != nil {
			return nil, nil, err
		}
		mine, err := f.Stat()
		now, gone := os.Stat(db.path)
		if err == nil && gone == nil && os.SameFile(mine, now) {
			return b, f, nil
		}
		if err := b.Close(); err != nil {
			return nil, nil, err
		}
	}
}

// examine checks the pages of a file that nobody writes to, and has the list of those that
// are free made anew where it is wrong.
func (db *DB) examine(f *os.File, pageSize int64) error {
	h, err := db.checkHeads(f, pageSize)
	if err != nil {
		return err
	}
	listed, err := checkPages(f, h)
	if err != nil || listed {
		return err
	}
	db.notes = append(db.notes, "its list of free pages was damaged and has been made anew: nothing is lost, but look at the disk")
	return forgetList(db.path, h)
}

// checkHeads returns the head that counts, and notes if it is the only one.
func (db *DB) checkHeads(f *os.File, pageSize int64) (head, error) {
	h, both, err := currentHead(f, pageSize)
	if err == nil && !both {
		db.notes = append(db.notes, oneHead)
	}
	return h, err
}

const oneHead = "one of its two heads is damaged, as after a power failure: what was stored last may be missing; import it again, or restore the file from a copy"

// Notes returns what was found damaged when the file was opened and does not keep it from
// being used. The next write mends what it says.
func (db *DB) Notes() []string { return db.notes }

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
			broken := db.corrupt(fmt.Errorf("%w: %v", ErrCorrupt, p))
			if _, crash := p.(runtime.Error); crash {
				broken = db.corrupt(fmt.Errorf("%w: its pages do not fit together, or cannot be read", ErrCorrupt))
				broken.Hint = "make room if the disk is full, and try again; if that is not it, " + broken.Hint
			}
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
	case err.Error() == "file size too small": // bbolt has no name for it
		return db.corrupt(fmt.Errorf("%w: it is cut short", ErrCorrupt))
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return db.corrupt(fmt.Errorf("%w: %w", ErrCorrupt, err))
	case errors.Is(err, ErrCorrupt), errors.Is(err, column.ErrCorrupt):
		return db.corrupt(err)
	case errors.Is(err, bolterrors.ErrDatabaseReadOnly):
		return &market.Error{Class: market.Failed, Where: db.path, Err: errReadOnly}
	}
	return db.failed(err)
}

// failed is the error of a file that the system keeps from being read or written.
func (db *DB) failed(err error) error {
	e := &market.Error{Class: market.Failed, Where: db.path, Err: err}
	if p := (*fs.PathError)(nil); errors.As(err, &p) && p.Path == db.path {
		e.Err = fmt.Errorf("cannot %s it: %w", p.Op, p.Err)
	}
	return e
}

// held is the error where others hold the file: readers are only in the way of who writes.
func (db *DB) held(reading bool) error {
	who := "another signalman is reading it or writing to it"
	if reading {
		who = "another signalman is writing to it"
	}
	return &market.Error{Class: market.Failed, Where: db.path, Err: ErrLocked, Hint: who + ": try again when it is done, or stop it"}
}

func (db *DB) corrupt(err error) *market.Error {
	return &market.Error{Class: market.Data, Where: db.path, Err: err,
		Hint: "restore the file from a copy, or move it away and import again"}
}
