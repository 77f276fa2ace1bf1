package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/live/control"
	"github.com/signalman-trading/signalman/market"
)

// TestOpenAPI compares the document with the one that is published, which
// SIGNALMAN_UPDATE=1 writes anew.
func TestOpenAPI(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "openapi.json")
	got, err := control.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("SIGNALMAN_UPDATE") != "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), string(got)); diff != "" {
		t.Error(diff)
	}
}

// view asks for a view, strictly.
func view[V any](t *testing.T, c *control.Client, path string) (v V) {
	t.Helper()
	text, err := c.Get(context.Background(), path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return parsed[V](t, text)
}

// order gives a command.
func order[V any](t *testing.T, c *control.Client, path string, o control.Order) V {
	t.Helper()
	text, err := c.Post(context.Background(), path, o)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return parsed[V](t, text)
}

func parsed[V any](t *testing.T, text json.RawMessage) (v V) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// until asks until what is asked for is so.
func until[V any](t *testing.T, c *control.Client, path string, so func(V) bool) (v V) {
	t.Helper()
	for v = view[V](t, c, path); !so(v) && t.Context().Err() == nil; v = view[V](t, c, path) {
	}
	return v
}

func TestViews(t *testing.T) {
	socket, address, _ := serve(t, control.Config{Desk: begin(t)})
	for _, c := range []*control.Client{socket, address} {
		s := until(t, c, "/v1/status", func(s control.Status) bool { return s.Positions == 2 && s.Orders == 2 })
		if s.Mode != "paper" || s.Account != "main" || s.Quote != "USDT" || !s.Ready || len(s.Waits) != 0 || !s.Equity.IsPositive() || len(s.Strategies) != 2 {
			t.Errorf("%+v", s)
		}
		p := view[control.Positions](t, c, "/v1/positions").Positions
		if len(p) != 2 || p[0].Strategy != "a" || p[0].Symbol != "AAAUSDT" || p[0].Side != "long" || !p[0].Quantity.IsPositive() || !p[0].Value.Sub(p[0].Cost).Equal(p[0].Unrealised) {
			t.Errorf("%+v", p)
		}
		o := view[control.Orders](t, c, "/v1/orders").Orders
		if len(o) != 2 || o[0].Type != "limit" || o[0].State != "accepted" || o[0].Reason != "a low bid" {
			t.Errorf("%+v", o)
		}
		all := view[control.Orders](t, c, "/v1/orders?all=1")
		if len(all.Orders) != 4 || all.LeftOut != 0 {
			t.Errorf("%+v", all)
		}
		last := view[control.Orders](t, c, "/v1/orders?all=true&limit=1")
		if len(last.Orders) != 1 || last.LeftOut != 3 || last.Orders[0].ID != all.Orders[3].ID {
			t.Errorf("%+v", last)
		}
		if st := view[control.Strategies](t, c, "/v1/strategies").Strategies; len(st) != 2 || st[0].State != "running" || st[0].Orders != 1 || st[0].Symbols[0] != "AAAUSDT" {
			t.Errorf("%+v", st)
		}
		if h := view[control.Halts](t, c, "/v1/halts"); len(h.Halts) != 0 {
			t.Errorf("%+v", h)
		}
	}
	text, err := socket.Get(context.Background(), "/openapi.json")
	if err != nil || !strings.Contains(string(text), `"/v1/kill"`) {
		t.Errorf("%.200s %v", text, err)
	}
}

// rules lists the rules and scopes of halts.
func rules(list []live.HaltState) string {
	var names []string
	for _, h := range list {
		names = append(names, h.Rule+" "+h.Scope)
	}
	return strings.Join(names, ", ")
}

func TestCommands(t *testing.T) {
	c, _, _ := serve(t, control.Config{Desk: begin(t)})
	until(t, c, "/v1/status", func(s control.Status) bool { return s.Positions == 2 && s.Orders == 2 })

	paused := order[control.Done](t, c, "/v1/pause", control.Order{Scope: "a", Reason: "its news\nlook odd"})
	if rules(paused.Halts) != "pause a" || paused.Halts[0].Text != "new risk paused until resume, by the control API: its news look odd" || paused.Halts[0].By != "operator" {
		t.Errorf("%+v", paused)
	}
	s := until(t, c, "/v1/status", func(s control.Status) bool { return s.Orders == 1 })
	if s.Strategies[0].State != "halted" || s.Strategies[1].State != "running" || s.Positions != 2 {
		t.Errorf("%+v", s)
	}
	order[control.Done](t, c, "/v1/kill", control.Order{})
	killed := order[control.Done](t, c, "/v1/kill", control.Order{}) // twice is as once
	if rules(killed.Halts) != "pause a, kill account" {
		t.Errorf("%+v", killed)
	}
	resumed := order[control.Resumed](t, c, "/v1/resume", control.Order{Rule: "kill"})
	if rules(resumed.Halts) != "pause a" || len(resumed.Lifted) != 1 || resumed.Lifted[0].Rule != "kill" || resumed.Text != "lifted 1 halt; 1 halt still stands" {
		t.Errorf("%+v", resumed)
	}
	closed := order[control.Done](t, c, "/v1/close-all", control.Order{Scope: "b"})
	if rules(closed.Halts) != "pause a, close-all b" || !closed.Halts[1].Closes {
		t.Errorf("%+v", closed)
	}
	p := until(t, c, "/v1/positions", func(p control.Positions) bool { return len(p.Positions) == 1 })
	if p.Positions[0].Strategy != "a" {
		t.Errorf("%+v", p)
	}
	resumed = order[control.Resumed](t, c, "/v1/resume", control.Order{})
	if rules(resumed.Halts) != "" || len(resumed.Lifted) != 2 || resumed.Lifted[1].Again != "" || resumed.Text != "lifted 2 halts; new risk is allowed again" {
		t.Errorf("%+v", resumed)
	}
	if again := order[control.Resumed](t, c, "/v1/resume", control.Order{}); again.Text != "there was no halt to lift" {
		t.Errorf("%+v", again)
	}
	until(t, c, "/v1/positions", func(p control.Positions) bool { return len(p.Positions) == 2 })
}

// TestRefusals asks for what cannot be: each answer says what is wrong, and what to do.
func TestRefusals(t *testing.T) {
	c, _, _ := serve(t, control.Config{Desk: begin(t)})
	for _, x := range []struct {
		path string
		o    control.Order
		want string
	}{
		{"/v1/pause", control.Order{Scope: "c"}, `no strategy is named "c"; name one of a, b, or leave scope out for the account`},
		{"/v1/kill", control.Order{Scope: "a"}, "kill stops the whole account, and takes no scope; use pause for one strategy"},
		{"/v1/pause", control.Order{Reason: strings.Repeat("x", 201)}, "validation failed; /openapi.json says what a request looks like"},
		{"/v1/pause", control.Order{Reason: strings.Repeat("x", 20_000)}, "request body is too large limit=16384 bytes; /openapi.json says what a request looks like"},
		{"/v1/reload", control.Order{}, "this session cannot read its configuration again; stop it, and run it again"},
		{"/v1/stop", control.Order{}, "this session cannot be stopped from here; send SIGTERM to its process"},
		{"/v1/nothing", control.Order{}, "there is no /v1/nothing; /openapi.json lists what there is"},
		{"/v1/status", control.Order{}, "/v1/status does not take POST; use GET"},
		{"/v1/halts?x=1", control.Order{}, "/v1/halts does not take POST; use GET"},
	} {
		_, err := c.Post(context.Background(), x.path, x.o)
		var p *control.Problem
		if !errors.As(err, &p) || err.Error() != x.want || p.Status < 400 || p.Type != "about:blank" || p.Hint == "" {
			t.Errorf("%s: %v", x.path, err)
		}
	}
	for _, path := range []string{"/v1/orders?limit=0", "/v1/orders?limit=x", "/v1/orders?all=maybe", "/v1/orders?more=1"} {
		if _, err := c.Get(context.Background(), path); err == nil || market.ClassOf(err) != market.Usage {
			t.Errorf("%s: %v", path, err)
		}
	}
	if h := view[control.Halts](t, c, "/v1/halts"); len(h.Halts) != 0 {
		t.Errorf("%+v", h)
	}
}

func TestReloadAndStop(t *testing.T) {
	stops := 0
	answers := []struct {
		diff string
		err  error
	}{{"", nil}, {"-a\n+b", nil}, {"", &market.Error{Class: market.Usage, Where: "strategies.toml:3", Err: errors.New("it would orphan a position"), Hint: "close it first"}}}
	c, _, _ := serve(t, control.Config{Desk: begin(t), Stop: func() { stops++ }, Reload: func(context.Context) (string, error) {
		x := answers[0]
		answers = answers[1:]
		return x.diff, x.err
	}})
	if r := order[control.Reloaded](t, c, "/v1/reload", control.Order{}); r.Text != "nothing changed" {
		t.Errorf("%+v", r)
	}
	if r := order[control.Reloaded](t, c, "/v1/reload", control.Order{}); r.Diff != "-a\n+b" {
		t.Errorf("%+v", r)
	}
	if _, err := c.Post(context.Background(), "/v1/reload", control.Order{}); err == nil || err.Error() != "strategies.toml:3: it would orphan a position; close it first" || market.ClassOf(err) != market.Usage {
		t.Errorf("%v", err)
	}
	if s := order[control.Stopping](t, c, "/v1/stop", control.Order{}); stops != 1 || s.Text == "" {
		t.Errorf("%+v", s)
	}
}

// TestEndedSession asks a session that is over.
func TestEndedSession(t *testing.T) {
	var desk *live.Control
	t.Run("session", func(t *testing.T) { desk = begin(t) })
	c, _, _ := serve(t, control.Config{Desk: desk})
	for _, err := range []error{errOf(c.Get(context.Background(), "/v1/status")), errOf(c.Post(context.Background(), "/v1/kill", control.Order{}))} {
		if err == nil || err.Error() != "the session has ended; begin it again with 'signalman run'" || market.ClassOf(err) != market.Venue {
			t.Errorf("%v", err)
		}
	}
}

func errOf(_ json.RawMessage, err error) error { return err }
