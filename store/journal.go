package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/signalman-trading/signalman/internal/failpoint"
	"github.com/signalman-trading/signalman/internal/filelock"
	"github.com/signalman-trading/signalman/market"
)

// JournalExt is how the names of journal files end.
const JournalExt = ".journal"

// maxBuffer is how many bytes of commits without decisions wait in memory.
const maxBuffer = 64 << 10

// A file is what a Journal writes to.
type file interface {
	io.WriteCloser
	Sync() error
}

// A Journal is the open journal of a running session: records are appended, and
// those of one instant committed together. It is not safe for concurrent use.
//
// After the first error of a write or a sync, or of a record that cannot be
// written, every method but Close returns that error: what is on disk is then a
// prefix of what was appended, and [ResumeJournal] continues from there.
type Journal struct {
	path     string
	f        file
	chain    link
	out      []byte // frames that have not been handed to the system
	w        recordWriter
	urgent   bool // a record since the last commit must be on disk when Commit returns
	finished bool
	err      error
	behind   int // bytes of frames that are committed, and not on disk yet
	instants int // and of how many instants
}

// CreateJournal starts a journal at path, which must not exist. The header is on
// disk when it returns; a file of that name never exists without it. The file is
// locked against other writers until Close.
func CreateJournal(path string, h JournalHeader) (*Journal, error) {
	payload, err := h.payload()
	if err != nil {
		return nil, &market.Error{Class: market.Failed, Where: path, Err: err}
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, &market.Error{Class: market.Failed, Where: path, Err: os.ErrExist}
	}
	fresh := path + ".new"
	j, err := beginJournal(fresh, payload)
	failpoint.Hit("journal.before-rename")
	if err == nil {
		err = os.Rename(fresh, path)
	}
	failpoint.Hit("journal.after-rename")
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err == nil {
		err = j.reopen(path)
	}
	if err != nil {
		_ = os.Remove(fresh)
		return nil, journalError(path, err)
	}
	return j, nil
}

// beginJournal writes the header to a file of its own and closes it.
func beginJournal(path string, header []byte) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	j := newJournal(path, f, firstLink())
	j.out = append(j.out, preamble...)
	j.frame(frameHeader, header)
	err = j.sync()
	if e := f.Close(); err == nil {
		err = e
	}
	return j, err
}

// reopen opens and locks the file that the header was written to, for what follows.
func (j *Journal) reopen(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	if err := lock(f); err != nil {
		_ = f.Close()
		return err
	}
	j.path, j.f = path, f
	return nil
}

// lock keeps other writers out of a file until it is closed; readers do not ask.
func lock(f *os.File) error {
	err := filelock.Take(f)
	if errors.Is(err, filelock.ErrHeld) {
		return ErrLocked
	}
	return err
}

func newJournal(path string, f file, chain link) *Journal {
	return &Journal{path: path, f: f, chain: chain, w: recordWriter{series: map[journalSeries]uint64{}}}
}

// ResumeJournal opens an unfinished journal to go on with it, and returns what it
// holds so far. An incomplete last frame, which nobody was told is on disk, is cut
// off: [JournalReader.Lost] says how many bytes. It wraps ErrFinished for a
// finished journal and ErrLocked for one that another process writes to.
func ResumeJournal(path string) (*Journal, *JournalReader, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, &market.Error{Class: market.Failed, Where: path, Err: err}
	}
	j, r, err := resume(path, f)
	if err != nil {
		_ = f.Close()
		return nil, nil, journalError(path, err)
	}
	return j, r, nil
}

func resume(path string, f *os.File) (*Journal, *JournalReader, error) {
	if err := lock(f); err != nil {
		return nil, nil, err
	}
	r, err := scanFile(path, f)
	if err != nil {
		return nil, nil, err
	}
	if r.finished {
		return nil, nil, ErrFinished
	}
	failpoint.Hit("journal.before-truncate")
	if r.lost > 0 {
		if err := f.Truncate(r.end); err != nil {
			return nil, nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, nil, err
		}
	}
	if _, err := f.Seek(r.end, io.SeekStart); err != nil {
		return nil, nil, err
	}
	j := newJournal(path, f, r.chain)
	return j, r, j.learn(r)
}

// learn takes over the series that r has named.
func (j *Journal) learn(r *JournalReader) error {
	var state recordReader
	for _, err := range r.instants(&state) {
		if err != nil {
			return err
		}
	}
	for n, s := range state.series {
		j.w.series[s] = uint64(n)
	}
	return nil
}

// Append takes a record of the current instant. It is encoded at once: r's
// pointers are not kept.
func (j *Journal) Append(r market.Record) error {
	switch {
	case j.err != nil:
		return j.err
	case j.finished:
		return j.latch(ErrFinished)
	}
	if err := j.w.record(&r); err != nil {
		return j.latch(err)
	}
	if r.Kind != market.RecordEvent || r.Event.Kind == market.KindCommand {
		j.urgent = true
	}
	return nil
}

// Commit ends an instant. When it returns nil and the instant held a decision, a halt
// or a command, all records so far are on disk; otherwise they may wait in memory, up to
// 64 KiB. It does nothing where nothing was appended.
func (j *Journal) Commit() error {
	if j.err != nil || j.w.records == 0 {
		return j.err
	}
	j.frame(frameInstant, j.w.b)
	j.instants++
	j.w.reset()
	if j.urgent {
		return j.sync()
	}
	if len(j.out) >= maxBuffer {
		return j.flush()
	}
	return nil
}

// Flush hands the commits that wait in memory to the system, without waiting for the
// disk: they outlive the process, though not the machine.
func (j *Journal) Flush() error {
	if j.err != nil || len(j.out) == 0 {
		return j.err
	}
	return j.flush()
}

// Lag returns how much is committed and not on disk yet: bytes, and instants of which none
// has a decision. A loss of power may take them; see Flush for a crash of the process.
func (j *Journal) Lag() (bytes, instants int) { return j.behind, j.instants }

// Finish commits what was appended and marks the session as finished, on disk.
// Nothing can be appended after it.
func (j *Journal) Finish() error {
	if j.finished {
		return j.err
	}
	if err := j.Commit(); err != nil {
		return err
	}
	failpoint.Hit("journal.before-finish")
	j.frame(frameFinish, nil)
	j.finished = true
	return j.sync()
}

// Close brings commits that wait in memory to disk and releases the file. Records
// that were not committed are dropped. It returns the error that stopped the
// journal, if one did.
func (j *Journal) Close() error {
	if j.f == nil {
		return j.err
	}
	err := j.err
	if err == nil {
		err = j.sync()
	}
	if e := j.f.Close(); err == nil && e != nil {
		err = j.latch(e)
	}
	j.f = nil
	if j.err == nil {
		j.err = journalError(j.path, os.ErrClosed)
	}
	return err
}

func (j *Journal) frame(kind byte, payload []byte) {
	before := len(j.out)
	j.out, j.chain = appendFrame(j.out, j.chain, kind, payload)
	j.behind += len(j.out) - before
}

// flush hands the waiting frames to the system.
func (j *Journal) flush() error {
	n, err := j.write()
	if err == nil && n < len(j.out) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return j.latch(err)
	}
	j.out = j.out[:0]
	failpoint.Hit("journal.after-write")
	return nil
}

// write hands them over at once; where a test may kill the process, in two pieces.
func (j *Journal) write() (n int, err error) {
	failpoint.Hit("journal.before-write")
	if err := failpoint.Error("journal.before-write"); err != nil {
		return 0, err
	}
	if failpoint.Enabled {
		n, err = j.f.Write(j.out[:len(j.out)/2])
		failpoint.Hit("journal.mid-write")
	}
	if err != nil {
		return n, err
	}
	rest, err := j.f.Write(j.out[n:])
	return n + rest, err
}

// sync brings the waiting frames to disk.
func (j *Journal) sync() error {
	if err := j.flush(); err != nil {
		return err
	}
	if err := j.f.Sync(); err != nil {
		return j.latch(err)
	}
	failpoint.Hit("journal.after-sync")
	j.urgent, j.behind, j.instants = false, 0, 0
	return nil
}

// latch keeps the first error.
func (j *Journal) latch(err error) error {
	if j.err == nil {
		j.err = journalError(j.path, err)
	}
	return j.err
}

// journalError wraps err for the operator.
func journalError(path string, err error) error {
	var known *market.Error
	if errors.As(err, &known) {
		return err
	}
	e := &market.Error{Class: market.Failed, Where: path, Err: err}
	switch {
	case errors.Is(err, ErrLocked):
		e.Hint = "another signalman runs this session: stop it first"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e.Hint = "free some disk space and run again: the session goes on from what is on disk"
	case errors.Is(err, syscall.EFBIG):
		e.Hint = "allow larger files (ulimit -f) and run again: the session goes on from what is on disk"
	case errors.Is(err, ErrSchema):
		e.Class, e.Hint = market.Data, "use the signalman that wrote it"
	case errors.Is(err, ErrCorrupt), errors.Is(err, errWire):
		e.Class, e.Hint = market.Data, "keep the file for inspection"
	case errors.Is(err, ErrFinished):
		e.Hint = "start a new session"
	}
	if errors.Is(err, io.ErrShortWrite) {
		e.Err = fmt.Errorf("journal was not written whole: %w", err)
	}
	return e
}
