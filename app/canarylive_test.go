package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/internal/keyring"
)

// The keys of an account at a venue, which nothing may hold that is written.
const (
	canaryKey    = "c4na7y0made0up0key0of0an0exchange0c4na7y0made0up0key0of0an0excha"
	canarySecret = "c4na7y0made0up+secret/of=an0exchange"
	canaryToken  = "c4na7y0made0up0token0of0control"
)

// nest is a daemon with a key, at a venue that knows it.
type nest struct {
	*aviary
	settings string
	identity string // the key that opens sealed keys
	venue    struct{ URL, Admin string }
	socket   string
	metrics  string
	told     *shared // by notifications
}

// TestNoKeyOfAnExchangeIsWritten trades as a process at the process of a venue, with its keys
// in each of the places where keys may lie, while everybody asks it everything; ends it in
// good order and in bad; and then looks through all that was written and answered.
func TestNoKeyOfAnExchangeIsWritten(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs sessions of some seconds")
	}
	if _, err := exec.LookPath("signalman"); err != nil {
		t.Skip(err)
	}
	for _, place := range []string{"env", "file", "credential", "age"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			n := &nest{aviary: &aviary{t: t, dir: t.TempDir(), apart: t.TempDir(), least: [2]int{10, 0}}, told: &shared{}}
			n.serve("--speed", "step", "--to", "2024-02-04")
			n.write(place)
			n.whole(place)
			n.serve("--speed", "120", "--to", "2024-02-08")
			n.write(place)
			n.crashes(place)
			n.search()
		})
	}
}

// search looks through all that was written for each of the keys.
func (n *nest) search() {
	n.t.Helper()
	for _, key := range []string{canaryKey, canarySecret, canaryToken, n.identity} {
		n.hunt(key)
	}
}

// environ is that of a process, with the keys where they lie there.
func (n *nest) environ(place string) []string {
	list := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + n.dir, "CANARY_TOKEN=" + canaryToken}
	switch place {
	case "env":
		return append(list, "CANARY_KEY="+canaryKey, "CANARY_SECRET="+canarySecret)
	case "credential":
		return append(list, "CREDENTIALS_DIRECTORY="+n.apart)
	}
	return list
}

// serve starts a venue, until the test ends. It is no part of what is looked through.
func (n *nest) serve(args ...string) {
	n.t.Helper()
	args = append([]string{"--data", n.apart, "--format", "json", "venue", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--fills", "bar",
		"--symbols", "BTCUSDT", "--market", "spot", "--from", "2024-02-01"}, args...)
	cmd := exec.Command("signalman", args...)
	cmd.Env = append(os.Environ(), "SIGNALMAN_VENUE_KEY="+canaryKey, "SIGNALMAN_VENUE_SECRET="+canarySecret)
	out, err := cmd.StdoutPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	if err := json.NewDecoder(out).Decode(&n.venue); err != nil {
		n.t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
}

// write writes the configuration and what holds the keys, apart from what is looked through.
func (n *nest) write(place string) {
	n.t.Helper()
	keys := map[string]string{
		"env": `key = { env = "CANARY_KEY" }` + "\n" + `secret = { env = "CANARY_SECRET" }`, "credential": `key = { credential = "key" }` + "\n" + `secret = { credential = "secret" }`,
		"file": fmt.Sprintf("key = { file = %q }\nsecret = { file = %q }", n.apart+"/key", n.apart+"/secret"),
		"age":  fmt.Sprintf("key = { age = %q, name = \"KEY\" }\nsecret = { age = %[1]q, name = \"SECRET\" }", n.apart+"/keys.age"),
	}[place]
	n.seal()
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(n.told, r.Body) }))
	n.t.Cleanup(hook.Close)
	n.socket, n.metrics = n.apart+"/control", free(n.t)
	text := fmt.Sprintf("[secrets]\nidentity = %q\n[daemon]\nsocket = %q\nhttp = %q\nmetrics = %q\ntoken = { env = \"CANARY_TOKEN\" }\nlog = \"json\"\n"+
		"[notify.hook]\ntype = \"webhook\"\nurl = { file = %q }\nsecret = { env = \"CANARY_TOKEN\" }\n"+
		"[account.main]\nexchange = \"there\"\nmode = \"live\"\n[exchange.there]\ntype = \"binance\"\nenv = \"local\"\naddress = %q\n%s\n"+
		"[strategy.cross]\ntype = \"sma_cross\"\naccount = \"main\"\nsymbols = [\"BTCUSDT\"]\ninterval = \"1h\"\n  [strategy.cross.params]\n  fast = 2\n  slow = 5\n",
		n.apart+"/identity", n.socket, free(n.t), n.metrics, n.apart+"/hook", n.venue.URL, keys)
	n.settings = n.apart + "/strategies.toml"
	for name, text := range map[string]string{"key": canaryKey + "\n", "secret": canarySecret + "\n", "hook": hook.URL + "\n", "strategies.toml": text} {
		if err := os.WriteFile(filepath.Join(n.apart, name), []byte(text), 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
}

// seal makes an identity and a file that is sealed for it.
func (n *nest) seal() {
	n.t.Helper()
	path := n.apart + "/identity"
	if _, err := os.Stat(path); err == nil {
		return
	}
	_, err := keyring.NewIdentity(path)
	values, wrong := keyring.Parse("KEY=" + canaryKey + "\nSECRET=" + canarySecret)
	o := keyring.Opener{Identity: path}
	sealing := o.Seal(n.apart+"/keys.age", values)
	text, unread := os.ReadFile(path)
	if err != nil || wrong != nil || sealing != nil || unread != nil {
		n.t.Fatal(err, wrong, sealing, unread)
	}
	n.identity = strings.TrimSpace(string(text[bytes.LastIndexByte(bytes.TrimSpace(text), '\n')+1:]))
}

// free returns an address that nobody listens on.
func free(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// process starts a command whose outputs are kept, and what the system shows of it.
func (n *nest) process(place string, args ...string) *exec.Cmd {
	n.t.Helper()
	n.outputs++
	out, err := os.Create(filepath.Join(n.dir, fmt.Sprintf("process-%d.txt", n.outputs)))
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = out.Close() })
	cmd := exec.Command("signalman", append(args, "--data", filepath.Join(n.dir, "data"), "--config", n.settings)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = n.environ(place), out, out
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = cmd.Process.Kill() })
	if shown, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid)); err == nil {
		n.keep("cmdline", shown)
	}
	return cmd
}

func (n *nest) keep(name string, text []byte) {
	n.outputs++
	if err := os.WriteFile(filepath.Join(n.dir, fmt.Sprintf("%s-%d.txt", name, n.outputs)), text, 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// whole runs a session to the end of the venue's market, and asks commands about it.
func (n *nest) whole(place string) {
	n.t.Helper()
	session := n.process(place, "run", "--live", "--step", n.venue.Admin)
	if err := session.Wait(); err != nil {
		n.t.Errorf("the session ends with %v", err)
	}
	for _, args := range [][]string{{"secret", "check"}, {"check"}, {"why", "cross/1"}, {"secret", "list", n.apart + "/keys.age"}, {"secret", "check", "--format", "json"}} {
		_ = n.process(place, args...).Wait()
	}
	said, err := os.ReadFile(filepath.Join(n.dir, "process-1.txt"))
	if err != nil || !strings.Contains(string(said), " fill ") || !strings.Contains(string(said), "…"+canaryKey[len(canaryKey)-4:]) {
		n.t.Errorf("the session did not trade, or does not say with which key: %s, %v", said, err)
	}
}

// crashes runs a session that ends in the midst of it, with all that Go then says, after
// whoever may ask it has.
func (n *nest) crashes(place string) {
	n.t.Helper()
	session := n.process(place, "run", "--live", "--fresh")
	name := filepath.Join(n.dir, fmt.Sprintf("process-%d.txt", n.outputs-1))
	n.until(func() bool {
		said, _ := os.ReadFile(name)
		return strings.Contains(string(said), "journal ")
	})
	n.ask("unix", n.socket, "/openapi.json", "/v1/status", "/v1/positions", "/v1/orders?all=1", "/v1/strategies", "/v1/halts")
	n.ask("tcp", n.metrics, "/metrics", "/healthz", "/readyz")
	_ = session.Process.Signal(syscall.SIGQUIT)
	_ = session.Wait()
	said, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(said), "goroutine ") {
		n.t.Errorf("it did not say where it was as it crashed: %s, %v", said, err)
	}
	n.keep("told", n.told.Bytes())
}

// until waits for something that a process does.
func (n *nest) until(done func() bool) {
	n.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); {
		if time.Now().After(deadline) {
			n.t.Fatal("it takes too long")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// ask keeps what is answered, headers and all, where somebody listens.
func (n *nest) ask(network, address string, paths ...string) {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial(network, address) }}}
	for _, path := range paths {
		answer, err := client.Get("http://signalman" + path)
		if err != nil {
			n.keep("asked", []byte(path+": "+err.Error()))
			continue
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		n.keep("asked", fmt.Appendf(nil, "%s %s %v\n%s", path, answer.Status, answer.Header, text))
	}
}

// repeater passes what is public on to a venue, and refuses what is asked with a key: it says
// who asked and for what, key and signature first.
func repeater(t *testing.T, venue string, status *int, asked *atomic.Int64) *httptest.Server {
	to, err := url.Parse(venue)
	if err != nil {
		t.Fatal(err)
	}
	public := httputil.NewSingleHostReverseProxy(to)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("X-Mbx-Apikey")
		if key == "" {
			public.ServeHTTP(w, r)
			return
		}
		asked.Add(1)
		w.WriteHeader(*status)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": -2015, "msg": key + " signed with " + canarySecret + ": " + r.RequestURI})
	}))
	t.Cleanup(server.Close)
	return server
}

// TestNoKeyOfAnExchangeIsRepeated runs sessions, with a log of everything, at a venue that
// refuses in every way and repeats the keys in what it says.
func TestNoKeyOfAnExchangeIsRepeated(t *testing.T) {
	if _, err := exec.LookPath("signalman"); err != nil {
		t.Skip(err)
	}
	n := &nest{aviary: &aviary{t: t, dir: t.TempDir(), apart: t.TempDir(), least: [2]int{5, 5}}, told: &shared{}}
	n.serve("--speed", "120", "--to", "2024-02-08")
	t.Setenv("CANARY_TOKEN", canaryToken)
	var asked atomic.Int64
	for _, status := range []int{400, 401, 403, 500, 200} {
		server := repeater(t, n.venue.URL, &status, &asked)
		real := n.venue.URL
		n.venue.URL = server.URL
		n.write("file")
		n.venue.URL = real
		var out bytes.Buffer
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		c := &command{plugins: Default(), log: slog.LevelDebug}
		code := c.run(ctx, []string{"run", "--live", "--config", n.settings, "--data", filepath.Join(n.dir, "data")}, &out, &out)
		cancel()
		n.keep("refused", fmt.Appendf(nil, "%d exits with %d\n%s", status, code, &out))
	}
	if asked.Load() < 5 {
		t.Errorf("a key was shown %d times", asked.Load())
	}
	n.search()
}
