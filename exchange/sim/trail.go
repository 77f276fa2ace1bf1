package sim

import (
	"math"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// trails holds the trailing stops of one side that follow the price. Those with the
// same best price stand in one group. A new best price overtakes the groups whose best
// is worse and makes them one, so that a bar costs the groups that it overtakes, and a
// comparison where there is none, however many orders there are.
//
// Prices are kept as heights, which are minus the price for buys: the best is the
// highest for both sides.
type trails struct {
	buys   bool
	groups []trailGroup // the best price falls from group to group
}

// trailGroup is what follows one best price. Distances are lower bounds: an order that
// left may have been the nearest.
type trailGroup struct {
	best      float64
	by, share float64 // the least distance in quote, and as a fraction of the price
	near      float64 // the highest stop of this group and of those before it
	orders    []*working
}

// height returns the height of a price, and the price of a height.
func (s *trails) height(price float64) float64 {
	if s.buys {
		return -price
	}
	return price
}

// extremes returns the greatest and the least height of a bar.
func (s *trails) extremes(low, high float64) (top, bottom float64) {
	if s.buys {
		return -low, -high
	}
	return high, low
}

// level returns a height that no stop of a group is above while its best is at top.
// Stops are rounded away from the market, so the exact one is at most this, but for
// the error of floats.
func (g *trailGroup) level(top float64) float64 {
	share := float64(math.Abs(top) * g.share)
	return max(top-g.by, top-share) + float64(math.Abs(top)*1e-12)
}

// distances returns an order's distance in quote, or as a fraction of the price; the
// other one is infinite.
func (w *working) distances() (by, share float64) {
	x := market.Float(w.order.Trail.By)
	switch w.order.Trail.Unit {
	case market.TrailPercent:
		return math.Inf(1), x / 100
	case market.TrailBps:
		return math.Inf(1), x / 10_000
	}
	return x, math.Inf(1)
}

// add lets an order follow from its best price on.
func (s *trails) add(w *working) {
	top := s.height(w.best)
	at, found := slices.BinarySearchFunc(s.groups, top, func(g trailGroup, top float64) int {
		switch {
		case g.best > top:
			return -1
		case g.best < top:
			return 1
		}
		return 0
	})
	if !found {
		s.groups = slices.Insert(s.groups, at, trailGroup{best: top, by: math.Inf(1), share: math.Inf(1)})
	}
	g := &s.groups[at]
	by, share := w.distances()
	g.by, g.share, g.orders = min(g.by, by), min(g.share, share), append(g.orders, w)
	s.renew(at)
}

// renew keeps near in step from a group on.
func (s *trails) renew(at int) {
	for ; at < len(s.groups); at++ {
		g := &s.groups[at]
		g.near = g.level(g.best)
		if at > 0 {
			g.near = max(g.near, s.groups[at-1].near)
		}
	}
}

func (s *trails) remove(w *working) {
	for k := range s.groups {
		g := &s.groups[k]
		if i := slices.Index(g.orders, w); i >= 0 {
			w.best = s.height(g.best)
			if g.orders = slices.Delete(g.orders, i, i+1); len(g.orders) == 0 {
				s.groups = slices.Delete(s.groups, k, k+1)
				s.renew(k)
			}
			return
		}
	}
}

// stirs reports whether a bar may concern any of the stops. Where something else
// stirs too, nothing moves: take must follow.
func (s *trails) stirs(low, high float64, other bool) bool {
	return len(s.groups) > 0 && !other && s.meets(low, high)
}

// meets follows a bar, and reports whether it may reach the stop of any order: then
// nothing has moved, and take must follow.
func (s *trails) meets(low, high float64) bool {
	n := len(s.groups)
	if n == 0 {
		return false
	}
	top, bottom := s.extremes(low, high)
	if last := &s.groups[n-1]; top <= last.best {
		return last.near >= bottom
	}
	k := n - 1
	for k > 0 && s.groups[k-1].best < top {
		k--
	}
	near := math.Inf(-1)
	if k > 0 {
		near = s.groups[k-1].near
	}
	for i := k; i < n; i++ {
		near = max(near, s.groups[i].level(top))
	}
	if near >= bottom {
		return true
	}
	s.merge(k, top)
	return false
}

// merge makes one group of those from k on, which follow to top.
func (s *trails) merge(k int, top float64) {
	if k >= len(s.groups) {
		return
	}
	all := s.groups[k]
	for _, g := range s.groups[k+1:] {
		if len(g.orders) > len(all.orders) {
			all.orders, g.orders = g.orders, all.orders
		}
		all.orders = append(all.orders, g.orders...)
		all.by, all.share = min(all.by, g.by), min(all.share, g.share)
	}
	all.best = top
	clear(s.groups[k+1:])
	s.groups = s.groups[:k+1]
	s.groups[k] = all
	s.renew(k)
}

// take removes the orders whose stop a bar may reach, with the best price that they
// had before it, appends them to list, and lets the others follow the bar.
func (s *trails) take(low, high float64, list []*working) []*working {
	top, bottom := s.extremes(low, high)
	kept := s.groups[:0]
	for _, g := range s.groups {
		rest := g.orders[:0]
		one := trailGroup{}
		for _, w := range g.orders {
			if one.by, one.share = w.distances(); one.level(max(g.best, top)) >= bottom {
				w.best = s.height(g.best)
				list = append(list, w)
				continue
			}
			rest = append(rest, w)
		}
		clear(g.orders[len(rest):])
		if g.orders = rest; len(rest) > 0 {
			kept = append(kept, g)
		}
	}
	clear(s.groups[len(kept):])
	s.groups = kept
	s.tighten()
	s.renew(0)
	k := len(s.groups)
	for k > 0 && s.groups[k-1].best < top {
		k--
	}
	s.merge(k, top)
	return list
}

// tighten makes the least distances exact again.
func (s *trails) tighten() {
	for k := range s.groups {
		g := &s.groups[k]
		g.by, g.share = math.Inf(1), math.Inf(1)
		for _, w := range g.orders {
			by, share := w.distances()
			g.by, g.share = min(g.by, by), min(g.share, share)
		}
	}
}
