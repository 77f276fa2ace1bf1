//go:build failpoints

package failpoint

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
)

// Enabled reports whether this build can be killed at a name.
const Enabled = true

// armed are the places where something is to happen, by name.
var armed = mustArm(os.Getenv("SIGNALMAN_FAILPOINT"))

func mustArm(text string) map[string]*order {
	m, err := parse(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return m
}

// Hit kills the process if it is the turn of this place.
func Hit(name string) {
	if o := armed[name]; o != nil && !o.fails && atomic.AddInt64(&o.left, -1) == 0 {
		die(name)
	}
}

// Error returns ENOSPC from the time on at which a place is to fail.
func Error(name string) error {
	o := armed[name]
	if o == nil || !o.fails || atomic.AddInt64(&o.left, -1) > 0 {
		return nil
	}
	fmt.Fprintf(os.Stderr, "failpoint %s fails\n", name)
	return syscall.ENOSPC
}

// die ends the process as kill -9 does, and does not return.
func die(name string) {
	fmt.Fprintf(os.Stderr, "failpoint %s\n", name)
	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	select {}
}
