package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// keyed is a source with a key, which it logs.
type keyed struct {
	env signals.Env
	Key market.Secret `toml:"key"`
}

// careless is a source that puts its key into an address.
type careless struct {
	env signals.Env
	Key market.Secret `toml:"key"`
}

func (*careless) Kinds() []market.SignalKind { return []market.SignalKind{"grade"} }

func (*careless) Plan(signals.Query) []signals.Request {
	return []signals.Request{{Endpoint: "grades", Calls: 3}}
}

func (c *careless) Fetch(ctx context.Context, _ signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		_, err := c.env.HTTP.Get("http://127.0.0.1:1/grades?key=" + url.QueryEscape(c.Key.Reveal()))
		yield(signals.Batch{}, &signals.Fault{Kind: signals.ErrRetry, Endpoint: "grades", Err: err})
	}
}

// TestCarelessSource: a key in an address is in no error, whatever is looked for in it.
func TestCarelessSource(t *testing.T) {
	t.Setenv("FAR_KEY", "a made-up key")
	c := &command{err: io.Discard, data: t.TempDir()}
	plugins := config.Plugins{Sources: []signals.Plugin{{Name: "far", Remote: true, New: func(e signals.Env) any { return &careless{env: e} }}}}
	cfg, err := config.Parse("strategies.toml", []byte("[signals.far]\nkey = { env = \"FAR_KEY\" }\n"), plugins, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := c.openSource(cfg, &cfg.Sources[0])
	if err != nil || opened.(signals.Planner).Plan(signals.Query{})[0].Calls != 3 {
		t.Fatal(err)
	}
	for _, err := range opened.(signals.Source).Fetch(t.Context(), signals.Query{}) {
		var f *signals.Fault
		var u *url.Error
		if !errors.Is(err, signals.ErrRetry) || !errors.As(err, &f) || errors.As(err, &u) {
			t.Fatal(err)
		}
		for _, text := range []string{err.Error(), f.Error(), fmt.Sprintf("%+v", f), f.Err.Error()} {
			if strings.Contains(text, "made") || !strings.Contains(text, "***") {
				t.Error(text)
			}
		}
	}
	if left, err := c.calls.Left("far", time.Now()); left.Windows[0].Spent != 0 || left.Calls != 1 || err != nil {
		t.Errorf("%+v, %v", left, err)
	}
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
