//go:build unix

package app_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/signalman-trading/signalman/live/control"
)

// A desk is a session at work in a process of its own, on replayed history that hardly
// moves, and the commands that are given to it.
type desk struct {
	*testing.T
	dir  string
	args []string
	run  *exec.Cmd
	log  string // its error output, a file
	file string // its configuration; "" is the one that ships
}

// begin starts the session, and waits until it answers.
func (d *desk) begin() {
	d.Helper()
	log, err := os.Create(d.log)
	if err != nil {
		d.Fatal(err)
	}
	defer log.Close()
	d.run = exec.Command("signalman", append([]string{"run", "--config", d.config(), "--data", d.dir, "--speed", "40000", "--quiet"}, d.args...)...)
	d.run.Stderr = log
	if err := d.run.Start(); err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { d.end(syscall.SIGKILL) })
	for code := -1; code != 0; {
		if _, code = d.tell("status"); d.Context().Err() != nil || code != 0 && code != 4 {
			d.Fatalf("exit code %d\n%s", code, d.says())
		}
	}
}

// config is the configuration of the process: the one that ships, unless the test has another.
func (d *desk) config() string { return cmp.Or(d.file, shipped) }

// says returns the error output of the process so far.
func (d *desk) says() string {
	text, err := os.ReadFile(d.log)
	if err != nil {
		d.Fatal(err)
	}
	return string(text)
}

// end ends the process by a signal.
func (d *desk) end(s syscall.Signal) {
	if d.run == nil {
		return
	}
	_ = d.run.Process.Signal(s)
	_ = d.run.Wait()
	d.run = nil
}

// tell runs a command and returns what it prints, and its exit code.
func (d *desk) tell(args ...string) (string, int) {
	d.Helper()
	cmd := exec.Command("signalman", append(args, "--data", d.dir, "--config", d.config())...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		d.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// halts returns the rules of the halts that stand.
func (d *desk) halts() string {
	d.Helper()
	out, code := d.tell("halts", "--format", "json")
	var h control.Halts
	if err := json.Unmarshal([]byte(out), &h); err != nil || code != 0 {
		d.Fatalf("exit code %d: %s", code, out)
	}
	var rules []string
	for _, x := range h.Halts {
		rules = append(rules, x.Rule)
	}
	return strings.Join(rules, " ")
}

// expect runs a command, and wants its code and a part of what it prints.
func (d *desk) expect(code int, want string, args ...string) {
	d.Helper()
	if out, got := d.tell(args...); got != code || !strings.Contains(out, want) {
		d.Errorf("%v: exit code %d, want %d and %q:\n%s", args, got, code, want, out)
	}
}

// until waits until the halts are these.
func (d *desk) until(rules string) {
	d.Helper()
	for got := d.halts(); got != rules; got = d.halts() {
		if d.Context().Err() != nil {
			d.Fatalf("halts %q, want %q", got, rules)
		}
	}
}

// TestReload gives a session other parameters by command and by signal, and kills its process:
// it goes on with them.
func TestReload(t *testing.T) {
	t.Setenv("GORACE", hasty)
	d := &desk{T: t, dir: t.TempDir(), log: filepath.Join(t.TempDir(), "log")}
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	d.file = write(t, string(text))
	change := func(was, is string) {
		if text = bytes.Replace(text, []byte(was), []byte(is), 1); os.WriteFile(d.file, text, 0o600) != nil {
			t.Fatal("not written")
		}
	}
	d.begin()
	d.expect(0, "nothing changed", "reload")
	change("fast = 100", "fast = 50")
	d.expect(0, "[strategy.btc_trend.params] fast = 100 -> 50", "reload")
	change("fast = 50", "fast = many")
	d.expect(2, "not TOML", "reload")
	change("fast = many", "fast = 60")
	if err := d.run.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(d.says(), "fast = 50 -> 60") {
		if t.Context().Err() != nil {
			t.Fatal(d.says())
		}
	}
	d.expect(0, "nothing changed", "reload")
	d.end(syscall.SIGKILL)
	d.begin()
	if !strings.Contains(d.says(), "resumed at ") {
		t.Errorf("it does not go on: %s", d.says())
	}
	d.expect(0, "nothing changed", "reload")
	d.expect(0, "the session ends in good order", "stop")
	if err := d.run.Wait(); err != nil {
		t.Errorf("%v\n%s", err, d.says())
	}
	d.run = nil
	if out, err := exec.Command("signalman", "replay", "last", "--data", d.dir).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestKillSwitch kills a session in four ways, and its process in the hard way each time:
// it is still killed when it goes on, and trades again after resume.
func TestKillSwitch(t *testing.T) {
	t.Setenv("GORACE", hasty)
	d := &desk{T: t, dir: t.TempDir(), log: filepath.Join(t.TempDir(), "log")}
	socket, file := filepath.Join(d.dir, "control.sock"), filepath.Join(d.dir, "kill")
	again := func(by string) {
		t.Helper()
		d.end(syscall.SIGKILL)
		d.begin()
		d.until("kill")
		d.expect(0, "lifted 1 halt; new risk is allowed again", "resume")
		if !strings.Contains(d.says(), "resumed at ") {
			t.Errorf("it did not go on: %s", d.says())
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s: the kill file is still there", by)
		}
	}
	d.begin()
	d.expect(2, "add --yes", "kill")
	d.expect(0, "new risk is stopped until resume", "kill", "--yes", "--reason", "a test")
	d.expect(0, "account halted by kill (operator): new risk stopped until resume, by the control API: a test", "status")
	again("command line")

	if _, err := control.SocketClient(socket).Post(t.Context(), "/v1/kill", control.Order{}); err != nil {
		t.Fatal(err)
	}
	again("API")

	if err := control.WriteKillFile(file, "by hand"); err != nil {
		t.Fatal(err)
	}
	d.until("kill")
	again("file")

	if err := d.run.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	d.until("kill")
	again("signal")

	d.expect(0, "paused until resume", "pause", "news", "--reason", "odd")
	d.end(syscall.SIGKILL)
	d.expect(4, "no session listens there; start one with 'signalman run'", "status")
	d.expect(0, "wrote the kill file "+file, "kill", "--yes", "--reason", "nobody was there")
	d.begin()
	d.until("pause kill")
	if log := d.says(); !strings.Contains(log, "killed by the kill file: no new risk until resume") || !strings.Contains(log, "nobody was there") {
		t.Errorf("it does not say that it was killed: %s", log)
	}
	d.end(syscall.SIGKILL)
	d.args = []string{"--fresh"}
	d.begin() // it is not forgotten by who begins anew
	d.until("kill")
	if !strings.Contains(d.says(), "was killed, and so is this one until 'signalman resume'") {
		t.Errorf("it does not say why it is killed: %s", d.says())
	}
	d.expect(0, "lifted 1 halt", "resume")
	d.expect(0, "the session ends in good order", "stop")
	if err := d.run.Wait(); err != nil {
		t.Errorf("%v\n%s", err, d.says())
	}
	d.run = nil
	d.expect(4, "no session listens there", "resume")
}

// TestSecondSession is refused where the first one is controlled, and asked over TCP.
func TestSecondSession(t *testing.T) {
	t.Setenv("GORACE", hasty)
	t.Setenv("SIGNALMAN_TOKEN", "made-up-token-of-nobody")
	d := &desk{T: t, dir: t.TempDir(), log: filepath.Join(t.TempDir(), "log"), args: []string{"--set", "daemon.http=127.0.0.1:0", "--set", "daemon.token.env=SIGNALMAN_TOKEN"}}
	d.begin()
	d.expect(2, "another session is controlled through this socket", "run", "--fresh", "--set", "account.main.seed=1")
	_, rest, ok := strings.Cut(d.says(), "controlled at http://")
	address, _, _ := strings.Cut(rest, ",")
	if !ok {
		t.Fatal(d.says())
	}
	d.expect(0, "mode paper", "status", "--address", address)
	d.expect(0, "news halted by pause", "pause", "news")
	d.expect(0, ": trading, but new risk is halted on news by pause: ", "status")
	d.expect(0, "lifted 1 halt", "resume")
	d.expect(0, "halted by pause", "pause", "--address", address)
	d.expect(0, ": not trading: new risk is halted on account by pause: ", "status")
	t.Setenv("SIGNALMAN_TOKEN", "made-up-token-of-somebody")
	d.expect(2, "the token is missing or wrong", "status", "--address", address)
	d.expect(2, "SSH tunnel", "kill", "--yes", "--address", "192.0.2.1:8640")
	t.Setenv("SIGNALMAN_TOKEN", "")
	d.expect(2, "--address needs a token", "status", "--address", address)
}
