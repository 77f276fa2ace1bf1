package sim_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// This file walks bars tick by tick, as a naive reading of semantics X4 to X7 has it,
// and holds the venue against that.

// seeds returns how many random cases a test runs: SIGNALMAN_SEEDS, or few.
func seeds(few uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv("SIGNALMAN_SEEDS"), 10, 32); err == nil {
		return n
	}
	return few
}

// walked is a bar in ticks.
type walked struct{ open, high, low, close int }

// path lists every tick that the bar visits, to the low or to the high first.
func (b walked) path(lowFirst bool) []int {
	turns := []int{b.low, b.high, b.close}
	if !lowFirst {
		turns = []int{b.high, b.low, b.close}
	}
	list := []int{b.open}
	for _, to := range turns {
		for p := list[len(list)-1]; p != to; {
			if p < to {
				p++
			} else {
				p--
			}
			list = append(list, p)
		}
	}
	return list
}

// naive is an order on its way; prices are in ticks.
type naive struct {
	number        int
	side          market.Side
	kind          market.Type
	limit, stop   int
	quantity      int
	rested, alive bool
	active        bool
}

// naiveFill is what became of it in a bar.
type naiveFill struct {
	price         int
	atOpen, maker bool
}

// atLeast reports whether a price is as good for the order as another.
func (n *naive) atLeast(price, than int) bool {
	if n.side == market.Buy {
		return price <= than
	}
	return price >= than
}

// reaches reports whether a price is at the stop or beyond.
func (n *naive) reaches(price int) bool {
	if n.side == market.Buy {
		return price >= n.stop
	}
	return price <= n.stop
}

// rest looks for the limit to be traded through.
func (n *naive) rest(path []int, touch bool) *naiveFill {
	for _, p := range path {
		if n.atLeast(p, n.limit) && (p != n.limit || touch) {
			return &naiveFill{n.limit, false, true}
		}
	}
	return nil
}

// meet is what a path does to the order; active tells whether its stop was reached.
func (n *naive) meet(path []int, touch bool) (fill *naiveFill, active bool) {
	switch {
	case n.kind == market.Market:
		return &naiveFill{path[0], true, false}, false
	case n.kind == market.Limit && !n.rested && n.atLeast(path[0], n.limit):
		return &naiveFill{path[0], true, false}, false
	case n.kind == market.Limit || n.active:
		return n.rest(path, touch), n.active
	}
	at := slices.IndexFunc(path, n.reaches)
	switch {
	case at < 0:
		return nil, false
	case n.kind == market.Stop || n.atLeast(path[at], n.limit):
		return &naiveFill{path[at], at == 0, false}, true
	}
	return n.rest(path[at:], touch), true
}

// scene is a random market with random orders of one strategy.
type scene struct {
	bars   []walked
	orders []naive // by number, from 1; number 1 buys the stock
	from   []int   // the bar at whose close each is decided
	path   sim.Path
	touch  bool
	maker  int // fees in thousandths
	taker  int
}

func randomScene(r *rand.Rand, orders int) *scene {
	s := &scene{path: sim.Path(r.IntN(3)), touch: r.IntN(4) == 0, maker: r.IntN(3), taker: r.IntN(30)}
	price := 1000
	for range 8 {
		open := price
		if r.IntN(3) == 0 {
			open += r.IntN(21) - 10
		}
		price = open + r.IntN(15) - 7
		wick := 1 + r.IntN(30)
		s.bars = append(s.bars, walked{open, max(open, price) + r.IntN(wick), min(open, price) - r.IntN(wick), price})
	}
	s.orders = []naive{{number: 1, side: market.Buy, kind: market.Market, quantity: 1000}}
	s.from = []int{0}
	for k := range orders {
		n := naive{number: k + 2, side: market.Buy, kind: market.Market + market.Type(r.IntN(4)), quantity: 1 + r.IntN(9)}
		if r.IntN(2) == 0 {
			n.kind = market.StopLimit // the one that depends on the path
		}
		if r.IntN(2) == 0 {
			n.side = market.Sell
		}
		from := 1 + r.IntN(3)
		last := s.bars[from].close
		n.limit, n.stop = last+r.IntN(25)-12, last+r.IntN(25)-12
		s.orders, s.from = append(s.orders, n), append(s.from, from)
	}
	return s
}

// expected walks the whole scene: one path a bar for all orders.
func (s *scene) expected() []string {
	var list []string
	for i := range s.bars {
		fills, actives := s.choose(i)
		for k := range s.orders {
			n := &s.orders[k]
			if !n.alive {
				continue
			}
			n.rested, n.active = true, actives[k]
			if f := fills[k]; f != nil {
				n.alive = false
				list = append(list, fmt.Sprintf("bar %d order %d at %d open %v maker %v", i, n.number, f.price, f.atOpen, f.maker))
			}
		}
		s.arrive(i, &list)
	}
	slices.Sort(list)
	return list
}

// arrive lets the orders decided at the close of bar i arrive.
func (s *scene) arrive(i int, list *[]string) {
	for k := range s.orders {
		n := &s.orders[k]
		if s.from[k] != i {
			continue
		}
		n.alive = true
		if (n.kind == market.Stop || n.kind == market.StopLimit) && n.reaches(s.bars[i].close) {
			n.alive = false
			*list = append(*list, fmt.Sprintf("order %d rejected", n.number))
		}
	}
}

// choose takes the path of a bar (X7).
func (s *scene) choose(i int) ([]*naiveFill, []bool) {
	low, lowActive, lowGain := s.try(i, true)
	high, highActive, highGain := s.try(i, false)
	b := s.bars[i]
	useHigh := highGain < lowGain
	switch s.path {
	case sim.Optimistic:
		useHigh = highGain > lowGain
	case sim.OHLC:
		useHigh = b.high-b.open < b.open-b.low
	}
	if useHigh {
		return high, highActive
	}
	return low, lowActive
}

// try walks one path and returns what it changes in the equity at the close, in
// thousandths of a tick.
func (s *scene) try(i int, lowFirst bool) (fills []*naiveFill, actives []bool, gain int) {
	path := s.bars[i].path(lowFirst)
	fills, actives = make([]*naiveFill, len(s.orders)), make([]bool, len(s.orders))
	for k := range s.orders {
		n := &s.orders[k]
		if !n.alive {
			continue
		}
		fills[k], actives[k] = n.meet(path, s.touch)
		if f := fills[k]; f != nil {
			fee, sign := s.taker, 1
			if f.maker {
				fee = s.maker
			}
			if n.side == market.Sell {
				sign = -1
			}
			gain += n.quantity * (sign*1000*(s.bars[i].close-f.price) - fee*f.price)
		}
	}
	return fills, actives, gain
}

func ticks(n int) string { return market.Price(float64(n)/100, 2).String() }

// played runs the scene on the venue and says the same in the same words.
func (s *scene) played(t *testing.T) []string {
	var rows []string
	for _, b := range s.bars {
		rows = append(rows, fmt.Sprintf("%s %s %s %s", ticks(b.open), ticks(b.high), ticks(b.low), ticks(b.close)))
	}
	o := off()
	o.Path, o.Touch = s.path, s.touch
	in := coin()
	in.Fees = market.Fees{Maker: dec(strconv.Itoa(s.maker)).Shift(-3), Taker: dec(strconv.Itoa(s.taker)).Shift(-3), InQuote: true}
	p := newPlay(t, in, o, bars(rows...))
	for k, n := range s.orders {
		one := order(n.side, n.kind, strconv.Itoa(n.quantity))
		one.ID = market.OrderID{Strategy: "x", Sequence: uint32(n.number)}
		if one.Priced() {
			one.Price = dec(ticks(n.limit))
		}
		if one.Triggered() {
			one.Stop = dec(ticks(n.stop))
		}
		p.submit(at(s.from[k]+1, 0), one)
	}
	p.run()
	return s.told(p)
}

func (s *scene) told(p *play) []string {
	var list []string
	for _, u := range p.fills {
		switch f := u.Fill; {
		case f != nil:
			bar := int((u.Time-start)/minute) - 1
			price := f.Price.Shift(2)
			list = append(list, fmt.Sprintf("bar %d order %d at %s open %v maker %v", bar, u.ID.Sequence, price, f.Time != u.Time, f.Maker))
		case u.State == market.Rejected:
			list = append(list, fmt.Sprintf("order %d rejected", u.ID.Sequence))
		}
	}
	slices.Sort(list)
	return list
}

func compareScenes(t *testing.T, few uint64, orders func(*rand.Rand) int) {
	for seed := range seeds(few) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := randomScene(r, orders(r))
		before := fmt.Sprintf("%+v", *s)
		got := s.played(t)
		if want := s.expected(); !slices.Equal(got, want) {
			t.Fatalf("seed %d: the venue did\n\t%q\nthe walk did\n\t%q\n%s", seed, got, want, before)
		}
	}
}

// TestOneOrderAgreesWithAWalk: every type of order, resting over several bars.
func TestOneOrderAgreesWithAWalk(t *testing.T) {
	compareScenes(t, 3000, func(*rand.Rand) int { return 1 })
}

// TestOrdersShareOnePath: all orders of a strategy live through the same path of a
// bar, the one that is worst or best for them together.
func TestOrdersShareOnePath(t *testing.T) {
	compareScenes(t, 3000, func(r *rand.Rand) int { return 2 + r.IntN(3) })
}
