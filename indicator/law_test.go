package indicator_test

import (
	"cmp"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// eachSubject runs a test for each of them.
func eachSubject(t *testing.T, test func(t *testing.T, s subject)) {
	t.Helper()
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) { test(t, s) })
	}
}

// TestWarmup checks that each indicator is ready after exactly Warmup updates, says 0
// until then, and stays ready.
func TestWarmup(t *testing.T) {
	eachSubject(t, func(t *testing.T, s subject) {
		p := s.make()
		warmup := p.Warmup()
		for i, b := range randomBars(seeded(1), warmup+50, 100, 20) {
			if i < warmup && slices.ContainsFunc(p.values(), func(x float64) bool { return x != 0 }) {
				t.Fatalf("says %v after %d updates of %d", p.values(), i, warmup)
			}
			p.update(b)
			if p.Ready() != (i+1 >= warmup) || p.Warmup() != warmup {
				t.Fatalf("after %d updates: ready %v, warm-up %d, at first %d", i+1, p.Ready(), p.Warmup(), warmup)
			}
		}
	})
}

// TestRefused checks that constructors panic on what no caller may pass. One subject of
// each type says what that is.
func TestRefused(t *testing.T) {
	tried := map[string]bool{}
	for _, s := range subjects() {
		kind, _, _ := strings.Cut(s.name, "(")
		tried[kind] = tried[kind] || s.refused != nil
		for i, construct := range s.refused {
			if !panics(construct) {
				t.Errorf("%s: construction %d of those to refuse is accepted", s.name, i)
			}
		}
	}
	for kind, ok := range tried {
		if !ok {
			t.Errorf("%s: no subject says what its constructor refuses", kind)
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

// TestAllocations checks that neither an update nor a value allocates, on a grid or off
// it, before Ready or after.
func TestAllocations(t *testing.T) {
	bars := randomBars(seeded(2), 1000, 100, 20)
	eachSubject(t, func(t *testing.T, s subject) {
		p, i, sum := s.make(), 0, 0.0
		if got := testing.AllocsPerRun(len(bars)-1, func() {
			b := bars[i]
			b.Close += 1e-11 * float64(i&1)
			p.update(b)
			for _, output := range p.outputs {
				sum += output()
			}
			i++
		}); got != 0 {
			t.Errorf("allocates %v times a bar", got)
		}
		_ = sum
	})
}

// TestDeterminism checks that two of a kind agree to the last bit, and that asking for
// values, or not, changes nothing.
func TestDeterminism(t *testing.T) {
	bars := randomBars(seeded(3), 500, 100, 20)
	eachSubject(t, func(t *testing.T, s subject) {
		p, q := s.make(), s.make()
		for _, b := range bars {
			p.update(b)
			q.update(b)
			p.values()
		}
		if !slices.Equal(p.values(), q.values()) {
			t.Errorf("%v and %v", p.values(), q.values())
		}
	})
}

// TestFlat checks what a market that does not move comes to.
func TestFlat(t *testing.T) {
	eachSubject(t, func(t *testing.T, s subject) {
		for _, x := range []float64{100, 0.07, 12345.67, 1e-8, 1e7 / 3.0} {
			p := s.make()
			b := bar{other: x}
			b.Open, b.High, b.Low, b.Close, b.Volume = x, x, x, x, 2
			for range 3*p.Warmup() + 20 {
				p.update(b)
			}
			for i, got := range p.values() {
				if math.IsNaN(got) || math.IsInf(got, 0) {
					t.Errorf("output %d at a price of %v is %v", i, x, got)
				}
				if i < len(s.flat) && got != s.flat[i] && !(math.IsNaN(s.flat[i]) && got == x) {
					t.Errorf("output %d at a price of %v is %v, want %v", i, x, got, s.flat[i])
				}
			}
		}
	})
}

// TestWild checks that no market drives a value to infinity or to what is no number:
// jumps by a billion and back, prices next to nothing, no volume. And once it is quiet
// again, nothing is left of it.
func TestWild(t *testing.T) {
	quiet := randomBars(seeded(6), 10_000, 100, 20)
	for i := range quiet {
		quiet[i].OpenTime += 10_000 * market.Day
	}
	eachSubject(t, func(t *testing.T, s subject) {
		p := s.make()
		for i, b := range wildBars(3*p.Warmup() + 300) {
			p.update(b)
			for k, got := range p.values() {
				if math.IsNaN(got) || math.IsInf(got, 0) {
					t.Fatalf("bar %d: output %d is %v", i, k, got)
				}
			}
		}
		for _, b := range quiet {
			p.update(b)
		}
		if s.batch != nil && !s.endless {
			compareBatch(t, s, p, quiet)
		}
	})
}

func wildBars(n int) []bar {
	bars := randomBars(seeded(4), n, 100, 20)
	for i := range bars {
		b := &bars[i]
		scale := []float64{1, 1, 1e9, 1e-10, 1e-10, 1}[i/7%6]
		b.Open, b.High, b.Low, b.Close, b.other = b.Open*scale, b.High*scale, b.Low*scale, b.Close*scale, b.other*scale
		if i/50%2 == 1 {
			b.Volume = 0
		}
	}
	return bars
}

// TestBatch compares each indicator at each bar of random walks with its definition,
// computed anew over all bars so far.
func TestBatch(t *testing.T) {
	subjects := slices.DeleteFunc(subjects(), func(s subject) bool { return s.batch == nil })
	rapid.Check(t, func(t *rapid.T) {
		level, step := rapid.SampledFrom([]int64{100, 10_000}).Draw(t, "level"), rapid.Int64Range(1, 50).Draw(t, "step")
		draw := seeded(rapid.Uint64().Draw(t, "seed"))
		s := rapid.SampledFrom(subjects).Draw(t, "subject")
		p := s.make()
		bars := randomBars(draw, p.Warmup()+rapid.IntRange(0, 40).Draw(t, "bars"), level, step)
		for i, b := range bars {
			p.update(b)
			if p.Ready() {
				compareBatch(t, s, p, bars[:i+1])
			}
		}
	})
	for _, s := range subjects { // each at least once, at the longest
		p := s.make()
		bars := randomBars(seeded(5), p.Warmup()+100, 1000, 30)
		for _, b := range bars {
			p.update(b)
		}
		compareBatch(t, s, p, bars)
	}
}

// compareBatch compares the outputs with those of the definition, and returns how far
// they are away at most.
func compareBatch(t rapid.TB, s subject, p probe, bars []bar) (worst float64) {
	t.Helper()
	want := s.batch(bars)
	for i, got := range p.values() {
		off := away(got, want[i], cmp.Or(s.unit, 1))
		if !(off <= 1e-10) {
			t.Fatalf("%s, bar %d: output %d is %v, want %v", s.name, len(bars)-1, i, got, want[i])
		}
		worst = max(worst, off)
	}
	return worst
}

// TestLongRun feeds each indicator many bars and then compares it with its definition
// over the last ones: rounding errors must not add up. The comments of the indicators
// state what 10 million gave (SIGNALMAN_BARS=10000000 go test -v -run TestLongRun).
func TestLongRun(t *testing.T) {
	const chunk, tail = 50_000, 20_000
	n := longRun(t)
	subjects := slices.DeleteFunc(subjects(), func(s subject) bool { return s.batch == nil || s.endless })
	probes, worst := make([]probe, len(subjects)), make([]float64, len(subjects))
	for i, s := range subjects {
		probes[i] = s.make()
	}
	for k := range n / chunk {
		bars := randomBars(seeded(uint64(k)), chunk, 10_000, 300)
		for i := range bars {
			bars[i].OpenTime += market.Time(k*chunk) * market.Day / 24
		}
		for i, p := range probes {
			for _, b := range bars {
				p.update(b)
			}
			worst[i] = max(worst[i], compareBatch(t, subjects[i], p, last(bars, tail)))
		}
	}
	for i, s := range subjects {
		t.Logf("%s: %.1g", s.name, worst[i])
	}
}

// longRun returns the number of bars of a long run.
func longRun(t *testing.T) int {
	t.Helper()
	s := os.Getenv("SIGNALMAN_BARS")
	switch {
	case s == "" && testing.Short():
		return 50_000
	case s == "":
		return 100_000
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
