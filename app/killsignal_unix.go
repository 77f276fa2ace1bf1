//go:build unix

package app

import (
	"os"
	"syscall"
)

// killSignals are the signals that stop new risk.
func killSignals() []os.Signal { return []os.Signal{syscall.SIGUSR1} }
