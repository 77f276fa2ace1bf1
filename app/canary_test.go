package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// canaries are keys that nothing that is written may hold: one as Token Metrics gives them
// out, and one that is written otherwise in an address.
var canaries = map[string]string{"plain": "tm-c4na7y00-0000-4000-8000-made0up0key0", "escaped": "c4na7y+made/up=key=="}

// written returns the ways in which a key may be written: as it is, in an address, in JSON,
// in hexadecimal, and inside of base64, wherever in it the key begins.
func written(key string) map[string]string {
	quoted, _ := json.Marshal(key)
	forms := map[string]string{
		"as it is": key, "as a parameter": url.QueryEscape(key), "as a path": url.PathEscape(key), "as JSON": strings.Trim(string(quoted), `"`),
		"in hexadecimal": hex.EncodeToString([]byte(key)), "in pieces": key[:len(key)-2],
	}
	for before := range 3 {
		// Only what does not depend on what stands around it.
		code := base64.StdEncoding.EncodeToString(append(make([]byte, before), key...))
		middle := code[4*((before+2)/3) : len(code)-4]
		forms[fmt.Sprint("in base64 after ", before)] = middle
		forms[fmt.Sprint("in base64 for addresses after ", before)] = strings.NewReplacer("+", "-", "/", "_").Replace(middle)
	}
	return forms
}

// tellTale is a provider that answers in every way in which providers fail, and says each
// time what it was asked, keys and all.
type tellTale struct {
	mode  atomic.Pointer[string]
	calls atomic.Int64
}

func (s *tellTale) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	echo := fmt.Sprintf("%s %s key %q bearer %q", r.Method, r.RequestURI, r.Header.Get("X-Api-Key"), r.Header.Get("Authorization"))
	body, _ := json.Marshal(map[string]any{"success": false, "message": echo, "error": echo, "data": []any{}})
	w.Header().Set("X-Echo", strings.ReplaceAll(echo, "\n", " "))
	w.Header().Set("Content-Type", "application/json")
	mode := *s.mode.Load()
	switch mode {
	case "reset":
		if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
			_ = c.Close()
		}
		return
	case "cut":
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(body)
		panic(http.ErrAbortHandler)
	case "html":
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<html>%s</html>", echo)
	case "302":
		w.Header().Set("Location", "/elsewhere?echo="+url.QueryEscape(echo))
		w.WriteHeader(http.StatusFound)
	case "refused":
		_, _ = w.Write(body)
	case "broken":
		_, _ = w.Write(body[:len(body)-1])
	case "good":
		s.good(w, echo)
	default:
		w.Header().Set("Retry-After", "4000")
		var code int
		_, _ = fmt.Sscan(mode, &code)
		w.WriteHeader(code)
		_, _ = w.Write(body)
	}
}

// good is an answer with a row for all sources, which holds the key beside it.
func (s *tellTale) good(w http.ResponseWriter, echo string) {
	day := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly) + "T00:00:00.000Z"
	row := map[string]any{
		"TOKEN_ID": 3375, "TOKEN_NAME": "Bitcoin " + echo, "TOKEN_SYMBOL": "BTC", "DATE": day, "TRADING_SIGNAL": 1, "TOKEN_TREND": 1,
		"TM_TRADER_GRADE": 50, "TM_INVESTOR_GRADE": 50, "echo": echo, "value": 7,
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "message": "ok " + echo, "length": 1, "data": []any{row}})
}

// canaryTables are the sources that are asked, by type: with the key in a header, behind
// the ?, in a path and in a file.
var canaryTables = map[string]string{"tokenmetrics": `[quota.tokenmetrics]
month = 100000
[signals.tm]
type = "tokenmetrics"
base_url = "URL/tm"
key = { env = "CANARY" }
kinds = ["trading_trend", "trader_grade"]
schedule = "5 0 * * *"
  [signals.tm.tokens]
  BTC = 3375
`, "http": `[quota.a]
month = 100000
[quota.b]
month = 100000
[signals.query]
type = "http"
url = "URL/query?apikey={key}"
source = "query"
quota = "a"
rows = "/data"
kind = "mood"
value = "/value"
subject = "*"
effective = "/DATE"
schedule = "5 0 * * *"
  [signals.query.secrets]
  key = { env = "CANARY" }
[signals.header]
type = "http"
url = "URL/path/{key}/x"
source = "header"
quota = "b"
rows = "/data"
kind = "mood"
value = "/value"
subject = "*"
effective = "/DATE"
schedule = "5 0 * * *"
headers = { Authorization = "Bearer {key}" }
  [signals.header.secrets]
  key = { file = "KEYFILE" }
`}

// canarySettings is the configuration that ships, with all sources that there are.
func canarySettings(t *testing.T) string {
	ships, err := os.ReadFile(filepath.Join("..", "strategies.toml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(ships) + "\n"
	for _, p := range Default().Sources {
		text += canaryTables[p.Name]
	}
	return text
}

// aviary is a place where commands run, and all that they write is kept.
type aviary struct {
	t       *testing.T
	dir     string // of data and outputs
	apart   string // of what holds the key: the configuration and the file of the key
	outputs int
	least   [2]int // files that must have been written, and keys that must have been hidden in them
}

// run runs a command line, whatever it exits with, and keeps what it writes.
func (a *aviary) run(args ...string) (out string) {
	a.t.Helper()
	return a.runUntil(a.t.Context(), new(bytes.Buffer), args...)
}

// output is what a command writes.
type output interface {
	io.Writer
	fmt.Stringer
}

func (a *aviary) runUntil(ctx context.Context, o output, args ...string) string {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var e bytes.Buffer
	code := Run(ctx, Default(), append(args, "--data", filepath.Join(a.dir, "data")), o, &e)
	a.outputs++
	text := fmt.Sprintf("%q exits with %d\n%s\n%s", args, code, o, &e)
	if err := os.WriteFile(filepath.Join(a.dir, fmt.Sprintf("output-%04d.txt", a.outputs)), []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return o.String() + e.String()
}

// once ends a command when it writes for the first time.
type once struct {
	bytes.Buffer
	end context.CancelFunc
}

func (w *once) Write(p []byte) (int, error) {
	w.end()
	return w.Buffer.Write(p)
}

// hunt looks through all that was written.
func (a *aviary) hunt(key string) {
	a.t.Helper()
	files, found, hidden := 0, 0, 0
	err := filepath.WalkDir(a.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		hidden += bytes.Count(text, []byte("***"))
		for form, w := range written(key) {
			if i := bytes.Index(text, []byte(w)); i >= 0 && found < 20 {
				found++
				a.t.Errorf("%s holds the key %s: …%q…", filepath.Base(path), form, text[max(0, i-200):min(len(text), i+80)])
			}
		}
		return nil
	})
	if err != nil || files < a.least[0] || hidden < a.least[1] {
		a.t.Fatalf("looked through %d files, in which %d keys were hidden, %v", files, hidden, err)
	}
}

var hashes = regexp.MustCompile(`[0-9a-f]{64}`)

// TestNoKeyIsWritten runs commands over keys while providers fail in every way and repeat
// the keys in what they say, and then looks through the data directory and all outputs.
func TestNoKeyIsWritten(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs hundreds of commands, each of which other tests run too")
	}
	for name, key := range canaries {
		t.Run(name, func(t *testing.T) {
			a := &aviary{t: t, dir: t.TempDir(), apart: t.TempDir(), least: [2]int{100, 50}}
			t.Setenv("CANARY", key)
			server := &tellTale{}
			listener := httptest.NewServer(server)
			listener.Config.ErrorLog = nil
			defer listener.Close()
			keyFile, settings := filepath.Join(a.apart, "key"), filepath.Join(a.apart, "strategies.toml")
			text := strings.NewReplacer("URL", listener.URL, "KEYFILE", keyFile).Replace(canarySettings(t))
			for path, text := range map[string]string{keyFile: key + "\n", settings: text} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, mode := range []string{"good", "400", "401", "402", "403", "404", "422", "429", "500", "503", "302", "html", "refused", "broken", "cut", "reset"} {
				server.mode.Store(&mode)
				before := server.calls.Load()
				a.providers(settings, mode == "good")
				if server.calls.Load() == before {
					t.Errorf("nobody was asked while the provider answers %q", mode)
				}
				_ = os.Remove(filepath.Join(a.dir, "data", creditsFile)) // pauses, which the next mode does not need
			}
			a.sessions(settings)
			a.mistakes(key)
			a.stored()
			a.hunt(key)
		})
	}
}

// providers runs what asks providers.
func (a *aviary) providers(settings string, good bool) {
	config := []string{"--config", settings}
	for _, format := range []string{"text", "json"} {
		for _, args := range [][]string{
			{"signals", "fetch"}, {"signals", "fetch", "--from", time.Now().UTC().AddDate(0, 0, -9).Format(time.DateOnly), "--again"},
			{"signals", "fetch", "--dry-run"}, {"signals", "watch", "--once"}, {"signals", "plan"},
		} {
			out := a.run(append(append(args, config...), "--format", format)...)
			if good && len(args) == 2 && !strings.Contains(out, "trading_trend") {
				a.t.Errorf("%q brings nothing:\n%s", args, out)
			}
		}
		a.run("signals", "health", "--format", format)
	}
	a.run(append([]string{"check"}, config...)...)
}

// sessions runs strategies, over a session and over history.
func (a *aviary) sessions(settings string) {
	a.run("backtest", "--config", settings, "--out", filepath.Join(a.dir, "results"))
	ctx, end := context.WithCancel(a.t.Context())
	defer end()
	a.runUntil(ctx, &once{end: end}, "run", "--config", settings, "--speed", "1000000000", "--format", "json")
	if list, err := filepath.Glob(filepath.Join(a.dir, "data", "sessions", "*.journal")); len(list) != 1 || err != nil {
		a.t.Errorf("journals: %q, %v", list, err)
	}
}

// stored runs what prints what is stored.
func (a *aviary) stored() {
	for _, format := range []string{"text", "json"} {
		for _, args := range [][]string{{"signals", "list"}, {"signals", "list", "--rows", "--raw"}, {"signals", "study", "mood"}, {"data", "fold"}, {"data", "list"}, {"data", "stats"}} {
			a.run(append(args, "--format", format)...)
		}
	}
	a.run("signals", "export", filepath.Join(a.dir, "export.csv"))
	names := hashes.FindAllString(a.run("signals", "list", "--rows", "--raw"), -1)
	if len(names) < 2 {
		a.t.Errorf("%d rows name an answer", len(names))
	}
	for _, name := range names {
		if out := a.run("signals", "raw", name); !strings.Contains(out, "success") {
			a.t.Errorf("%s is %s", name, out)
		}
	}
}

// mistakes reads configurations that have the key itself where its place belongs.
func (a *aviary) mistakes(key string) {
	path := filepath.Join(a.apart, "wrong.toml")
	for _, text := range []string{
		"[signals.tm]\ntype = \"tokenmetrics\"\nkey = KEY\n", "[signals.tm]\ntype = \"tokenmetrics\"\nkey = \"KEY\"\n",
		"[signals.tm]\ntype = \"tokenmetrics\"\nkey = { env = \"KEY\" }\nkinds = [\"trading_trend\"]\n[signals.tm.tokens]\nBTC = 3375\n",
		"[signals.tm]\ntype = \"tokenmetrics\"\nkey = { file = \"KEY\" }\nkinds = [\"trading_trend\"]\n[signals.tm.tokens]\nBTC = 3375\n",
		"[signals.tm]\ntype = \"tokenmetrics\"\nkey = \"KEY\n", "[signals.tm]\ntype = \"tokenmetrics\"\nkye = \"KEY\"\n",
		"[signals.tm]\ntype = \"tokenmetrics\"\nkey = { env = \"CANARY\", value = \"KEY\" }\n",
		"[signals.a]\ntype = \"http\"\nurl = \"https://made.up/?key=KEY\nkind = \"x\"\n", "[signals.a]\ntype = \"http\"\n[signals.a.secrets]\nkey = \"KEY\"\n",
		"[signals.a]\ntype = \"http\"\n[signals.a.headers]\nAuthorization = \"Bearer KEY\"\n", "key = \"KEY\"\n", "KEY\n",
	} {
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "KEY", key)), 0o600); err != nil {
			a.t.Fatal(err)
		}
		for _, args := range [][]string{{"check"}, {"backtest"}, {"signals", "fetch"}, {"signals", "watch", "--once"}, {"signals", "plan"}} {
			a.run(append(args, "--config", path)...)
		}
	}
}

// TestWritten finds keys in what they are part of.
func TestWritten(t *testing.T) {
	for _, key := range canaries {
		for _, before := range []string{"", "u:", "ab:", "user", "user:"} {
			text, found := base64.StdEncoding.EncodeToString([]byte(before+key+"; and more")), false
			for _, w := range written(key) {
				found = found || strings.Contains(text, w)
			}
			if !found {
				t.Errorf("%q is not found in %s", before+key, text)
			}
		}
	}
}
