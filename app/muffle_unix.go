//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package app

import (
	"os"

	"golang.org/x/sys/unix"
)

// muffle stops a terminal from showing what is typed, until shown is called.
func muffle(f *os.File) (shown func(), err error) {
	fd := int(f.Fd())
	was, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	silent := *was
	silent.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, setTermios, &silent); err != nil {
		return nil, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, setTermios, was) }, nil
}
