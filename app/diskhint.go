package app

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/signalman-trading/signalman/market"
)

// diskHint adds what to do about a disk that is full or must not be written to, where the
// error does not say what to do.
func diskHint(err error) error {
	hint := ""
	switch {
	case errors.Is(err, syscall.ENOSPC):
		hint = "make room on the disk and run it again: what was stored before is there"
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		hint = "write elsewhere (--data DIR chooses the store), or make it writable"
	}
	var e *market.Error
	if hint == "" || errors.As(err, &e) && e.Hint != "" {
		return err
	}
	return &market.Error{Class: market.ClassOf(err), Err: err, Hint: hint}
}

// alsoHinted adds what else to do about an error, behind what it says itself.
func alsoHinted(err error, hint string) error {
	var e *market.Error
	if !errors.As(err, &e) {
		return &market.Error{Class: market.ClassOf(err), Err: err, Hint: hint}
	}
	both := *e
	if both.Hint = hint; e.Hint != "" {
		both.Hint = e.Hint + ": " + hint
	}
	return &both
}
