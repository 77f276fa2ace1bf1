package barfile

import (
	"errors"

	"github.com/signalman-trading/signalman/market"
)

// What is wrong with a row that holds a bar. Errors about such rows are one of these to
// errors.Is, and the errors of all bad rows, those that hold no bar too, are ErrRow:
// Options.SkipBad leaves such rows out.
var (
	ErrRow        = errors.New("row is bad")
	ErrUnsorted   = errors.New("row is out of order")
	ErrDuplicate  = errors.New("row has the time of the one above")
	ErrOffGrid    = errors.New("row starts no bar of its interval")
	ErrImpossible = errors.New("row is no possible bar")
)

// ErrEmpty is what the error about an input without a good row is to errors.Is.
var ErrEmpty = errors.New("there are no bars")

// reason is an error that says which of these it is.
type reason struct {
	error
	kind error       // or nil
	row  bool        // it is about a row that can be left out
	time market.Time // of the row; 0 where it is not known
}

// Unwrap returns the error without its kind.
func (r *reason) Unwrap() error { return r.error }

// Is reports whether the error is of a kind.
func (r *reason) Is(kind error) bool { return r.kind == kind || r.row && kind == ErrRow }

// as marks a fault as one of a kind.
func (f *fault) as(kind error) *fault {
	f.err = &reason{error: f.err, kind: kind}
	return f
}

// of marks a fault as one about a row of a time.
func (f *fault) of(t market.Time) *fault {
	f.reason().time = t
	return f
}

// reason returns why a row is bad.
func (f *fault) reason() *reason {
	var r *reason
	if !errors.As(f.err, &r) {
		f.as(nil)
		r = f.err.(*reason)
	}
	return r
}

// TimeOf returns the open time of the row that an error is about, or 0 where it is not
// known.
func TimeOf(err error) market.Time {
	var r *reason
	if !errors.As(err, &r) {
		return 0
	}
	return r.time
}
