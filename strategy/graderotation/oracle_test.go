package graderotation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/graderotation"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// next says what is held after a date, as plainly as the text of the strategy does. Assets are
// numbers, in the order of their symbols, and so are grades; those below 0 are absent.
func next(held []int, grades []int, top, buffer int) (after []int) {
	place := func(a int) (n int) { // how many are better
		for b := range grades {
			if grades[b] > grades[a] || grades[b] == grades[a] && b < a {
				n++
			}
		}
		return n
	}
	order := make([]int, len(grades))
	for a := range grades {
		order[place(a)] = a
	}
	for _, was := range []bool{true, false} {
		for _, a := range order {
			if grades[a] >= 0 && slices.Contains(held, a) == was && (!was || place(a) < top+buffer) && len(after) < top {
				after = append(after, a)
			}
		}
	}
	slices.Sort(after)
	return after
}

// Over random grades, with ties and gaps, it holds what is written above.
func TestHoldsWhatItSays(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 0))
		top, buffer := 1+r.IntN(3), r.IntN(3)
		c := graderotation.Plugin().New().(*graderotation.Config)
		c.Top, c.Buffer, c.MaxWeight, c.Schedule = top, buffer, 1, "0 0 * * *"
		story, want := strategytest.Story{Interval: 12 * market.Hour, Markets: make([]strategytest.Prices, 5)}, []string(nil)
		held := []int(nil)
		for day := range 25 {
			grades := make([]int, 5)
			for a := range grades {
				grades[a] = r.IntN(8) - 1
				story.Signals = append(story.Signals, market.Signal{
					Kind: "trader_grade", Subject: market.Subject("A" + fmt.Sprint(a)), Value: float64(max(grades[a], 0)), Null: grades[a] < 0,
					Effective: story.Start() + market.Time(day+1)*market.Day,
				})
			}
			held = next(held, grades, top, buffer)
			want = append(want, fmt.Sprint(held))
		}
		for a := range story.Markets {
			story.Markets[a] = strategytest.Prices{Symbol: fmt.Sprintf("A%dUSDT", a), Closes: slices.Repeat([]float64{100}, 2*26)}
		}
		lines, err := story.Play(c)
		if diff := cmp.Diff(want, holdings(lines, 25)); diff != "" || err != nil {
			t.Errorf("seed %d, top %d, buffer %d: %v (-want +got)\n%s", seed, top, buffer, err, diff)
		}
	}
}

// holdings returns what is held at the end of each day, from the decisions that a story told.
func holdings(lines []string, days int) (list []string) {
	held, k := []int(nil), 0
	for day := range days {
		end := strategytest.Story{}.Start() + market.Time(day+2)*market.Day
		for ; k < len(lines); k++ {
			words := strings.Fields(lines[k])
			if at, _ := market.ParseTime(words[0]); at >= end {
				break
			}
			a := int(words[4][1] - '0')
			if held = slices.DeleteFunc(held, func(b int) bool { return a == b }); words[2] == "buy" {
				held = append(held, a)
			}
		}
		slices.Sort(held)
		list = append(list, fmt.Sprint(held))
	}
	return list
}
