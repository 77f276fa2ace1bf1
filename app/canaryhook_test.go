package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/signals"
)

// shared is a log that goroutines write to.
type shared struct {
	sync.Mutex
	bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	return s.Buffer.Write(p)
}

// TestNoSecretOfAWebhookIsWritten posts alerts with the secret where it belongs, and where
// it does not, and then looks through all that was written and answered.
func TestNoSecretOfAWebhookIsWritten(t *testing.T) {
	for name, key := range canaries {
		t.Run(name, func(t *testing.T) {
			a := &aviary{t: t, dir: t.TempDir(), apart: t.TempDir(), least: [2]int{6, 3}}
			t.Setenv("CANARY", key)
			for _, auth := range []string{"header", "body", "path", "hmac"} {
				a.hook(auth, key)
			}
			a.run("signals", "list", "--rows", "--raw")
			a.hunt(key)
		})
	}
}

// hook receives alerts as watch does.
func (a *aviary) hook(auth, key string) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		a.t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	settings := filepath.Join(a.apart, "hook.toml")
	text := fmt.Sprintf("[signals.hook]\ntype = \"webhook\"\nlisten = %q\nauth = %q\nsecret = { env = \"CANARY\" }\nsource = \"hook\"\n"+
		"kind = \"decision\"\nsubject = \"/ticker\"\nvalue = \"/value\"\nrate = 1000\n[signals.hook.subjects]\nBTC = \"BTC\"\n", address, auth)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
	log := &shared{}
	c := &command{plugins: Default(), data: filepath.Join(a.dir, "data"), out: log, err: log, format: "text", log: slog.LevelDebug}
	cfg, err := config.Load(settings, c.configPlugins())
	if err != nil {
		a.t.Fatal(err)
	}
	opened, err := c.openSource(cfg, &cfg.Sources[0])
	if err != nil {
		a.t.Fatal(err)
	}
	ctx, end := context.WithCancel(a.t.Context())
	done := make(chan error, 1)
	go func() {
		done <- opened.(signals.Pusher).Run(ctx, func(b signals.Batch) error {
			_, err := c.intake(nil).Arrive("hook", b)
			return err
		})
	}()
	said := a.posts("http://"+address, auth, key)
	end()
	if err := <-done; err != nil {
		a.t.Error(err)
	}
	if auth != "hmac" && !strings.Contains(said, "200 OK") {
		a.t.Errorf("%s: no alert is taken:\n%s", auth, said)
	}
	if err := os.WriteFile(filepath.Join(a.dir, "hook-"+auth+".txt"), []byte(log.String()+said), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// posts sends alerts and returns what is answered.
func (a *aviary) posts(at, auth, key string) (said string) {
	for until := 0; ; until++ {
		if conn, err := net.Dial("tcp", strings.TrimPrefix(at, "http://")); err == nil {
			_ = conn.Close()
			break
		} else if until > 10_000 {
			a.t.Fatal(err)
		}
	}
	path := "/alerts"
	if auth == "path" {
		path += "/" + url.PathEscape(key)
	}
	for i, body := range []string{
		`{"ticker":"BTC","value":1,"secret":"KEY"}`, `{"ticker":"BTC","value":0,"secret":"KEY","note":"KEY and KEY"}`,
		`{"ticker":"KEY","value":1,"secret":"KEY"}`, `{"ticker":"BTC","value":"KEY","secret":"KEY"}`, `{"secret":"KEY"`, `KEY`, `[]`,
	} {
		for _, p := range []string{path, path + "?secret=" + url.QueryEscape(key), "/" + url.PathEscape(key)} {
			r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, at+p, strings.NewReader(strings.ReplaceAll(body, "KEY", key)))
			if err != nil {
				a.t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if auth != "hmac" || i == 0 {
				r.Header.Set("X-Secret", key)
			}
			r.Header.Set("X-Signature", key) // where the signature belongs
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				a.t.Fatal(err)
			}
			text, _ := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			said += answer.Status + " " + string(text) + "\n"
		}
	}
	return said
}
