// Package filelock keeps other processes away from a file.
//
// There are only a few types: none. [Take] locks an open file until it is closed, which
// the end of the process does too.
//
// # Caveats
//
// Only those who ask for the lock are kept away. Where the system has no lock that ends
// with the process, nobody is.
package filelock

import "errors"

// ErrHeld is returned where somebody else has the lock.
var ErrHeld = errors.New("file is locked by another process")
