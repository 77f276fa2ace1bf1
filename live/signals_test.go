package live

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// echo derives: it repeats each row under its own name, and takes it back after ten minutes.
type echo struct{}

func (echo) Kinds() []market.SignalKind            { return []market.SignalKind{"echo"} }
func (echo) Derive(name string) signals.Derivation { return &echoing{name: name} }

type echoing struct {
	name string
	next market.Time
}

func (e *echoing) Next() market.Time { return e.next }

func (e *echoing) At(now market.Time, rows []market.Signal) (made []market.Signal) {
	if e.next > 0 && e.next <= now {
		e.next = 0
		made = append(made, market.Signal{Source: e.name, Kind: "echo", Subject: "A", Effective: now, Known: now, Null: true})
	}
	for _, r := range rows {
		if e.next = now + 10*market.Time(market.Minute); r.Value != 0 {
			made = append(made, market.Signal{Source: e.name, Kind: "echo", Subject: "A", Effective: now, Known: now, Value: -r.Value})
		}
	}
	return made
}

// row is what a source says of A, known some time after a start.
func row(value float64, known market.Time) market.Signal {
	return market.Signal{Source: "news", Kind: "mood", Subject: "A", Effective: known, Known: known, Value: value}
}

// TestSignalsReachASession shows when rows that are stored, that arrive and that are derived
// are told: with the first bar, when they arrive, and when others grow too old.
func TestSignalsReachASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeedTest(t)
		start := market.TimeOf(f.began)
		f.last = start - 1 // as the opening sets it
		f.signals = NewSignals([]market.Signal{row(2, start-hourOf), row(1, start-2*hourOf), row(4, start+90*market.Time(time.Second))})
		f.signals.Derive("echo", echo{})
		f.signals.attach(f.inbox.ring)
		for k := range 3 {
			f.bar(0, k, time.Duration(k+1)*time.Minute)
			f.bar(1, k, time.Duration(k+1)*time.Minute)
		}
		time.AfterFunc(100*time.Second, func() { f.signals.Arrive([]market.Signal{row(5, f.now())}) })
		time.AfterFunc(200*time.Second, func() { f.signals.Arrive([]market.Signal{row(0, f.now())}) })
		const far = time.Hour
		got := f.told(7, far)
		want := []string{
			"at 0s: 0s news 1, 0s news 2, 0s echo -1, 0s echo -2",
			"at 1m0s: 1m0s A 1m, 1m0s B 1m",
			"at 1m30s: 1m30s echo -4, 1m30s news 4",
			"at 1m40s: 1m40s echo -5, 1m40s news 5",
			"at 2m0s: 2m0s A 1m, 2m0s B 1m",
			"at 3m0s: 3m0s A 1m, 3m0s B 1m",
			"at 3m20s: 3m20s news 0",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"at 5m5s: 5m0s B 5m", "at 13m20s: 13m20s echo null"}, f.told(2, far)); diff != "" {
			t.Error(diff)
		}
	})
}

const hourOf = market.Time(market.Hour)

// told writes down the next instants.
func (f *feedTest) told(n int, limit time.Duration) (lines []string) {
	for range n {
		events, err := f.Next(f.t.Context(), market.TimeOf(f.began.Add(limit)))
		if err != nil {
			f.t.Fatal(err)
		}
		var words []string
		for i := range events {
			words = append(words, f.word(&events[i]))
		}
		lines = append(lines, fmt.Sprintf("at %s: %s", time.Since(f.began), strings.Join(words, ", ")))
	}
	return lines
}

func (f *feedTest) word(e *market.Event) string {
	after := time.Duration(e.Time - market.TimeOf(f.began))
	if s := e.Signal; s != nil {
		return fmt.Sprintf("%s %s %s", after, s.Source, s.ValueText())
	}
	return fmt.Sprintf("%s %s %s", after, []string{"A", "B"}[e.Instrument], e.Interval)
}

// TestSignalsAreToldOnce takes up the journal of a session: what it told is not told again,
// what was stored since is, and what is derived goes on.
func TestSignalsAreToldOnce(t *testing.T) {
	minute := market.Time(market.Minute)
	stored := []market.Signal{row(1, 10*minute), row(2, 10*minute), row(3, 30*minute), row(4, 31*minute)}
	stored[1].Kind = "other"
	s := NewSignals(stored[:3])
	s.Derive("echo", echo{})
	told := s.take(nil, 30*minute)
	if len(told) != 6 {
		t.Fatalf("%d rows were told, of 3 with 3 derived", len(told))
	}
	again := NewSignals(stored)
	again.Derive("echo", echo{})
	again.replay(30*minute, told)
	again.resume()
	var got []string
	for _, e := range append(again.take(nil, 31*minute), again.take(nil, 41*minute)...) {
		got = append(got, fmt.Sprintf("%s %s %s", time.Duration(e.Time), e.Signal.Source, e.Signal.ValueText()))
	}
	if diff := cmp.Diff([]string{"31m0s echo -4", "31m0s news 4", "41m0s echo null"}, got); diff != "" {
		t.Error(diff)
	}
	if next := again.next(); next != market.MaxTime {
		t.Errorf("more at %s", next)
	}
}

// TestNoSignals shows that a session may have none.
func TestNoSignals(t *testing.T) {
	var s *Signals
	s.attach(nil)
	s.replay(0, nil)
	s.resume()
	if events := s.take(nil, market.MaxTime); events != nil || s.next() != market.MaxTime {
		t.Error(events)
	}
	if list, _ := executions(nil, []engine.Subscription{}); list != nil {
		t.Error(list)
	}
}
