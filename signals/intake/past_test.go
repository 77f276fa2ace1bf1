package intake_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/intake"
)

// told is what a source said last about a time, by the naive oracle.
type told struct {
	value float64
	null  bool
}

// past is what stood in force at each hour before the batch at hand.
type past struct {
	asOf map[string]market.Signal // by feed and hour
	each map[string]market.Signal // by feed, effective time and hour
}

const hours = 24 * 12

// look asks every question about the times before one.
func look(rows []market.Signal, before market.Time) past {
	p := past{map[string]market.Signal{}, map[string]market.Signal{}}
	for h := range market.Time(hours) {
		t := begin + h*market.Time(3600e9)
		if t >= before {
			break
		}
		for _, s := range rows {
			if s.Known > t {
				continue
			}
			feed := fmt.Sprint(s.Source, s.Subject, h)
			if old, ok := p.asOf[feed]; !ok || s.Supersedes(&old) {
				p.asOf[feed] = s
			}
			feed += fmt.Sprint(" ", s.Effective)
			if old, ok := p.each[feed]; !ok || s.Supersedes(&old) {
				p.each[feed] = s
			}
		}
	}
	return p
}

// TestNothingRewritesThePast feeds random batches through clocks that are set back and
// programs that are restarted, and asks after each what was known at every hour before.
func TestNothingRewritesThePast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, c := &memory{}, clock(begin)
		said := map[string]told{}
		in, heard := intake.New(m, c.now, nil), map[string]market.Time{}
		for range rapid.IntRange(1, 12).Draw(t, "batches") {
			c = clock(max(begin, market.Time(c)+market.Time(rapid.IntRange(-20, 40).Draw(t, "hours"))*market.Time(3600e9)))
			if rapid.Bool().Draw(t, "restart") {
				in, heard = intake.New(m, c.now, nil), map[string]market.Time{}
			}
			rows := drawRows(t)
			stamp := map[string]market.Time{}
			for _, s := range rows {
				last, _ := m.LastKnown(s.Source)
				stamp[s.Source] = max(market.Time(c), last, heard[s.Source])
				heard[s.Source] = stamp[s.Source]
			}
			before := map[string]past{}
			for source, at := range stamp {
				before[source] = look(of(m.rows, source), at)
			}
			count := len(m.rows)
			if lag := rapid.SampledFrom([]int{-1, -1, 24, 30}).Draw(t, "lag"); lag < 0 {
				_, err := in.Arrive("", batch(rows...))
				onlyBad(t, err)
				for source, p := range before {
					same(t, p, look(of(m.rows, source), stamp[source]))
				}
				for _, s := range m.rows[count:] {
					if s.Known != stamp[s.Source] || s.Assumed {
						t.Fatalf("%s arrived at %s", brief([]market.Signal{s}), days(stamp[s.Source]))
					}
				}
			} else {
				_, err := in.Backfill("", batch(rows...), lagOf(lag))
				onlyBad(t, err)
				for source, p := range before {
					added(t, p, look(of(m.rows, source), stamp[source]))
				}
			}
			once := map[string]bool{} // the first of two that contradict each other counts
			for _, s := range rows {
				if k := fmt.Sprint(s.Source, s.Subject, s.Effective); !once[k] {
					once[k] = true
					said[k] = told{s.Value, s.Null}
				}
			}
			agrees(t, m.rows, said)
		}
	})
}

// onlyBad fails for any error but bad rows.
func onlyBad(t *rapid.T, err error) {
	if err != nil && !errors.Is(err, intake.ErrBad) {
		t.Fatal(err)
	}
}

func drawRows(t *rapid.T) (rows []market.Signal) {
	for range rapid.IntRange(1, 5).Draw(t, "rows") {
		s := grade(rapid.IntRange(0, 6).Draw(t, "day"), float64(rapid.IntRange(0, 2).Draw(t, "value")))
		if s.Null = s.Value == 0; s.Null {
			s.Value = 0
		}
		s.Source = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source")
		s.Subject = rapid.SampledFrom([]market.Subject{"BTC", "ETH"}).Draw(t, "subject")
		rows = append(rows, s)
	}
	return rows
}

func of(all []market.Signal, source string) (rows []market.Signal) {
	for _, s := range all {
		if s.Source == source {
			rows = append(rows, s)
		}
	}
	return rows
}

// same fails unless what was in force at each hour is in force there still.
func same(t *rapid.T, was, is past) {
	if len(was.asOf) != len(is.asOf) {
		t.Fatalf("%d hours had a row in force, and %d have one now", len(was.asOf), len(is.asOf))
	}
	for k, s := range was.asOf {
		if is.asOf[k] != s {
			t.Fatalf("at %s: %+v was in force, and now %+v is", k, s, is.asOf[k])
		}
	}
}

// added fails unless all that is new in the past is about times about which nothing was
// stored, and says that it is assumed.
func added(t *rapid.T, was, is past) {
	for k, s := range was.each {
		if is.each[k] != s {
			t.Fatalf("at %s: %+v was known, and now %+v is", k, s, is.each[k])
		}
	}
	for k, s := range is.each {
		if _, ok := was.each[k]; !ok && !s.Assumed {
			t.Fatalf("at %s: %+v was observed afterwards", k, s)
		}
	}
}

// agrees fails unless the rows in force, when all is known, say what was said last, and
// nothing that repeats the one before is stored.
func agrees(t *rapid.T, rows []market.Signal, said map[string]told) {
	force, values := map[string]market.Signal{}, map[string]int{}
	for _, s := range rows {
		k := fmt.Sprint(s.Source, s.Subject, s.Effective)
		old, ok := force[k]
		if ok && s.Repeats(&old) {
			t.Fatalf("%+v is stored after %+v", s, old)
		}
		if ok != (s.Revision > 0) || s.Revision != values[k] {
			t.Fatalf("%+v has revision %d and is number %d", s, s.Revision, values[k])
		}
		if ok && !s.Supersedes(&old) {
			t.Fatalf("%+v does not supersede %+v", s, old)
		}
		values[k]++
		force[k] = s
	}
	for k, v := range said {
		if s, ok := force[k]; !ok || s.Null != v.null || s.Value != v.value {
			t.Fatalf("%s: %+v was said, and %+v is in force", k, v, s)
		}
	}
}
