package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/signalman-trading/signalman/market"
)

// A JournalReader reads a journal up to what was whole when it was opened. It may
// be of a session that still runs; then the last bytes may count as lost although
// they are on their way.
type JournalReader struct {
	path     string
	header   JournalHeader
	finished bool
	last     market.Time
	count    int
	end      int64 // of the last whole frame
	lost     int64 // bytes after it
	chain    link
}

// OpenJournal reads the header of a journal and checks its chain. Bytes at the end
// that are no whole frame are reported by Lost. A damaged frame with whole ones
// behind it is an error that wraps ErrCorrupt: nothing is left out silently.
func OpenJournal(path string) (*JournalReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &market.Error{Class: market.Failed, Where: path, Err: err}
	}
	defer f.Close()
	r, err := scanFile(path, f)
	if err != nil {
		return nil, journalError(path, err)
	}
	return r, nil
}

// Header returns which session it is.
func (r *JournalReader) Header() JournalHeader { return r.header }

// Finished reports whether the session was ended by Finish.
func (r *JournalReader) Finished() bool { return r.finished }

// Last returns the time of the last instant, or of the start where there is none.
func (r *JournalReader) Last() market.Time { return max(r.last, r.header.Created) }

// Len returns the number of instants.
func (r *JournalReader) Len() int { return r.count }

// Lost returns how many bytes at the end are no whole frame: a write that was cut
// short, and that nobody was told had succeeded.
func (r *JournalReader) Lost() int64 { return r.lost }

// Chain returns the last link of the hash chain, in hexadecimal: the same for the same records.
func (r *JournalReader) Chain() string { return hex.EncodeToString(r.chain[:]) }

// Instants iterates over the records of each instant, in order. They belong to the
// caller. Bar events of one instrument and interval point into the same Columns,
// which grow while the iteration goes on; each iteration makes its own. After an
// error, of class [market.Data], nothing follows.
func (r *JournalReader) Instants() iter.Seq2[[]market.Record, error] {
	return func(yield func([]market.Record, error) bool) {
		for records, err := range r.instants(new(recordReader)) {
			if err != nil {
				err = journalError(r.path, err)
			}
			if !yield(records, err) {
				return
			}
		}
	}
}

// instants iterates with the state of a recordReader, which it starts afresh.
func (r *JournalReader) instants(state *recordReader) iter.Seq2[[]market.Record, error] {
	return func(yield func([]market.Record, error) bool) {
		f, err := os.Open(r.path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		if err := replay(f, r.end, state, yield); err != nil {
			yield(nil, err)
		}
	}
}

// replay yields each instant of a journal of size bytes.
func replay(f io.ReaderAt, size int64, state *recordReader, yield func([]market.Record, error) bool) error {
	*state = recordReader{bars: map[barKey]*market.Columns{}}
	frames, err := newFrameReader(f, size)
	if err != nil {
		return err
	}
	for {
		at := frames.at
		kind, payload, err := frames.next()
		if errors.Is(err, io.EOF) && at == frames.size {
			return nil
		}
		if err != nil {
			return fmt.Errorf("frame at byte %d: %w", at, err)
		}
		if kind != frameInstant {
			continue
		}
		records, err := state.instant(payload)
		if err != nil {
			return fmt.Errorf("%w: frame at byte %d: %w", ErrCorrupt, at, err)
		}
		if !yield(records, nil) {
			return nil
		}
	}
}

func scanFile(path string, f *os.File) (*JournalReader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return scan(path, f, info.Size())
}

// scan checks the chain of a journal and finds where it ends.
func scan(path string, f io.ReaderAt, size int64) (*JournalReader, error) {
	r := &JournalReader{path: path}
	frames, err := newFrameReader(f, size)
	if err != nil {
		return nil, err
	}
	if err := r.start(frames); err != nil {
		return nil, err
	}
	for err == nil {
		err = r.step(frames)
	}
	if errors.Is(err, errTorn) {
		err = r.torn(f, frames)
	}
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("frame at byte %d: %w", frames.at, err)
	}
	r.end, r.lost, r.chain = frames.at, size-frames.at, frames.chain
	return r, nil
}

// start reads the header frame.
func (r *JournalReader) start(frames *frameReader) error {
	kind, payload, err := frames.next()
	if err != nil || kind != frameHeader {
		return fmt.Errorf("%w: the header is not whole: no session was started in it", ErrCorrupt)
	}
	r.header, err = parseHeader(payload)
	return err
}

// step reads one frame after the header.
func (r *JournalReader) step(frames *frameReader) error {
	kind, payload, err := frames.next()
	switch {
	case err != nil:
		return err
	case r.finished || kind == frameHeader:
		return fmt.Errorf("%w: frame of type %d out of place", ErrCorrupt, kind)
	case kind == frameFinish:
		r.finished = true
	default:
		head := reader{b: payload}
		r.last = market.Time(head.int())
		r.count++
	}
	return nil
}

// torn tells a write that was cut short from damage in the middle.
func (r *JournalReader) torn(f io.ReaderAt, frames *frameReader) error {
	more, err := frames.followed(f)
	if err == nil && more {
		err = fmt.Errorf("%w: a damaged frame with others behind it", ErrCorrupt)
	}
	return err
}
