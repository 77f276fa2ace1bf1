package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// teller is a source of a server of the test: each kind is an endpoint, and 30 days cost a
// call.
type teller struct {
	Key  market.Secret       `toml:"key"`
	URL  string              `toml:"url"`
	Pull []market.SignalKind `toml:"kinds"`

	env signals.Env
}

func (t *teller) Kinds() []market.SignalKind { return t.Pull }

func (t *teller) wanted(q signals.Query) (list []market.SignalKind) {
	for _, k := range t.Pull {
		if len(q.Kinds) == 0 || strings.Contains(fmt.Sprint(q.Kinds), string(k)) {
			list = append(list, k)
		}
	}
	return list
}

const tellerStep = 30 * market.Day

func (t *teller) Plan(q signals.Query) (list []signals.Request) {
	for _, k := range t.wanted(q) {
		list = append(list, signals.Request{Endpoint: string(k), Calls: max(1, int((q.To-q.From+tellerStep-1)/tellerStep)), Kinds: []market.SignalKind{k}})
	}
	return list
}

func (t *teller) Fetch(ctx context.Context, q signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		for _, k := range t.wanted(q) {
			for from := q.From; from <= q.To; from += tellerStep {
				b, err := t.ask(ctx, k, from, min(from+tellerStep, q.To))
				if !yield(b, err) {
					return
				}
				if err != nil || from+tellerStep >= q.To {
					break
				}
			}
		}
	}
}

func (t *teller) ask(ctx context.Context, k market.SignalKind, from, to market.Time) (b signals.Batch, err error) {
	at := t.URL + "/" + string(k) + "?" + url.Values{"from": {strconv.Itoa(int(from))}, "to": {strconv.Itoa(int(to))}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return b, err
	}
	r.Header.Set("X-Key", t.Key.Reveal())
	answer, err := t.env.HTTP.Do(r)
	if fault := (*signals.Fault)(nil); errors.As(err, &fault) {
		return b, fault
	}
	if err != nil {
		return b, &signals.Fault{Kind: signals.ErrRetry, Endpoint: string(k), Err: err}
	}
	defer answer.Body.Close()
	if b.Raw, err = io.ReadAll(answer.Body); err != nil {
		return b, err
	}
	if f := signals.StatusFault(string(k), answer.StatusCode, answer.Header, b.Raw, t.env.Now()); f != nil {
		return b, f
	}
	if err = json.Unmarshal(b.Raw, &b.Signals); err != nil {
		return b, &signals.Fault{Kind: signals.ErrMalformed, Endpoint: string(k), Err: err}
	}
	return b, nil
}

// tellerServer says a value for each day that is over.
type tellerServer struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []string
	status map[string]int // by path
	change map[string]float64
	after  int               // with 429 after so many calls; 0: never
	bad    map[string]string // bodies by kind and day of from; they come with status 200
}

func newTellerServer(t *testing.T) *tellerServer {
	s := &tellerServer{status: map[string]int{}, change: map[string]float64{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *tellerServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, _ := strconv.Atoi(r.FormValue("from"))
	to, _ := strconv.Atoi(r.FormValue("to"))
	kind := strings.TrimPrefix(r.URL.Path, "/")
	s.asked = append(s.asked, fmt.Sprintf("%s %s %s", kind, market.Time(from).UTC().Format(time.DateOnly), market.Time(to).UTC().Format(time.DateOnly)))
	if s.after > 0 && len(s.asked) > s.after {
		w.Header().Set("Retry-After", "4000")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	if code := s.status[kind]; code != 0 {
		w.WriteHeader(code)
		return
	}
	if body, ok := s.bad[kind+" "+market.Time(from).UTC().Format(time.DateOnly)]; ok {
		fmt.Fprint(w, body)
		return
	}
	if to == 0 {
		to = int(market.TimeOf(time.Now()) / market.Day * market.Day)
		from = to - 2*int(market.Day)
	}
	rows := []market.Signal{}
	for at := market.Time(from); at < market.Time(to); at += market.Day {
		v := float64(at / market.Day % 100)
		if changed, ok := s.change[at.UTC().Format(time.DateOnly)]; ok {
			v = changed
		}
		rows = append(rows, market.Signal{Source: "desk", Kind: market.SignalKind(kind), Subject: "BTC", Effective: at, Value: v, Null: v == 13})
	}
	_ = json.NewEncoder(w).Encode(rows)
}

func (s *tellerServer) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.asked
	s.asked = nil
	return list
}

// bench is a place to run commands in, with a configuration.
type bench struct {
	t      *testing.T
	dir    string
	server *tellerServer
}

func newBench(t *testing.T, more string) *bench {
	d := &bench{t: t, dir: t.TempDir(), server: newTellerServer(t)}
	t.Setenv("DESK_KEY", "a-made-up-key")
	text := fmt.Sprintf("[signals.desk]\ntype = \"teller\"\nurl = %q\nkey = { env = \"DESK_KEY\" }\nkinds = [\"trader_grade\", \"mood\"]\n", d.server.URL) + more
	if err := os.WriteFile(filepath.Join(d.dir, "strategies.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

// run runs a command line, which must exit with a code.
func (d *bench) run(code int, args ...string) (out, errs string) {
	d.t.Helper()
	p := Default()
	p.Sources = append(p.Sources,
		signals.Plugin{Name: "teller", Remote: true, New: func(e signals.Env) any { return &teller{env: e} }},
		signals.Plugin{Name: "caller", Remote: true, New: func(e signals.Env) any { return &caller{} }})
	var o, e bytes.Buffer
	args = append(args, "--data", filepath.Join(d.dir, "data"))
	if args[1] == "fetch" {
		args = append(args, "--config", filepath.Join(d.dir, "strategies.toml"))
	}
	if got := Run(d.t.Context(), p, args, &o, &e); got != code {
		d.t.Fatalf("%q exits with %d, not %d:\n%s%s", args, got, code, &o, &e)
	}
	return o.String(), e.String()
}

func (d *bench) fetch(code int, args ...string) (out, errs string) {
	d.t.Helper()
	return d.run(code, append([]string{"signals", "fetch"}, args...)...)
}

// caller pushes.
type caller struct{}

func (*caller) Kinds() []market.SignalKind                           { return []market.SignalKind{"call"} }
func (*caller) Run(context.Context, func(signals.Batch) error) error { return nil }

// has fails unless a text has all of some parts.
func (d *bench) has(text string, parts ...string) {
	d.t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			d.t.Errorf("%q is not in\n%s", p, text)
		}
	}
}

// TestFetchNow asks each endpoint once: what is gone does not hide the others, and what was
// said before is no news.
func TestFetchNow(t *testing.T) {
	d := newBench(t, "")
	d.server.status["mood"] = http.StatusGone
	out, errs := d.fetch(4)
	d.has(out, "signals.desk: ", "trader_grade  2    0          0        ", "1 question not answered")
	d.has(errs, "signals.desk: mood: the provider does not offer it: 410 Gone")
	d.server.status["mood"] = 0
	d.server.take()
	out, _ = d.fetch(0, "--format", "json")
	var got fetchedSignals
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Sources) != 1 {
		t.Fatal(err, out)
	}
	for i := range got.Sources[0].Kinds {
		got.Sources[0].Kinds[i].Null = 0 // of some days
	}
	want := []fetchedKind{{Kind: "mood", New: 2, Observed: 2}, {Kind: "trader_grade", Unchanged: 2}}
	if diff := cmp.Diff(want, got.Sources[0].Kinds); diff != "" || got.Sources[0].Answers != 2 {
		t.Errorf("%d answers; %s", got.Sources[0].Answers, diff)
	}
	if list := d.server.take(); len(list) != 2 {
		t.Errorf("asked %q", list)
	}
	out, _ = d.fetch(0, "--kind", "mood")
	d.has(out, "mood  0    2 ")
	d.server.status["mood"] = http.StatusUnauthorized
	_, errs = d.fetch(4, "--kind", "mood")
	d.has(errs, "the key does not open it")
	t.Setenv("DESK_KEY", "")
	_, errs = d.fetch(2)
	d.has(errs, "DESK_KEY of the environment is not set")
}

// TestFetchPast fills in the past, is stopped by the provider, and goes on: nothing is
// asked twice but the last days.
func TestFetchPast(t *testing.T) {
	d := newBench(t, "")
	past := []string{"--from", "2024-01-01", "--to", "2024-05-30", "--kind", "trader_grade"}
	out, _ := d.fetch(0, append(past, "--dry-run")...)
	d.has(out, "signals.desk would make 5 calls", "trader_grade  5  trader_grade")
	if list := d.server.take(); len(list) != 0 {
		t.Errorf("a dry run asked %q", list)
	}
	d.server.after = 2
	out, errs := d.fetch(4, past...)
	d.has(out, "signals.desk: 3 calls;", "trader_grade  60   0 ", "3 questions not answered")
	d.has(errs, "the provider wants a pause: 429")
	d.server.after = 0
	d.server.take()
	_, errs = d.fetch(4, past...)
	d.has(errs, "the provider answered 429, too many calls, not before")
	if err := os.Remove(filepath.Join(d.dir, "data", creditsFile)); err != nil { // as an hour later
		t.Fatal(err)
	}
	d.server.change["2024-02-02"] = 13 // null
	out, _ = d.fetch(0, past...)
	d.has(out, "trader_grade  90   0 ")
	want := []string{"trader_grade 2024-03-01 2024-03-31", "trader_grade 2024-01-31 2024-03-01", "trader_grade 2024-01-01 2024-01-31"}
	if diff := cmp.Diff(want, d.server.take()); diff != "" {
		t.Error(diff)
	}
	out, _ = d.fetch(0, past...)
	d.has(out, "all of it was filled in before")
	d.server.change["2024-02-02"] = 50
	out, _ = d.fetch(0, append(past, "--again")...)
	d.has(out, "trader_grade  1    149        1        0     1         0")
	out, _ = d.run(0, "signals", "list", "--rows", "--from", "2024-02-01", "--to", "2024-02-03")
	d.has(out, "BTC      54     2024-02-01T00:00:00Z  2024-02-02T00:00:00Z, assumed", "null   2024-02-02T00:00:00Z  2024-02-03T00:00:00Z, assumed", ", observed, revision 1")
	// The last days are asked for again.
	recent := time.Now().UTC().AddDate(0, 0, -10).Format(time.DateOnly)
	d.fetch(0, "--from", recent, "--kind", "mood")
	d.server.take()
	d.fetch(0, "--from", recent, "--kind", "mood")
	if list := d.server.take(); len(list) != 1 || strings.Contains(list[0], recent) {
		t.Errorf("asked again: %q", list)
	}
}

// TestFetchHoles: a piece that cannot be read, that is empty or about other times is told
// and asked for again, and those before it are asked for all the same.
func TestFetchHoles(t *testing.T) {
	d := newBench(t, "")
	past := []string{"--from", "2024-01-01", "--to", "2024-05-30", "--kind", "trader_grade"}
	d.server.bad = map[string]string{
		"trader_grade 2024-04-30": "<html>",
		"trader_grade 2024-03-31": "[]",
		"trader_grade 2024-03-01": `[{"source":"desk","kind":"trader_grade","subject":"BTC","effective":"2023-01-01T00:00:00Z","value":5}]`,
	}
	out, errs := d.fetch(4, past...)
	d.has(errs, "the answer cannot be understood")
	d.has(out, "5 calls", "1 question not answered", "trader_grade  61 ", "nothing came for 2024-03-31T00:00:00Z to 2024-04-30T00:00:00Z of trader_grade: it does not count as filled in",
		"1 row about other times than asked for")
	d.server.bad = nil
	d.server.take()
	out, _ = d.fetch(0, past...)
	want := []string{"trader_grade 2024-04-30 2024-05-30", "trader_grade 2024-03-31 2024-04-30", "trader_grade 2024-03-01 2024-03-31"}
	if diff := cmp.Diff(want, d.server.take()); diff != "" {
		t.Error(diff)
	}
	d.has(out, "trader_grade  90 ")
	out, _ = d.fetch(0, past...)
	d.has(out, "all of it was filled in before")
}

// TestFetchNothing: three pieces of which nothing comes end the questions to an endpoint,
// and to no other.
func TestFetchNothing(t *testing.T) {
	for body, code := range map[string]int{"[]": 0, "<html>": 4} {
		d := newBench(t, "")
		d.server.bad = map[string]string{"mood 2024-04-30": body, "mood 2024-03-31": body, "mood 2024-03-01": body}
		out, _ := d.fetch(code, "--from", "2024-01-01", "--to", "2024-05-30")
		d.has(out, "8 calls", "trader_grade  150 ")
		if list := strings.Join(d.server.take(), ","); strings.Contains(list, "mood 2024-01") {
			t.Error(list)
		}
		if code == 0 {
			d.has(out, "2 questions not answered", "nothing came for 2024-03-01T00:00:00Z to 2024-05-30T00:00:00Z of mood", "--to asks on from there")
		} else {
			d.has(out, "5 questions not answered")
		}
	}
}

// TestFetchNowCounts counts what there is now by endpoint.
func TestFetchNowCounts(t *testing.T) {
	d := newBench(t, "")
	d.server.status["mood"], d.server.status["trader_grade"] = http.StatusGone, http.StatusBadRequest
	out, _ := d.fetch(4)
	d.has(out, "2 calls;", "2 questions not answered")
}

// TestFetchRefuses lists what cannot be asked.
func TestFetchRefuses(t *testing.T) {
	d := newBench(t, "[signals.calls]\ntype = \"caller\"\n[signals.mine]\ntype = \"file\"\npath = \"a.csv\"\n")
	for args, want := range map[string]string{
		"calls":                             "'signalman signals watch' receives them",
		"mine":                              "signals.mine is on this machine",
		"other":                             "there are: calls, desk, mine",
		"--kind sentiment":                  "no source has sentiment",
		"--to 2024-01-01":                   "say from when on",
		"--lag 2h":                          "say from when on",
		"--from 2024-01-01 --lag 2h":        "trader_grade is a value of a whole day",
		"--from 2024-01-01 --lag -2h":       "is not a duration",
		"--from 2199-01-01":                 "is yet to come",
		"--from 2024-01-02 --to 2024-01-01": "is not after --from",
	} {
		if _, errs := d.fetch(2, strings.Fields(args)...); !strings.Contains(errs, want) {
			t.Errorf("%s: %s", args, errs)
		}
	}
	if list := d.server.take(); len(list) > 0 {
		t.Errorf("asked %q", list)
	}
	d.fetch(0) // the others are passed over
}

// TestCoverage takes spans out of others, and joins them.
func TestCoverage(t *testing.T) {
	v := &coverage{path: filepath.Join(t.TempDir(), "fetched.json")}
	of := covered{Table: "a", Setup: "1", Kind: "k", Subject: "BTC"}
	all := of
	all.Subject = ""
	for _, err := range []error{v.add([]covered{of}, timespan{10, 20}), v.add([]covered{of}, timespan{20, 25}), v.add([]covered{all}, timespan{40, 50}), v.add([]covered{of}, timespan{9, 9})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	again := &coverage{path: v.path}
	if err := again.read(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]timespan{{0, 10}, {25, 40}, {50, 60}}, again.missing(of, timespan{0, 60})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]timespan{{0, 40}, {50, 60}}, again.missing(all, timespan{0, 60})); diff != "" {
		t.Error(diff)
	}
	of.Setup = "2"
	if diff := cmp.Diff([]timespan{{0, 60}}, again.missing(of, timespan{0, 60})); diff != "" {
		t.Error(diff)
	}
	if err := again.forget("k", "ETH"); err != nil || len(again.Done) != 1 {
		t.Error(again.Done, err)
	}
}
