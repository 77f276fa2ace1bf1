package blend_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/blend"
)

const (
	start = market.Time(1_704_067_200_000_000_000) // 2024-01-01
	hour  = market.Time(time.Hour)
)

// said makes a row about an hour, known an hour later or when it says.
func said(source string, kind market.SignalKind, subject market.Subject, about, known int, value float64) market.Signal {
	return market.Signal{Source: source, Kind: kind, Subject: subject, Effective: start + market.Time(about)*hour, Known: start + market.Time(known)*hour, Value: value}
}

func null(s market.Signal) market.Signal { s.Null, s.Value = true, 0; return s }

// told prints rows as "known: kind subject value (about)".
func told(rows []market.Signal) (lines []string) {
	for _, s := range rows {
		late := ""
		if (s.Known-start)%hour == 1 {
			late = "+1ns"
		}
		lines = append(lines, fmt.Sprintf("%dh%s: %s %s %.4g (%dh)", (s.Known-start)/hour, late, s.Kind, s.Subject, s.Value, (s.Effective-start)/hour))
		if s.Null {
			lines[len(lines)-1] = fmt.Sprintf("%dh%s: %s %s null (%dh)", (s.Known-start)/hour, late, s.Kind, s.Subject, (s.Effective-start)/hour)
		}
	}
	return lines
}

var day = market.Duration(24 * time.Hour)

func TestMethods(t *testing.T) {
	two := []blend.Input{
		{Source: "tm", Kind: "grade", Low: 0, High: 100, Weight: 3, MaxAge: day},
		{Kind: "mood", Subject: "market", MaxAge: day},
	}
	rows := []market.Signal{
		said("tm", "grade", "BTC", 0, 1, 75),     // 0.5
		said("news", "mood", "*", 1, 2, -0.5),    // known beside it
		null(said("news", "mood", "*", 3, 4, 0)), // nothing to say
		said("news", "mood", "*", 5, 6, 1),
		said("other", "grade", "BTC", 6, 7, 0), // of another source
		said("tm", "grade", "BTC", 7, 8, 20),   // -0.6
	}
	for _, c := range []struct {
		config blend.Config
		want   []string
	}{
		{blend.Config{Method: "mean", Need: 1}, []string{
			"1h: x BTC 0.5 (0h)", "2h: x BTC 0.25 (0h)", "4h: x BTC 0.5 (0h)", "6h: x BTC 0.625 (0h)", "8h: x BTC -0.2 (5h)",
			"29h+1ns: x BTC -0.6 (7h)", "31h+1ns: x BTC null (7h)"}},
		{blend.Config{Method: "mean"}, []string{
			"2h: x BTC 0.25 (0h)", "4h: x BTC null (0h)", "6h: x BTC 0.625 (0h)", "8h: x BTC -0.2 (5h)", "29h+1ns: x BTC null (5h)"}},
		{blend.Config{Method: "vote"}, []string{
			"2h: x BTC 0.5 (0h)", "4h: x BTC null (0h)", "6h: x BTC 1 (0h)", "8h: x BTC -0.5 (5h)", "29h+1ns: x BTC null (5h)"}},
		{blend.Config{Method: "agree"}, []string{
			"2h: x BTC 0 (0h)", "4h: x BTC null (0h)", "6h: x BTC 1 (0h)", "8h: x BTC 0 (5h)", "29h+1ns: x BTC null (5h)"}},
		{blend.Config{Method: "first"}, []string{
			"1h: x BTC 0.5 (0h)", "8h: x BTC -0.6 (7h)", "31h+1ns: x BTC null (7h)"}},
	} {
		c.config.Kind, c.config.Inputs = "x", two
		got := told(signals.Derived(c.config.Derive("mix"), rows))
		if diff := gocmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s, need %d: %s", c.config.Method, c.config.Need, diff)
		}
	}
}

// TestFallback goes on with the second source while the first says nothing, and says so
// at the moment at which the first grows too old.
func TestFallback(t *testing.T) {
	c := blend.Config{Kind: "x", Method: "first", Inputs: []blend.Input{
		{Source: "a", Kind: "k", MaxAge: market.Duration(2 * time.Hour)}, {Source: "b", Kind: "k", MaxAge: day},
	}}
	got := told(signals.Derived(c.Derive("mix"), []market.Signal{
		said("b", "k", "BTC", 0, 0, 1), said("a", "k", "BTC", 1, 1, 2), said("a", "k", "ETH", 1, 1, 7),
	}))
	want := []string{
		"0h: x BTC 1 (0h)", "1h: x BTC 2 (1h)", "1h: x ETH 7 (1h)",
		"3h+1ns: x BTC 1 (1h)", "3h+1ns: x ETH null (1h)", "24h+1ns: x BTC null (1h)",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAgainstOracle compares what is in force at random times with a reading of all rows
// known by then, which knows nothing of what came before.
func TestAgainstOracle(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 11))
		c, rows := drawn(r)
		made := signals.Derived(c.Derive("mix"), rows)
		for i := 1; i < len(made); i++ {
			if made[i].Compare(&made[i-1]) <= 0 {
				t.Fatalf("seed %d: %v before %v", seed, told(made[i-1:i]), told(made[i:i+1]))
			}
		}
		for i := range made {
			if err := made[i].Validate(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		for range 60 {
			now := start + market.Time(r.IntN(140))*hour/2 + market.Time(r.IntN(2))
			for _, subject := range []market.Subject{"BTC", "ETH"} {
				want, known := oracle(c, rows, subject, now)
				got, ok := inForce(made, "mix", "x", subject, now)
				if !ok && known {
					t.Fatalf("seed %d: nothing of %s at %s, want %g", seed, subject, now, want)
				}
				if ok && !got.Null != known || known && got.Value != want {
					t.Fatalf("seed %d: %s of %s at %s, want %g %v", seed, got.ValueText(), subject, now, want, known)
				}
			}
		}
	}
}

// drawn makes a blend and rows for it.
func drawn(r *rand.Rand) (*blend.Config, []market.Signal) {
	c := &blend.Config{Kind: "x", Method: []string{"mean", "vote", "agree", "first"}[r.IntN(4)], Assets: []market.Subject{"BTC", "ETH"}}
	for i := range 1 + r.IntN(3) {
		in := blend.Input{
			Source: []string{"", "a", "b"}[r.IntN(3)], Kind: market.SignalKind("k" + string(rune('0'+i))),
			MaxAge: market.Duration(1+r.IntN(20)) * market.Duration(time.Hour), Weight: []float64{0, 2, -1}[r.IntN(3)],
		}
		if i > 0 && r.IntN(3) == 0 {
			in.Subject = "market"
		}
		if r.IntN(2) == 0 {
			in.Low, in.High = 20, 80
		}
		c.Inputs = append(c.Inputs, in)
	}
	c.Need = r.IntN(len(c.Inputs) + 1)
	var rows []market.Signal
	for i := range r.IntN(40) {
		about := r.IntN(40)
		s := said([]string{"a", "b"}[r.IntN(2)], market.SignalKind("k"+string(rune('0'+r.IntN(3)))), []market.Subject{"BTC", "ETH", "*"}[r.IntN(3)], about, about+r.IntN(20), float64(r.IntN(5)*25))
		s.Revision = i // no two are one row
		if r.IntN(6) == 0 {
			s = null(s)
		}
		rows = append(rows, s)
	}
	slices.SortFunc(rows, func(a, b market.Signal) int { return a.Compare(&b) })
	return c, rows
}

// inForce is S2, read off the rows.
func inForce(rows []market.Signal, source string, kind market.SignalKind, subject market.Subject, now market.Time) (best market.Signal, ok bool) {
	for _, s := range rows {
		if s.Known <= now && s.Kind == kind && s.Subject == subject && (source == "" || s.Source == source) && (!ok || s.Supersedes(&best)) {
			best, ok = s, true
		}
	}
	return best, ok
}

// oracle says what a blend is at a time.
func oracle(c *blend.Config, rows []market.Signal, subject market.Subject, now market.Time) (value float64, ok bool) {
	var values, weights []float64
	for _, in := range c.Inputs {
		about := subject
		if in.Subject == "market" {
			about = "*"
		}
		s, known := inForce(rows, in.Source, in.Kind, about, now)
		if !known || s.Null || now-s.Effective > market.Time(in.MaxAge) {
			continue
		}
		v := s.Value
		if in.Low != in.High {
			v = max(-1, min(1, 2*(v-in.Low)/(in.High-in.Low)-1))
		}
		if c.Method == "first" {
			return v, true
		}
		if c.Method != "mean" {
			v = float64(cmp.Compare(v, 0))
		}
		values, weights = append(values, v), append(weights, cmp.Or(in.Weight, 1))
	}
	if need := cmp.Or(c.Need, len(c.Inputs)); len(values) < need || c.Method == "first" {
		return 0, false
	}
	if c.Method == "agree" {
		if slices.Min(values) == slices.Max(values) {
			return values[0], true
		}
		return 0, true
	}
	var sum, total float64
	for i, v := range values {
		sum += v * weights[i]
		total += max(weights[i], -weights[i])
	}
	return sum / total, true
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		config blend.Config
		want   string
	}{
		{blend.Config{}, "kind is empty: name the kind of the rows that the blend makes"},
		{blend.Config{Kind: "x"}, `inputs has 0 signals: name from 1 to 64, such as inputs = [{ kind = "trader_grade", low = 0, high = 100 }]`},
		{blend.Config{Kind: "x", Need: 2, Inputs: []blend.Input{{Kind: "k"}}}, "need = 2 is more than the 1 inputs"},
		{blend.Config{Kind: "x", Inputs: []blend.Input{{Kind: "k"}, {}}}, "inputs[1]: kind is empty: name a kind of signal"},
		{blend.Config{Kind: "x", Inputs: []blend.Input{{Kind: "k", Above: -1}}}, "inputs[0]: above = -1 is less than below = 0: a value cannot be both"},
		{blend.Config{Kind: "x", Inputs: []blend.Input{{Kind: "k", Low: 3, High: 3}}}, "inputs[0]: low and high are both 3: they are the values that count as −1 and 1"},
		{blend.Config{Kind: "x", Method: "first", Need: 2, Inputs: []blend.Input{{Kind: "k"}, {Kind: "l"}}}, `need = 2: method = "first" takes one`},
		{blend.Config{Kind: "x", Assets: []market.Subject{"BTC", "*"}, Inputs: []blend.Input{{Kind: "k"}}}, `assets[1]: "*" is no asset, or stands twice: name assets such as BTC`},
		{blend.Config{Kind: "x", Assets: []market.Subject{"BTC", "BTC"}, Inputs: []blend.Input{{Kind: "k"}}}, `assets[1]: "BTC" is no asset, or stands twice: name assets such as BTC`},
		{blend.Config{Kind: "x", Inputs: []blend.Input{{Kind: "x"}}}, "inputs[0]: kind x is that of the blend itself, which it does not read: give the blend another kind, or name a source here"},
		{blend.Config{Kind: "x", Inputs: []blend.Input{{Kind: "k"}}}, "<nil>"},
	} {
		if got := fmt.Sprint(c.config.Check()); got != c.want {
			t.Errorf("%+v: %s, want %s", c.config, got, c.want)
		}
	}
}
