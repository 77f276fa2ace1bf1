//go:build !unix

package app

import "os"

// killSignals are the signals that stop new risk: there is none to spare here.
func killSignals() []os.Signal { return nil }
