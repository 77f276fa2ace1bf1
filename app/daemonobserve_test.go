//go:build linux

package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const observedConfig = `
[account.main]
from = "2021-01-01"
to = "2025-06-01"
[strategy.ema_cross]
symbols = ["BTCUSDT", "ETHUSDT"]
interval = "1h"
weight = "1"
params.fast = 10
params.slow = 30
[daemon]
metrics = "127.0.0.1:0"
log = "json"
[notify.hook]
type = "webhook"
url = { env = "HOOK_URL" }
`

// mailbox takes what a webhook is told.
type mailbox struct {
	mu    sync.Mutex
	texts map[string][]string // by event
}

func (m *mailbox) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var d struct {
		Messages []struct{ Event, Text string }
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &d)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.texts["broken"] = append(m.texts["broken"], string(body))
	}
	for _, one := range d.Messages {
		m.texts[one.Event] = append(m.texts[one.Event], one.Text)
	}
}

// manager is the socket of a service manager.
func manager(t *testing.T) (path string, heard func(want string)) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var all []string
	return path, func(want string) {
		t.Helper()
		b := make([]byte, 4096)
		for {
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			n, err := conn.Read(b)
			if err != nil {
				t.Fatalf("no %q in %q: %v", want, all, err)
			}
			if all = append(all, string(b[:n])); strings.HasPrefix(string(b[:n]), want) {
				return
			}
		}
	}
}

// get asks the process that is observed.
func get(t *testing.T, address string) string {
	t.Helper()
	a, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.Status + "\n" + string(text)
}

// TestObserved runs a process as a service manager does: it says that it is ready and alive,
// serves metrics and health, tells a webhook of its start, fills and end, and no line and no
// argument shows the address of that.
func TestObserved(t *testing.T) {
	needSignals(t)
	mail := &mailbox{texts: map[string][]string{}}
	hook := httptest.NewServer(mail)
	defer hook.Close()
	socket, heard := manager(t)
	dir := t.TempDir()
	settings := filepath.Join(dir, "strategies.toml")
	if err := os.WriteFile(settings, []byte(observedConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("signalman", "run", "--config", settings, "--data", dir, "--speed", "3000000", "--quiet", "--log-level", "info")
	cmd.Env = append(os.Environ(), "HOOK_URL="+hook.URL+"/c4na7y-address", "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=300000", hasty)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	var log bytes.Buffer
	lines := bufio.NewScanner(io.TeeReader(stderr, &log))
	address := ""
	for address == "" && lines.Scan() {
		if m := regexp.MustCompile(`"msg":"metrics at (http://.*)/metrics"`).FindStringSubmatch(lines.Text()); m != nil {
			address = m[1]
		}
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines.Scan() {
		}
	}()
	heard("READY=1")
	heard("STATUS=it trades: equity ")
	for range 3 {
		heard("WATCHDOG=1")
	}
	text := get(t, address+"/metrics")
	for _, want := range []string{`signalman_equity{asset="USDT"}`, `signalman_fills_total{symbol="`, "signalman_ready 1", "signalman_loop_up 1", "signalman_journal_commit_duration_seconds_count", "process_open_fds"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if text := get(t, address+path); !strings.HasPrefix(text, "200 OK\n{\"ok\":true,\"reasons\":[],") {
			t.Errorf("%s: %s", path, text)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	heard("STOPPING=1")
	<-read
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &log)
	}
	mail.mu.Lock()
	defer mail.mu.Unlock()
	if len(mail.texts["start"]) != 1 || len(mail.texts["stop"]) != 1 || len(mail.texts["fill"]) == 0 || len(mail.texts["broken"]) > 0 {
		t.Errorf("told %d starts, %d ends, %d fills, %q", len(mail.texts["start"]), len(mail.texts["stop"]), len(mail.texts["fill"]), mail.texts["broken"])
	}
	for line := range strings.Lines(log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no line of a log in JSON: %s", line)
		}
	}
	if says := log.String(); strings.Contains(says, "c4na7y") || !strings.Contains(says, `"event":"fill"`) || !strings.Contains(says, `"order":"ema_cross/1","decided":"2021-`) {
		t.Errorf("%.3000s", says)
	}
}

// TestUnitStartsTheProgram: the unit that ships names flags that there are.
func TestUnitStartsTheProgram(t *testing.T) {
	unit, err := os.ReadFile(filepath.Join("..", "deploy", "systemd", "signalman.service"))
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=\S+ run (.*)$`).FindSubmatch(unit)
	if start == nil {
		t.Fatal("no ExecStart")
	}
	help := string(within(t, "run", "--help"))
	for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(string(start[1])+" --live --yes", -1) {
		if !strings.Contains(help, flag+" ") {
			t.Errorf("run has no %s", flag)
		}
	}
}

// TestTellingNobodyHoldsNothingUp: a service that takes a connection and never answers costs
// a session nothing but a moment at its end, and changes nothing of what it does.
func TestTellingNobodyHoldsNothingUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("HOOK_URL", "http://"+l.Addr().String()+"/")
	settings := filepath.Join(t.TempDir(), "strategies.toml")
	quiet := strings.Replace(observedConfig, "metrics = \"127.0.0.1:0\"\n", "", 1)
	var took [2]time.Duration
	var reports [2]string
	for k, text := range []string{quiet[:strings.Index(quiet, "[notify")], quiet} {
		if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		reports[k] = unhurried(t, within(t, "run", "--speed", "max", "--quiet", "--config", settings, "--set", "account.main.to=2021-07-01", "--format", "json", "--data", t.TempDir()))
		took[k] = time.Since(began)
	}
	if reports[0] != reports[1] {
		t.Error("the reports differ")
	}
	if took[1] > took[0]+15*time.Second { // 5 s at the end, and the machine may be busy
		t.Errorf("it took %s, and %s with somebody to tell", took[0], took[1])
	}
}
