package store

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// A faultyFile fails at the nth write or sync.
type faultyFile struct {
	writes, syncs int // how many succeed
	err           error
	data          []byte
	synced        int
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if f.writes--; f.writes < 0 {
		n := len(p) / 2
		f.data = append(f.data, p[:n]...)
		return n, f.err
	}
	f.data = append(f.data, p...)
	return len(p), nil
}

func (f *faultyFile) Sync() error {
	if f.syncs--; f.syncs < 0 {
		return f.err
	}
	f.synced = len(f.data)
	return nil
}

func (f *faultyFile) Close() error { return nil }

// TestJournalLatches fails each write and sync: nothing is accepted afterwards, and
// what was acknowledged can be read.
func TestJournalLatches(t *testing.T) {
	for _, f := range []faultyFile{{writes: 2, syncs: 99, err: syscall.ENOSPC}, {writes: 1, syncs: 99}, {writes: 99, syncs: 2, err: syscall.EIO}, {writes: 2, syncs: 99, err: syscall.EFBIG}} {
		j := newJournal("x.journal", &f, firstLink())
		payload, err := (&JournalHeader{Created: 1}).payload()
		if err != nil {
			t.Fatal(err)
		}
		j.out = append(j.out, preamble...)
		j.frame(frameHeader, payload)
		if err := j.sync(); err != nil {
			t.Fatal(err)
		}
		acknowledged := 0
		for err == nil {
			if err = errors.Join(j.Append(halt(1)), j.Commit()); err == nil {
				acknowledged++
			}
		}
		if f.err != nil && !errors.Is(err, f.err) || f.err == nil && !errors.Is(err, io.ErrShortWrite) {
			t.Fatalf("error %v", err)
		}
		if errors.Is(f.err, syscall.EFBIG) && !strings.Contains(err.Error(), "ulimit -f") {
			t.Errorf("what to do is missing: %v", err)
		}
		if errors.Is(f.err, syscall.ENOSPC) && !strings.Contains(err.Error(), "disk space") {
			t.Errorf("no hint in %q", err)
		}
		size := len(f.data)
		for name, g := range map[string]func() error{"append": func() error { return j.Append(halt(2)) }, "commit": j.Commit, "finish": j.Finish, "close": j.Close} {
			if err := g(); err == nil || len(f.data) != size {
				t.Errorf("%s after a failure: %v, %d bytes written", name, err, len(f.data)-size)
			}
		}
		r, err := scan("", strings.NewReader(string(f.data)), int64(len(f.data)))
		if err != nil || r.Len() < acknowledged {
			t.Errorf("%d of %d acknowledged instants are there, %v", r.Len(), acknowledged, err)
		}
	}
}

// TestJournalSyncs counts syncs: only decisions and halts need one.
func TestJournalSyncs(t *testing.T) {
	f := faultyFile{writes: 1 << 30, syncs: 1 << 30}
	j := newJournal("x.journal", &f, firstLink())
	for i := range 5000 {
		commit(t, j, barRecord(i, 0))
		if len(j.out) > maxBuffer {
			t.Fatalf("%d bytes wait", len(j.out))
		}
	}
	if f.synced != 0 || len(f.data) == 0 {
		t.Fatalf("%d bytes synced, %d written without a decision", f.synced, len(f.data))
	}
	commit(t, j, market.Record{Kind: market.RecordDecision, Time: 9, Decision: &market.Decision{}})
	if len(j.out) != 0 || f.synced != len(f.data) {
		t.Fatal("a decision is not synced")
	}
	commit(t, j, barRecord(1, 0))
	if f.synced != len(f.data) || len(j.out) == 0 {
		t.Fatal("the instant after it does not wait")
	}
	if err := j.Finish(); err != nil || f.synced != len(f.data) {
		t.Fatalf("finish: %v", err)
	}
}
