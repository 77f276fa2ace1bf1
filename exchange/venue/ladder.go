package venue

import "slices"

// rungs is how many levels of the book there are on each side.
const rungs = 200

// A ladder is the order book as it follows from the last deal: its price on the side that
// was taken from, the other side a tick away, and levels a tick apart whose quantities
// depend on the seed and the price alone. The best level of each side changes with every
// deal. Orders of the account are not on it.
type ladder struct {
	bid, ask int64 // best prices in units; 0: there is no deal yet
	tick     int64 // between levels: the filter of now
	update   int64
}

// ladder returns the book of now.
func (p *pit) ladder() ladder {
	if p.last.time == 0 {
		return ladder{tick: 1}
	}
	tick := max(1, p.book.Tick.Shift(p.scale.price).IntPart())
	l := ladder{update: p.update(), tick: tick}
	if p.last.maker { // the last one sold
		l.bid = p.last.price / tick * tick
		l.ask = l.bid + tick
	} else {
		l.ask = (p.last.price + tick - 1) / tick * tick
		l.bid = l.ask - tick
	}
	return l
}

// holds reports whether a price is a level of a side.
func (l *ladder) holds(price int64, asks bool) bool {
	switch {
	case price <= 0 || price%l.tick != 0:
		return false
	case asks:
		return l.ask > 0 && price >= l.ask && price < l.ask+rungs*l.tick
	}
	return price <= l.bid && price > l.bid-rungs*l.tick
}

// quantity returns what a level offers.
func (p *pit) quantity(l *ladder, price int64) int64 {
	x := mix(p.tape.seed ^ uint64(price))
	if price == l.bid || price == l.ask {
		x = mix(x ^ uint64(l.update))
	}
	return 1 + int64(x%uint64(2*p.level))
}

// appendSide writes the best levels of a side, at most so many.
func (p *pit) appendSide(b []byte, l *ladder, asks bool, most int) []byte {
	b = append(b, '[')
	best, step := l.bid, -l.tick
	if asks {
		best, step = l.ask, l.tick
	}
	for i := range min(most, rungs) {
		price := best + int64(i)*step
		if !l.holds(price, asks) {
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = p.appendLevel(b, price, p.quantity(l, price))
	}
	return append(b, ']')
}

func (p *pit) appendLevel(b []byte, price, quantity int64) []byte {
	b = p.appendPrice(append(b, '['), price)
	return append(p.appendQuantity(append(b, ','), quantity), ']')
}

// appendChange writes the levels of a side that changed while the book stood as it was
// seen to stand, the last of them now; those that are gone with a quantity of 0.
func (p *pit) appendChange(b []byte, seen []ladder, asks bool) []byte {
	is, first := &seen[len(seen)-1], true
	b = append(b, '[')
	for _, price := range touched(seen, asks) {
		quantity := int64(0)
		if is.holds(price, asks) {
			quantity = p.quantity(is, price)
		}
		if !first {
			b = append(b, ',')
		}
		b, first = p.appendLevel(b, price, quantity), false
	}
	return append(b, ']')
}

// touched returns the prices whose quantity was not the same all the time: the best ones,
// and those that were not always a level.
func touched(seen []ladder, asks bool) (prices []int64) {
	for i := range seen {
		best, step := seen[i].bid, -seen[i].tick
		if asks {
			best, step = seen[i].ask, seen[i].tick
		}
		for k := range int64(rungs) {
			price := best + k*step
			if !seen[i].holds(price, asks) {
				break
			}
			steady := k > 0
			for j := 0; steady && j < len(seen); j++ {
				steady = seen[j].holds(price, asks) && price != seen[j].bid && price != seen[j].ask
			}
			if !steady {
				prices = append(prices, price)
			}
		}
	}
	slices.Sort(prices)
	return slices.Compact(prices)
}
