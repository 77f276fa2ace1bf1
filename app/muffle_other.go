//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package app

import (
	"errors"
	"os"
)

// muffle reports that terminals here show what is typed.
func muffle(*os.File) (shown func(), err error) {
	return nil, errors.New("it cannot be told not to")
}
