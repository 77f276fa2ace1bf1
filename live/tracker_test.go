package live

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// TestTrackerTellsEachFillOnce draws an order's life, and lets its reports arrive through
// updates, answers and queries: late, twice and in any order. What the engine is told
// adds up, never goes back, and ends as the order did.
func TestTrackerTellsEachFillOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quantities := rapid.SliceOfN(rapid.IntRange(1, 5), 0, 5).Draw(t, "fills")
		whole := rapid.Bool().Draw(t, "filled whole")
		byQuote := rapid.Bool().Draw(t, "names quote")
		var fills, others []market.OrderUpdate
		total := decimal.Zero
		others = append(others, market.OrderUpdate{State: market.Accepted})
		for k, q := range quantities {
			total = total.Add(decimal.New(int64(q), 0))
			state := market.Partial
			if whole && k == len(quantities)-1 {
				state = market.Filled
			}
			f := market.Fill{Trade: fmt.Sprint(k), Quantity: decimal.New(int64(q), 0), Price: decimal.New(1, 0)}
			fills = append(fills, market.OrderUpdate{State: state, Fill: &f, Filled: total})
			others = append(others, market.OrderUpdate{State: state, Filled: total})
		}
		end := market.Filled
		if !whole || len(quantities) == 0 {
			end = market.Cancelled
		}
		others = append(others, market.OrderUpdate{State: end, Filled: total})
		o := market.Order{Quantity: total}
		switch {
		case byQuote:
			o = market.Order{Quote: decimal.New(100, 0)}
		case end == market.Cancelled:
			o.Quantity = total.Add(decimal.New(1, 0))
		}

		tr := &tracked{order: o}
		var told []market.OrderUpdate
		reports := rapid.Permutation(append(append(fills, fills...), others...)).Draw(t, "reports")
		for _, u := range reports {
			told = append(told, tr.observe(u)...)
		}
		sum, seen, ended := decimal.Zero, map[string]bool{}, 0
		for _, u := range told {
			if ended > 0 {
				t.Fatalf("told %v after the end", u)
			}
			if u.Fill != nil {
				if seen[u.Fill.Trade] {
					t.Fatalf("fill %s is told twice", u.Fill.Trade)
				}
				seen[u.Fill.Trade] = true
				sum = sum.Add(u.Fill.Quantity)
			}
			if !u.Filled.Equal(sum) {
				t.Fatalf("told %s filled after fills of %s", u.Filled, sum)
			}
			if u.State.Final() {
				ended++
			}
		}
		if ended != 1 || told[len(told)-1].State != end || !sum.Equal(total) {
			t.Fatalf("ended %d times with %v and %s of %s\n%v", ended, told[len(told)-1].State, sum, total, told)
		}
	})
}
