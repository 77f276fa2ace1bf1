package market

import (
	"errors"
	"strings"
)

// Class says who can mend an error, and so the exit code of the command that met
// it: 1 failed, 2 usage or configuration, 3 data, 4 venue or network, 5 mismatch.
type Class int

// The classes.
const (
	Failed   Class = 1
	Usage    Class = 2
	Data     Class = 3
	Venue    Class = 4
	Mismatch Class = 5
)

// An Error is one for the operator: where it happened, what it was, what to do next.
type Error struct {
	Class Class
	Where string // file:line, a key or a series; may be empty
	Err   error
	Hint  string // what to do next; may be empty
}

// Error says where and what, and then what to do.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Where != "" {
		b.WriteString(e.Where + ": ")
	}
	b.WriteString(e.Err.Error())
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap returns what happened.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of the first Error that err wraps, or Failed.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) && e.Class != 0 {
		return e.Class
	}
	return Failed
}
