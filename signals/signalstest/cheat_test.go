package signalstest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/signalstest"
)

const canary = "canary-1234"

// forever is a channel that a goroutine waits on which is left behind.
var forever = make(chan struct{})

// grades is a remote source that is honest but for what a test makes it do.
type grades struct {
	env   signals.Env
	cheat string
	asked int
	kept  []market.Signal
}

func (g *grades) Kinds() []market.SignalKind {
	if g.cheat == "kinds" {
		return []market.SignalKind{"other"}
	}
	return []market.SignalKind{"grade"}
}

func (g *grades) Plan(signals.Query) []signals.Request {
	if g.cheat == "plan sends" {
		_, _ = g.call(context.Background(), 1)
	}
	return []signals.Request{{Endpoint: "grades", Calls: map[bool]int{true: 1, false: 2}[g.cheat == "plan"]}}
}

func (g *grades) Fetch(ctx context.Context, q signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		if g.cheat == "deaf" {
			ctx = context.Background()
		}
		for page := 1; page <= 2; page++ {
			raw, err := g.call(ctx, page)
			var b signals.Batch
			if err == nil {
				b, err = g.read(raw, q)
			}
			if err != nil && g.cheat == "silent" {
				return
			}
			if !yield(b, err) && g.cheat != "goes on" {
				return
			}
			if err != nil {
				return
			}
		}
		if g.cheat == "goroutine" {
			go func() { <-forever }()
		}
	}
}

// call asks for one page.
func (g *grades) call(ctx context.Context, page int) ([]byte, error) {
	client := *g.env.HTTP
	if g.cheat != "follows" {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	if g.cheat == "logs" {
		g.env.Log.Info("asking", "key", canary)
	}
	if g.cheat == "newest first" {
		page = 3 - page
	}
	r, err := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("https://example.com/grades?page=%d&key=%s", page, canary), nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(r)
	if err != nil {
		if g.cheat != "address" {
			err = errors.Unwrap(err)
		}
		return nil, &signals.Fault{Kind: signals.ErrRetry, Endpoint: "grades", Err: err}
	}
	defer func() { _ = res.Body.Close() }()
	var limited io.Reader = io.LimitReader(res.Body, 1<<20)
	if g.cheat == "reads all" {
		limited = res.Body
	}
	raw, err := io.ReadAll(limited)
	if g.cheat == "no status" {
		return raw, err
	}
	if err != nil {
		return nil, &signals.Fault{Kind: signals.ErrRetry, Endpoint: "grades", Err: err}
	}
	if g.cheat == "plain" && res.StatusCode != 200 {
		return nil, errors.New("no luck")
	}
	raw = bytes.ReplaceAll(raw, []byte(canary), []byte("***"))
	if f := signals.StatusFault("grades", res.StatusCode, res.Header, raw, g.env.Now()); f != nil {
		if g.cheat == "impatient" {
			f.Until = time.Time{}
		}
		return nil, f
	}
	return raw, nil
}

// read makes rows of an answer.
func (g *grades) read(raw []byte, q signals.Query) (signals.Batch, error) {
	var list []struct {
		Day   string
		Value *float64
	}
	b := signals.Batch{Raw: raw}
	if err := json.Unmarshal(raw, &list); err != nil && g.cheat != "anything" || list == nil && g.cheat != "anything" && string(raw) != "[]" {
		return signals.Batch{}, &signals.Fault{Kind: signals.ErrMalformed, Endpoint: "grades", Err: err}
	}
	for _, row := range list {
		t, err := market.ParseTime(row.Day)
		if err != nil && g.cheat != "zero" {
			return signals.Batch{}, &signals.Fault{Kind: signals.ErrMalformed, Endpoint: "grades", Err: err}
		}
		s := market.Signal{Source: "them", Kind: "grade", Subject: "BTC", Instrument: market.NoInstrument, Effective: t, Null: row.Value == nil}
		if row.Value != nil {
			s.Value = *row.Value
		}
		g.bend(&s, &b)
		if g.cheat == "all" || s.Effective >= q.From && (q.To == 0 || s.Effective < q.To) && (len(q.Kinds) == 0 || q.Kinds[0] == "grade") {
			b.Signals = append(b.Signals, s)
		}
	}
	if g.cheat == "keeps" {
		if g.kept = append(g.kept, b.Signals...); len(g.kept) > 0 {
			b.Signals = g.kept
		}
	}
	return b, nil
}

// bend makes a row that is not sound.
func (g *grades) bend(s *market.Signal, b *signals.Batch) {
	g.asked++
	switch g.cheat {
	case "zero":
		if s.Null = false; s.Effective == 0 {
			s.Effective = 1_700_000_000_000_000_000
		}
	case "instrument":
		s.Instrument = 0
	case "known":
		s.Known = s.Effective
	case "raw":
		b.Raw = nil
	case "key in raw":
		b.Raw = []byte(canary)
	case "hash":
		s.Raw[0] = 1
	case "null value":
		if s.Null {
			s.Value = 50
		}
	case "not the same":
		if !s.Null {
			s.Value += float64(time.Now().UnixNano() % 1e6)
		}
	case "panics":
		panic("it is too much")
	}
}

func plugin(cheat string) signals.Plugin {
	return signals.Plugin{Name: "grades", Doc: "grades", Sample: "[signals.grades]\n", Remote: true, New: func(e signals.Env) any { return &grades{env: e, cheat: cheat} }}
}

var answers = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	page := map[string]string{"1": `[{"day":"2024-05-07","value":70},{"day":"2024-05-08","value":null}]`, "2": `[{"day":"2024-05-09","value":0.5}]`}
	_, _ = io.WriteString(w, page[r.URL.Query().Get("page")])
})

// TestSources finds out sources that cheat, and says what to do; an honest one passes.
func TestSources(t *testing.T) {
	for cheat, says := range map[string]string{
		"":             "",
		"kinds":        "its kind is not among Kinds",
		"plan":         "it sent 2 calls where its Plan says 1",
		"plan sends":   "its Plan sent 1 calls",
		"deaf":         "with a context that had ended",
		"silent":       "the silence passes for an answer",
		"goes on":      "after that had said false",
		"follows":      "it followed a redirect to elsewhere.invalid",
		"goroutine":    "it left a goroutine behind",
		"newest first": "batches come oldest first",
		"address":      "an error tells a key (cana…)",
		"logs":         "its log tells a key",
		"reads all":    "read more than 100 MB",
		"no status":    "",
		"plain":        "is no *signals.Fault",
		"impatient":    "wants a pause until",
		"anything":     "the silence passes for an answer",
		"zero":         "it made the row them grade BTC",
		"all":          "which was not asked for",
		"keeps":        "batches are the caller's",
		"instrument":   "set Instrument to market.NoInstrument",
		"known":        "leaves Known 0",
		"raw":          "without Raw",
		"key in raw":   "its Raw holds a key",
		"hash":         "it sets Raw of a row",
		"null value":   "leave Value 0 where Null is set",
		"not the same": "the same question gave other rows",
		"panics":       "it panicked: it is too much",
	} {
		err := signalstest.Check(plugin(cheat), signalstest.Provider(answers), signalstest.Keys(canary))
		if says == "" && cheat == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) || cheat == "no status" && err == nil {
			t.Errorf("%q: %v", cheat, err)
		}
	}
}

// box is a source that listens for lines: news, answered by ok.
type box struct {
	env   signals.Env
	cheat string
}

func (b *box) Kinds() []market.SignalKind { return []market.SignalKind{"news"} }

func (b *box) Run(ctx context.Context, emit func(signals.Batch) error) error {
	l, err := b.env.Listen("tcp", "127.0.0.1:1")
	if err != nil {
		return err
	}
	if b.cheat != "deaf" {
		defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	}
	told := map[string]bool{}
	for {
		c, err := l.Accept()
		if err != nil {
			if b.cheat == "complains" {
				return errors.New("closed")
			}
			return nil
		}
		b.hear(c, told, emit)
		_ = c.Close()
	}
}

func (b *box) hear(c net.Conn, told map[string]bool, emit func(signals.Batch) error) {
	line := make([]byte, 16)
	n, _ := c.Read(line)
	news := string(line[:n])
	row := market.Signal{Source: "box", Kind: "news", Subject: "*", Instrument: market.NoInstrument, Effective: market.TimeOf(b.env.Now()), Value: 1}
	if b.cheat == "known" {
		row.Known = row.Effective
	}
	batch := signals.Batch{Raw: line[:n], Signals: []market.Signal{row}}
	switch {
	case b.cheat == "early":
		_, _ = c.Write([]byte("ok"))
		_ = emit(batch)
		return
	case b.cheat == "forgets" && told[news]:
	case b.cheat == "drops":
	default:
		told[news] = true
		if err := emit(batch); err != nil && b.cheat != "careless" {
			return
		}
	}
	_, _ = c.Write([]byte("ok"))
}

// TestPushers finds out pushers that cheat.
func TestPushers(t *testing.T) {
	deliver := signalstest.Deliver(func(ctx context.Context, n int, dial signalstest.Dial) (bool, error) {
		c, err := dial(ctx)
		if err != nil {
			return false, err
		}
		defer func() { _ = c.Close() }()
		if _, err := fmt.Fprint(c, "news ", n); err != nil {
			return false, err
		}
		answer := make([]byte, 2)
		_, err = io.ReadFull(c, answer)
		return string(answer) == "ok", err
	})
	for cheat, says := range map[string]string{
		"":          "",
		"early":     "it acknowledged news ", // before emit had returned, or was called at all: whichever comes first
		"careless":  "acknowledged the news all the same",
		"forgets":   "remember what was told only once emit has returned nil",
		"drops":     "without having handed a row to emit",
		"known":     "leaves Known 0",
		"complains": "returns nil, or an error that wraps ctx.Err()",
	} {
		p := signals.Plugin{Name: "box", Doc: "news", Sample: "[signals.box]", Remote: true, New: func(e signals.Env) any { return &box{e, cheat} }}
		err := signalstest.Check(p, deliver)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%q: %v", cheat, err)
		}
	}
	p := signals.Plugin{Name: "box", Doc: "news", Sample: "[signals.box]", Remote: true, New: func(e signals.Env) any { return &box{e, ""} }}
	if err := signalstest.Check(p); err == nil || !strings.Contains(err.Error(), "say how news reach it") {
		t.Error(err)
	}
}

// mood is a deriver: the value of another kind, halved, for two hours.
type mood struct{ cheat string }

var shared float64

func (m *mood) Kinds() []market.SignalKind { return []market.SignalKind{"mood"} }
func (m *mood) Derive(name string) signals.Derivation {
	return &feeling{cheat: m.cheat, name: name, last: map[market.Subject]market.Signal{}}
}

type feeling struct {
	cheat, name string
	last        map[market.Subject]market.Signal
	next        market.Time
	calls       float64
}

func (f *feeling) Next() market.Time {
	if f.cheat == "past" {
		return 1
	}
	return f.next
}

func (f *feeling) At(now market.Time, rows []market.Signal) (made []market.Signal) {
	f.calls++
	shared++
	for i := range rows {
		if f.cheat == "writes" {
			rows[i].Value = 0
		}
		made = append(made, market.Signal{Source: f.name, Kind: "mood", Subject: rows[i].Subject, Instrument: market.NoInstrument, Effective: rows[i].Effective, Known: now, Value: rows[i].Value / 2})
		f.last[rows[i].Subject] = made[len(made)-1]
		f.next = now + 2*market.Time(time.Hour)
	}
	switch f.cheat {
	case "known":
		for i := range made {
			made[i].Known--
		}
	case "name":
		for i := range made {
			made[i].Source = "mine"
		}
	case "shares":
		for i := range made {
			made[i].Value += shared
		}
	case "counts":
		for i := range made {
			made[i].Value += f.calls
		}
	case "idle":
		if s, ok := f.last["BTC"]; ok && s.Known != now {
			s.Known = now
			made = append(made, s)
		}
	}
	if f.next <= now {
		f.next = 0
	}
	if f.cheat == "endless" {
		f.next = now + 1
	}
	return made
}

// TestDerivers finds out derivers that cheat.
func TestDerivers(t *testing.T) {
	var rows []market.Signal
	for hour := range market.Time(6) {
		for _, subject := range []market.Subject{"BTC", "ETH"} {
			at := market.Time(1_700_000_000_000_000_000) + hour*market.Time(3*time.Hour)
			rows = append(rows, market.Signal{Source: "a", Kind: "grade", Subject: subject, Instrument: market.NoInstrument, Effective: at, Known: at, Value: float64(hour)})
		}
	}
	for cheat, says := range map[string]string{
		"":        "",
		"past":    "it lies ahead, or is 0 for never",
		"writes":  "its At changed the rows",
		"known":   "neither before nor later",
		"name":    "Derive was told",
		"shares":  "derivations share state",
		"counts":  "moved by being called when nothing happens",
		"idle":    "before its Next",
		"endless": "without end",
	} {
		p := signals.Plugin{Name: "mood", Doc: "mood", Sample: "[signals.mood]", New: func(signals.Env) any { return &mood{cheat} }}
		err := signalstest.Check(p, signalstest.Rows(rows...))
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%q: %v", cheat, err)
		}
	}
}

// TestDescribes refuses plug-ins that cannot be configured.
func TestDescribes(t *testing.T) {
	good := plugin("")
	for says, change := range map[string]func(*signals.Plugin){
		"Name and Doc":          func(p *signals.Plugin) { p.Doc = "" },
		"its Sample has":        func(p *signals.Plugin) { p.Sample = "[signals.other]" },
		"its New is nil":        func(p *signals.Plugin) { p.New = nil },
		"return a pointer":      func(p *signals.Plugin) { p.New = func(signals.Env) any { return 5 } },
		"the same value twice":  func(p *signals.Plugin) { one := &grades{}; p.New = func(signals.Env) any { return one } },
		"has no toml tag":       func(p *signals.Plugin) { p.New = func(signals.Env) any { return &struct{ Open string }{} } },
		"neither a signals.Sou": func(p *signals.Plugin) { p.New = func(signals.Env) any { return &struct{ x int }{} } },
	} {
		p := good
		change(&p)
		if err := signalstest.Check(p); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
