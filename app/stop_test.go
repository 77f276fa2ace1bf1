package app_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// A process is signalman at work, stopped by a signal.
type process struct {
	stderr bytes.Buffer
	code   int
	killed bool // it ended by the signal itself
	ended  bool // it ended before the signal
}

// signalled runs signalman until it has printed so many lines, and sends it a signal
// then. It reads what comes afterwards, so that the program is never held up.
func signalled(cmd *exec.Cmd, s syscall.Signal, lines int) (*process, error) {
	p := &process{}
	cmd.Stderr = &p.stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	in := bufio.NewScanner(out)
	for n := 0; n < lines; n++ {
		if !in.Scan() {
			p.ended = true
			break
		}
	}
	if err := cmd.Process.Signal(s); err != nil {
		p.ended = true
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		return nil, err
	}
	err = cmd.Wait()
	p.code = cmd.ProcessState.ExitCode()
	p.killed = p.code < 0
	if p.killed || p.code > 0 {
		err = nil
	}
	return p, err
}

// interrupt is the command of scripts. Its error output is in the file stopped.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "interrupt SIGNAL LINES ARG...")
	s, ok := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}[args[0]]
	lines, err := strconv.Atoi(args[1])
	if !ok || err != nil {
		ts.Fatalf("signal %s after %s lines", args[0], args[1])
	}
	cmd := exec.Command("signalman", args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"XDG_STATE_HOME", "HOME", "MOOD", "GORACE", "PATH", "GOCACHE", "GOMODCACHE"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	p, err := signalled(cmd, s, lines)
	ts.Check(err)
	if p.ended {
		ts.Fatalf("it ended before %d lines: code %d\n%s", lines, p.code, &p.stderr)
	}
	if p.killed != (s == syscall.SIGKILL) || p.code > 0 {
		ts.Fatalf("exit code %d\n%s", p.code, &p.stderr)
	}
	ts.Check(os.WriteFile(ts.MkAbs("stopped"), p.stderr.Bytes(), 0o600))
}

// needSignals skips where processes get no signals.
func needSignals(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals to send to a process")
	}
}
