package sim

import "slices"

// ladder holds resting orders by the price that triggers them, the one that is met
// first at the end, so that a bar which triggers none costs one comparison.
type ladder struct {
	rising bool // the price must rise to meet them
	rungs  []rung
}

// rung is an order with its price, or minus its price where the price must rise: the
// greatest is met first.
type rung struct {
	key float64
	w   *working
}

func (l *ladder) key(price float64) float64 {
	if l.rising {
		return -price
	}
	return price
}

// meets reports whether a bar's extreme reaches any order.
func (l *ladder) meets(extreme float64) bool {
	n := len(l.rungs)
	return n > 0 && l.rungs[n-1].key >= l.key(extreme)
}

// search returns the first rung with a key of at least k.
func (l *ladder) search(k float64) int {
	i, _ := slices.BinarySearchFunc(l.rungs, k, func(r rung, k float64) int {
		if r.key < k {
			return -1
		}
		return 1
	})
	return i
}

func (l *ladder) add(w *working, price float64) {
	k := l.key(price)
	l.rungs = slices.Insert(l.rungs, l.search(k), rung{k, w})
}

func (l *ladder) remove(w *working) {
	price, _ := w.trigger()
	for i := l.search(l.key(price)); i < len(l.rungs); i++ {
		if l.rungs[i].w == w {
			l.rungs = slices.Delete(l.rungs, i, i+1)
			return
		}
	}
}

// take removes the orders that a bar's extreme reaches, and appends them to list.
func (l *ladder) take(extreme float64, list []*working) []*working {
	if !l.meets(extreme) {
		return list
	}
	first := l.search(l.key(extreme))
	for _, r := range l.rungs[first:] {
		list = append(list, r.w)
	}
	clear(l.rungs[first:])
	l.rungs = l.rungs[:first]
	return list
}
