//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package store

import "os"

// lock does nothing on systems without a lock that ends with the process.
func lock(*os.File) error { return nil }

// syncDir does nothing where it is not known to be possible.
func syncDir(string) error { return nil }
