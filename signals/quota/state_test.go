package quota

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// An oracle keeps every call that was charged, and counts them anew each time.
type oracle struct {
	latest market.Time   // of a charge: from then on time does not go back
	calls  []market.Time // by the ledger's clock
}

// spent counts the calls of the window that a time lies in, straight from its definition.
func (o *oracle) spent(window string, now market.Time) (n int) {
	for _, at := range o.calls {
		u, v := at.UTC(), now.UTC()
		same := map[string]bool{
			"month":  u.Year() == v.Year() && u.Month() == v.Month(),
			"day":    u.Truncate(24 * time.Hour).Equal(v.Truncate(24 * time.Hour)),
			"hour":   u.Truncate(time.Hour).Equal(v.Truncate(time.Hour)),
			"minute": v.Truncate(time.Second).Sub(u.Truncate(time.Second)) <= time.Minute,
		}
		if same[window] {
			n++
		}
	}
	return n
}

// may reports whether a call may be made.
func (o *oracle) may(l Limits, now market.Time) bool {
	for _, window := range names {
		if n := limit(l, window); n > 0 && o.spent(window, now) >= n {
			return false
		}
	}
	return true
}

// TestLedgerIsTheOracle: under clocks that jump forward and back, restarts, several
// processes, limits that are changed and calls that are given back, the ledger allows just
// what a count of all calls allows.
func TestLedgerIsTheOracle(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 7))
		book, o := &Memory{}, &oracle{}
		clock := time.Date(2024, 1, 30, 23, 50, 0, 0, time.UTC)
		limits := Limits{Month: 40, Day: 15, Hour: 9, Minute: 4}
		process := func() *Ledger {
			l := NewLedger(book, func() time.Time { return clock })
			l.Limit("far", limits)
			return l
		}
		processes := []*Ledger{process(), process(), process()}
		for step := range 400 {
			jump(random, &clock)
			switch random.IntN(40) {
			case 0:
				processes[random.IntN(3)] = process()
			case 1:
				limits = Limits{Month: random.IntN(60), Day: random.IntN(20), Hour: random.IntN(10), Minute: random.IntN(5)}
				for i := range processes {
					processes[i].Limit("far", limits)
				}
			}
			now := max(o.latest, market.TimeOf(clock))
			l := processes[random.IntN(3)]
			r, no, err := l.charge("far", signals.Held)
			if err != nil || (no == nil) != o.may(limits, now) {
				t.Fatalf("seed %d, step %d at %s: %+v, %v", seed, step, now, no, err)
			}
			if no != nil {
				if no.until <= now || no.kind != signals.ErrBudget {
					t.Fatalf("seed %d, step %d at %s: until %s", seed, step, now, no.until)
				}
				continue
			}
			o.latest = now
			o.calls = append(o.calls, now)
			if random.IntN(10) == 0 {
				if err := l.refund("far", r); err != nil {
					t.Fatal(err)
				}
				o.calls = o.calls[:len(o.calls)-1]
			}
			left, err := l.Left("far", clock)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range left.Windows {
				if want := o.spent(w.Name, o.latest); w.Spent != want || w.Limit > 0 && w.Left != max(0, w.Limit-want) {
					t.Fatalf("seed %d, step %d at %s: %+v, want %d spent", seed, step, o.latest, w, want)
				}
			}
		}
	}
}

// jump moves a clock as clocks move, and as they should not.
func jump(r *rand.Rand, clock *time.Time) {
	steps := []time.Duration{0, time.Millisecond, 300 * time.Millisecond, time.Second, 7 * time.Second, 20 * time.Second, 61 * time.Second, 11 * time.Minute, 3 * time.Hour, 30 * time.Hour}
	d := steps[min(r.IntN(len(steps)+6)%len(steps), len(steps)-1)]
	if r.IntN(15) == 0 {
		d = -d
	}
	*clock = clock.Add(d)
}

// TestNoMinuteIsTwiceAsLarge: no 60 seconds see more calls than a minute allows, wherever
// they begin.
func TestNoMinuteIsTwiceAsLarge(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	clock := time.Date(2024, 5, 1, 0, 0, 57, 0, time.UTC)
	l := NewLedger(&Memory{}, func() time.Time { return clock })
	l.Limit("far", Limits{Minute: 5})
	var sent []time.Time
	for range 5000 {
		clock = clock.Add(time.Duration(random.IntN(4000)) * time.Millisecond)
		_, no, err := l.charge("far", signals.Held)
		if err != nil {
			t.Fatal(err)
		}
		if no == nil {
			sent = append(sent, clock)
		}
	}
	for i := 5; i < len(sent); i++ {
		if d := sent[i].Sub(sent[i-5]); d < time.Minute {
			t.Fatalf("6 calls in %s", d)
		}
	}
	if len(sent) < 600 {
		t.Errorf("%d calls in 10,000 s", len(sent))
	}
}

// TestPriorities: what is planned at higher priority is left.
func TestPriorities(t *testing.T) {
	clock := time.Date(2024, 5, 31, 12, 0, 0, 0, time.UTC)
	l := NewLedger(&Memory{}, func() time.Time { return clock })
	l.Limit("far", Limits{Month: 10})
	l.Keep("far", func(above signals.Priority, from, until time.Time) int {
		if !from.Equal(clock) || !until.Equal(time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("asked from %s until %s", from, until)
		}
		return map[signals.Priority]int{signals.Held: 0, signals.Candidate: 2, signals.Universe: 5}[above]
	})
	if n, limited, err := l.Spare("far", signals.Universe, clock); n != 5 || !limited || err != nil {
		t.Errorf("%d calls to spare, %t, %v", n, limited, err)
	}
	made := map[signals.Priority]int{}
	for _, p := range []signals.Priority{signals.Universe, signals.Candidate, signals.Held} {
		for range 20 {
			_, no, err := l.charge("far", p)
			if err != nil {
				t.Fatal(err)
			}
			if no == nil {
				made[p]++
			} else if p == signals.Universe && no.why != "the 5 calls left of the month are kept for what matters more, which is planned to make 5" {
				t.Error(no.why)
			}
		}
	}
	if made[signals.Universe] != 5 || made[signals.Candidate] != 3 || made[signals.Held] != 2 {
		t.Errorf("calls by priority: %v", made)
	}
}

// TestLearning: what the provider says makes a quota smaller and never larger, and pauses
// grow until there is an answer.
func TestLearning(t *testing.T) {
	now := market.TimeOf(time.Date(2024, 5, 15, 12, 0, 0, 0, time.UTC))
	month := end("month", now)
	l := Limits{Month: 100, Minute: 20}
	least := func(s *State) int {
		n, _ := Left{Windows: s.windows(l)}.Least()
		return n
	}
	s := &State{}
	s.advance(now)
	for range 3 {
		s.charge()
	}
	s.learn(3, now, &heard{answered: true, caps: []Cap{{Window: "month", Left: 500, Until: month}}, limits: Limits{Month: 1000, Hour: 30}})
	if n := least(s); n != 27 {
		t.Errorf("%d left, want 27 of the hour that was learnt", n)
	}
	s.learn(2, now, &heard{answered: true, caps: []Cap{{Window: "month", Left: 1, Until: month}}})
	if n := least(s); n != 27 {
		t.Errorf("%d left: an answer to an earlier call counted", n)
	}
	s.charge()
	s.learn(3, now, &heard{answered: true, caps: []Cap{{Window: "month", Left: 9, Until: month}}})
	if n := least(s); n != 8 {
		t.Errorf("%d left, want 8: one call came after what the provider counted", n)
	}
	s.learn(4, now, &heard{limits: Limits{Month: 4}})
	if no := s.refused(l, func(_, _ market.Time) int { return 0 }); no == nil || no.until != month || no.why != "4 of 4 calls of the month are made" {
		t.Errorf("%+v", no)
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360} {
		s.learn(4, now, &heard{limited: true})
		if got := s.Pause.Until - now; got != market.Time(want*time.Minute) {
			t.Errorf("pause of %s, want %d min", market.Duration(got), want)
		}
	}
	s.learn(4, now, &heard{denied: true})
	s.learn(5, now, &heard{answered: true})
	if s.Strikes != 0 || s.Denied != 0 {
		t.Errorf("%+v", s)
	}
	s.advance(month)
	if n := least(s); n != 4 || len(s.Caps) != 0 || s.Pause.Until != 0 {
		t.Errorf("%d left in a new month, %+v", n, s)
	}
}

// TestBadRecords: what cannot be read is an error, and not a ledger with nothing in it.
func TestBadRecords(t *testing.T) {
	for _, text := range []string{"", "{", "null x", `{"calls":-1}`, "null", `{"calls":1}{}`, `{"spent":5}`, `{"recent":[{"from":"2024-05-01T00:00:00Z","calls":-4}]}`} {
		book := &Memory{texts: map[string][]byte{"far": []byte(text)}}
		if _, _, err := NewLedger(book, nil).charge("far", signals.Held); market.ClassOf(err) != market.Data {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzRecord: no record panics.
func FuzzRecord(f *testing.F) {
	f.Add(`{"time":"2024-05-01T00:00:00Z","calls":3,"month":{"from":"2024-05-01T00:00:00Z","calls":3},"recent":[{"from":"2024-05-01T00:00:00Z","calls":1}],"caps":[{"left":2,"after":9,"until":"2024-06-01T00:00:00Z"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		l := NewLedger(&Memory{texts: map[string][]byte{"far": []byte(text)}}, nil)
		l.Limit("far", Limits{Month: 5, Day: 4, Hour: 3, Minute: 2})
		made := 0
		for range 10 {
			if _, no, err := l.charge("far", signals.Held); err == nil && no == nil {
				made++
			}
		}
		if made > 2 && len(text) > 0 {
			t.Errorf("%d calls at once", made)
		}
	})
}
