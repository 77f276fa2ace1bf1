package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// keyed is a source with a key, which it logs.
type keyed struct {
	env signals.Env
	Key market.Secret `toml:"key"`
}

// TestOpenedSource: the outside world of a source follows no redirect, and its log has no
// key.
func TestOpenedSource(t *testing.T) {
	t.Setenv("FAR_KEY", "a-made-up-key")
	var out bytes.Buffer
	c := &command{err: &out, data: t.TempDir()}
	plugins := config.Plugins{Sources: []signals.Plugin{{Name: "far", Remote: true, New: func(e signals.Env) any { return &keyed{env: e} }}}}
	cfg, err := config.Parse("strategies.toml", []byte("[signals.far]\nkey = { env = \"FAR_KEY\" }\n"), plugins, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := c.openSource(cfg, &cfg.Sources[0])
	if err != nil {
		t.Fatal(err)
	}
	far := opened.(*keyed)
	far.env.Log.Warn("asking", "key", far.Key.Reveal())
	if log := out.String(); !strings.Contains(log, "source=far key=***") || strings.Contains(log, "made-up") {
		t.Error(log)
	}
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	answer, err := far.env.HTTP.Get(server.URL)
	if err != nil || answer.StatusCode != http.StatusFound || calls != 1 {
		t.Errorf("%v, %d calls", err, calls)
	}
	answer.Body.Close()
	t.Setenv("FAR_KEY", "")
	if _, err := c.openSource(cfg, &cfg.Sources[0]); err == nil || !strings.Contains(err.Error(), "FAR_KEY of the environment is not set") {
		t.Error(err)
	}
}
