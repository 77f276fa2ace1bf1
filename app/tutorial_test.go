//go:build unix

package app_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// devPatience is how long a run of strategy dev may take on a machine that is busy.
const devPatience = 3 * time.Minute

// TestTutorial does what the tutorial in docs/plugins.md says: its commands, as they stand
// there, and its files, in order. Then it writes the other whole files of Go of that page
// and the other templates into the same module, builds one program of them all, and
// backtests with it.
func TestTutorial(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs, for half a minute")
	}
	for _, tool := range []string{"go", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "plugins.md"))
	if err != nil {
		t.Fatal(err)
	}
	begin := regexp.MustCompile(`(?ms)^## A strategy in ten minutes\n.*?^## `).Find(page)
	r := &reader{T: t, dir: root, home: t.TempDir()}
	r.follow(begin)
	if r.commands != 8 || !bytes.Contains(begin, []byte("Eight commands")) {
		t.Errorf("the tutorial has %d commands", r.commands)
	}

	module := filepath.Join(r.home, "my_idea")
	r.dir = module
	r.writeFiles(page)
	if len(r.files) != 10 {
		t.Errorf("the text shows %d whole files, not 10: is each in this test? %q", len(r.files), r.files)
	}
	for name, template := range map[string]string{"graded": "signals", "ranked": "portfolio"} {
		r.run("signalman strategy new " + name + " --template " + template + " --module example.com/my_idea --local " + root)
		r.run("mv " + name + "/strategies.toml " + name + ".toml && mv " + name + "/" + name + " t && rm -r " + name + " && mv t " + name)
	}
	r.run("test -z \"$(gofmt -l .)\"")
	r.run("signalman strategy test ./.")
	r.run(regexp.MustCompile(`(?m)^signalman build .*`).FindString(string(page)))
	for name, args := range map[string]string{
		"dip":    "--history sample --symbol BTCUSDT --interval 1h --strategy dip",
		"rider":  "--history sample --symbol BTCUSDT --interval 1h --strategy rider",
		"graded": "--config graded.toml",
		"ranked": "--config ranked.toml",
	} {
		out := r.run("./signalman-mine backtest " + args)
		if !regexp.MustCompile(`(?m)^` + name + ` +BTCUSDT +[1-9][0-9]* `).MatchString(out) {
			t.Errorf("%s makes no trades:\n%s", name, out)
		}
	}
}

// reader does what a text says, in a shell.
type reader struct {
	*testing.T
	dir, home string
	commands  int
	files     []string
	dev       *dev // strategy dev, while it runs
}

// follow runs the commands of a text and writes its files, in their order. What it shows of
// the output of strategy dev must be what that printed.
func (r *reader) follow(text []byte) {
	for _, block := range regexp.MustCompile("(?s)```(sh|go|text)\n(.*?)```").FindAllSubmatch(text, -1) {
		switch string(block[1]) {
		case "go":
			r.write(block[2])
		case "text":
			r.dev.shows(string(block[2]))
		case "sh":
			for line := range strings.Lines(string(block[2])) {
				r.command(strings.TrimSpace(line))
			}
		}
	}
}

func (r *reader) command(line string) {
	r.commands++
	switch {
	case strings.HasPrefix(line, "cd "):
		r.dir = strings.TrimSpace(r.run(line + " && pwd"))
	case strings.Contains(line, "strategy dev"):
		r.dev = r.start(line)
	default:
		r.run(line)
	}
}

// shell makes a command that builds with the caches of this test, without the network,
// without the profile, which would have everything compiled once more, and without what
// debuggers need.
func (r *reader) shell(line string) *exec.Cmd {
	c := exec.Command("sh", "-c", line)
	c.Dir = r.dir
	caches, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		r.Fatal(err)
	}
	list := strings.Fields(string(caches))
	c.Env = append(os.Environ(), "HOME="+r.home, "XDG_STATE_HOME="+filepath.Join(r.home, "state"), "GOCACHE="+list[0], "GOMODCACHE="+list[1],
		"GOPROXY=off", "GOFLAGS=-pgo=off -ldflags=-w", "GORACE="+hasty)
	return c
}

// run runs a line that must succeed, and returns what it prints.
func (r *reader) run(line string) string {
	r.Helper()
	start := time.Now()
	out, err := r.shell(line).CombinedOutput()
	if err != nil {
		r.Fatalf("%s: %v\n%s", line, err, out)
	}
	r.Logf("%.1f s: %s", time.Since(start).Seconds(), line)
	return string(out)
}

// writeFiles writes the whole files of Go that a text shows.
func (r *reader) writeFiles(text []byte) {
	for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(text, -1) {
		r.write(block[1])
	}
}

// write writes a file of Go into the module, if it is a whole one.
func (r *reader) write(text []byte) {
	m := regexp.MustCompile(`(?m)^package ((\w+?)(?:_test)?)$`).FindSubmatch(text)
	if m == nil {
		return // a part of a file
	}
	path, ok := map[string]string{"main": "main.go", "myidea_test": "myidea/example_test.go"}[string(m[1])]
	if !ok {
		path = filepath.Join(string(m[2]), string(m[1])+".go")
	}
	r.files = append(r.files, path)
	path = filepath.Join(r.dir, path)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		r.files = r.files[:len(r.files)-1]
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		r.Fatal(err)
	}
}

// dev is strategy dev at work.
type dev struct {
	*testing.T
	cmd   *exec.Cmd
	mu    sync.Mutex
	said  bytes.Buffer
	ended chan error
}

// Write takes what it prints.
func (d *dev) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said.Write(p)
}

// waits waits until it has said so often that it waits for a change, and returns what it
// said since the time before.
func (d *dev) waits(times int) string {
	d.Helper()
	const waiting = "waiting for a change"
	for until := time.Now().Add(devPatience); time.Now().Before(until); {
		d.mu.Lock()
		parts := strings.SplitAfter(d.said.String(), waiting)
		d.mu.Unlock()
		if len(parts) > times {
			return parts[times-1]
		}
		select {
		case err := <-d.ended:
			d.Fatalf("it ended: %v\n%s", err, &d.said)
		case <-time.After(20 * time.Millisecond):
		}
	}
	d.Fatalf("it does not wait for a change after %s", devPatience)
	return ""
}

// start starts strategy dev in a group of processes of its own, as a terminal does, and
// waits until it has run once.
func (r *reader) start(line string) *dev {
	d := &dev{T: r.T, cmd: r.shell("exec " + line), ended: make(chan error, 1)}
	d.cmd.Stdout, d.cmd.Stderr = d, d
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := d.cmd.Start(); err != nil {
		r.Fatal(err)
	}
	go func() { d.ended <- d.cmd.Wait() }()
	r.Cleanup(func() { _ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL) })
	d.waits(1)
	return d
}

// shows waits for the run after the change, holds what it printed against a text, apart from
// the times, and ends it by Ctrl-C.
func (d *dev) shows(want string) {
	d.Helper()
	seconds := regexp.MustCompile(`^\d+:\d+:\d+|\d+\.\d+ s$`)
	plain := func(text string) (list []string) {
		for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
			list = append(list, strings.TrimRight(seconds.ReplaceAllString(line, "#"), " "))
		}
		return list
	}
	got := strings.TrimPrefix(d.waits(2), " (Ctrl-C ends)\n")
	if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
		d.Errorf("what strategy dev prints is not what the text shows: (-want +got)\n%s\n%s", diff, got)
	}
	if err := syscall.Kill(-d.cmd.Process.Pid, syscall.SIGINT); err != nil {
		d.Fatal(err)
	}
	select {
	case <-d.ended: // go run ends with 1 after Ctrl-C, and says so where what it ran did not end with 0
		if text := d.said.String(); strings.Contains(text, "exit status") || strings.Contains(text, "signalman:") {
			d.Errorf("after Ctrl-C: %s", text)
		}
	case <-time.After(devPatience):
		d.Error("it does not end after Ctrl-C")
	}
}
