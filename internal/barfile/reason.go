package barfile

import "errors"

// What is wrong with a row that holds a bar. Errors about such rows are one of these to
// errors.Is; all others are about rows that hold none.
var (
	ErrUnsorted   = errors.New("row is out of order")
	ErrDuplicate  = errors.New("row has the time of the one above")
	ErrOffGrid    = errors.New("row starts no bar of its interval")
	ErrImpossible = errors.New("row is no possible bar")
)

// reason is an error that says which of these it is.
type reason struct {
	error
	kind error
}

// Unwrap returns the error without its kind.
func (r *reason) Unwrap() error { return r.error }

// Is reports whether the error is of a kind.
func (r *reason) Is(kind error) bool { return r.kind == kind }

// as marks a fault as one of a kind.
func (f *fault) as(kind error) *fault {
	f.err = &reason{f.err, kind}
	return f
}
