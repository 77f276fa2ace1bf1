package venue

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// side of a book as a client keeps it: quantities by price, both as text.
type kept map[string]string

func (k kept) take(t *rapid.T, raw []byte) {
	var levels [][2]string
	if err := json.Unmarshal(raw, &levels); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	for _, l := range levels {
		if d := decimal.RequireFromString(l[1]); d.IsZero() {
			delete(k, l[0])
		} else {
			k[l[0]] = l[1]
		}
	}
}

// TestBookFollows: a snapshot taken at any time, with the changes that end after it, is the
// book of later.
func TestBookFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := market.Bare("BTCUSDT", "BTC", "USDT")
		in.Tick = decimal.New(1, -rapid.SampledFrom([]int32{1, 2, 4}).Draw(t, "tick"))
		b := &book{Instrument: in}
		bars := someBars(t, market.Minute)
		p, err := newPit(b, bars.Slice(0, 1), false, 0, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		next := func() bool {
			at := p.due()
			if at < market.MaxTime {
				p.reach(at, nil)
			}
			return at < market.MaxTime
		}
		next()
		seen, told := []ladder{p.ladder()}, p.update()
		var book [2]kept
		since := int64(-1)
		for next() {
			seen = append(seen, p.ladder())
			if since < 0 && rapid.IntRange(0, 5).Draw(t, "snapshot") == 0 {
				l := p.ladder()
				since = l.update
				for i := range book {
					book[i] = kept{}
					book[i].take(t, p.appendSide(nil, &l, i == 1, rungs))
				}
			}
			if rapid.IntRange(0, 2).Draw(t, "push") > 0 {
				continue
			}
			is := seen[len(seen)-1]
			if since >= 0 && is.update > since {
				if told+1 > since+1 && told < since {
					t.Fatalf("a change from %d to %d leaves a gap after %d", told+1, is.update, since)
				}
				for i := range book {
					book[i].take(t, p.appendChange(nil, seen, i == 1))
					want := kept{}
					want.take(t, p.appendSide(nil, &is, i == 1, rungs))
					if !maps.Equal(want, book[i]) {
						t.Fatalf("side %d (-book +kept):\n%s", i, cmp.Diff(want, book[i]))
					}
				}
			}
			seen, told = append(seen[:0], is), is.update
		}
	})
}
