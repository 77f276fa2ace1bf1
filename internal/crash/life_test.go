package crash_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// A life is one process of a session, from its start to its death.
type life struct {
	number int
	// How it is to die: at a place, after so many lines that it prints, after a time; 0
	// is not so. What comes first counts.
	place  string
	turn   int
	rare   []string // places beside it, at which nobody has died yet
	lines  int
	after  time.Duration
	gently bool     // by SIGTERM
	effect string   // ":error" where the place fails and does not kill
	within []string // what it is started by, in place of itself: a shell that takes its command as arguments
	fails  string   // what it is expected to say when it ends with an error

	died    string // the place, "a kill", "SIGTERM", or "" where it ended by itself
	code    int    // that it ended with by itself
	printed int
	last    string // line that it printed
	errors  []byte // what it said of itself
	took    time.Duration
	ended   market.Time // of the venue, when it was dead
}

// String says how a life went, in a line.
func (l *life) String() string {
	plan := "until the end"
	switch {
	case l.place != "":
		plan = fmt.Sprintf("at %s:%d, or after %d lines", l.place, l.turn, l.lines)
	case l.after > 0:
		plan = "after " + l.after.String()
	case l.lines > 0:
		plan = fmt.Sprintf("after %d lines", l.lines)
	}
	how := l.died
	if how == "" {
		how = fmt.Sprintf("itself with %d", l.code)
	}
	return fmt.Sprintf("life %d was to die %s: ended by %s at %s of the venue, after %d lines and %s", l.number, plan, how, l.ended, l.printed, l.took.Round(time.Millisecond))
}

// patience is how long a life may take; then it hangs.
const patience = 90 * time.Second

var fell = regexp.MustCompile(`(?m)^failpoint (\S+)$`)

// live runs a process until it has ended.
func (p *play) live(l *life) {
	p.lives = append(p.lives, l)
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	args := append(append(l.within, program(p.t)), p.arguments()...)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "CRASH_KEY="+p.venue.Key, "CRASH_SECRET="+p.venue.Secret)
	if l.place != "" {
		cmd.Env = append(cmd.Env, "SIGNALMAN_FAILPOINT="+strings.Join(append(l.rare, fmt.Sprintf("%s:%d%s", l.place, l.turn, l.effect)), ","))
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) } // its goroutines say where they hang
	cmd.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	began := time.Now()
	killed := l.watch(cmd.Process, bufio.NewScanner(out))
	err = cmd.Wait()
	l.took, l.errors, l.ended = time.Since(began), said.Bytes(), p.venue.now()
	var exit *exec.ExitError
	place := fell.FindSubmatch(l.errors)
	switch {
	case ctx.Err() != nil:
		p.note(l)
		p.t.Fatalf("%s: it hangs; daemon.log says where", l)
	case place != nil:
		l.died = string(place[1])
	case err == nil || errors.As(err, &exit) && exit.Exited():
		l.code = cmd.ProcessState.ExitCode()
	case killed:
		l.died = "a kill"
	default:
		l.died = err.Error()
	}
	p.note(l)
	if l.fails != "" {
		if l.code == 0 || !strings.Contains(string(l.errors), l.fails) {
			p.t.Errorf("%s, and does not say %q: %s", l, l.fails, l.tail())
		}
		return
	}
	if place == nil && (l.code != 0 && l.code != 4 || l.died != "" && !killed) {
		p.t.Errorf("%s: %s", l, l.tail())
	}
}

func (p *play) arguments() []string {
	args := []string{"--data", p.data(), "--format", "json", "run", "--config", p.config(), "--live"}
	if p.kind.speed == 0 {
		args = append(args, "--step", p.venue.Admin)
	}
	return args
}

// watch reads what a process prints, and sends the signal when it is due. It returns once
// the process prints no more, and says whether the signal was sent.
func (l *life) watch(process *os.Process, out *bufio.Scanner) (killed bool) {
	var once sync.Once
	kill := func() {
		once.Do(func() {
			killed = true
			if l.gently {
				_ = process.Signal(syscall.SIGTERM)
			} else {
				_ = process.Kill()
			}
		})
	}
	if l.after > 0 {
		timer := time.AfterFunc(l.after, kill)
		defer timer.Stop()
	}
	out.Buffer(nil, 64<<20)
	for out.Scan() {
		l.last = out.Text()
		if l.printed++; l.printed == l.lines {
			kill()
		}
	}
	once.Do(func() {}) // a timer that is late sees that it is over
	return killed
}

// note writes down what a life said.
func (p *play) note(l *life) {
	f, err := os.OpenFile(filepath.Join(p.dir, "daemon.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprintf(f, "== %s\n%s\n", l, l.errors)
}

// tail is the last that a process said.
func (l *life) tail() string {
	lines := strings.Split(strings.TrimSpace(string(l.errors)), "\n")
	return strings.Join(lines[max(0, len(lines)-4):], "\n")
}
