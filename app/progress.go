package app

import (
	"fmt"
	"io"
	"time"
)

// A progress line says on a terminal how far long work is, and when it will be done. On
// anything else it says nothing.
type progress struct {
	w           io.Writer // nil where nothing is to be said
	what        string
	more        string // to be said beside the share that is done
	began, last time.Time
	shown       bool
}

func newProgress(w io.Writer) *progress {
	if !onTerminal(w) {
		w = nil
	}
	return &progress{w: w}
}

// progressStep is how often a line is written.
const progressStep = 200 * time.Millisecond

// tell says how much of some work is done, from 0 to 1.
func (p *progress) tell(what string, done float64) {
	now := time.Now()
	if what != p.what {
		p.what, p.began = what, now
	}
	if p.w == nil || p.shown && now.Sub(p.last) < progressStep {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.w, "\r%s %3.0f %%%s%s\x1b[K", what, 100*done, p.more, left(now.Sub(p.began), done))
}

// left estimates the time that is left, once there is something to go by.
func left(spent time.Duration, done float64) string {
	if done < 0.001 || spent < time.Second {
		return ""
	}
	return fmt.Sprintf(", %s left", time.Duration(float64(spent)*(1-done)/done).Round(time.Second))
}

// end removes the line.
func (p *progress) end() {
	if p.shown {
		p.shown = false
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
