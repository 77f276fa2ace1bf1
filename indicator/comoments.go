package indicator

import "math"

// comoments are the moments of the last n pairs (x, y) and what the two have in common:
// the sum of the products of their deviations, taken as [moments] take theirs.
type comoments struct {
	x, y     moments
	products compensated // of deviations from the pivots
}

// makeComoments panics on a period below 2: one point has no direction.
func makeComoments(period int) comoments {
	checkLeast(period, 2)
	return comoments{x: makeMoments(period), y: makeMoments(period)}
}

// push adds a pair.
func (c *comoments) push(x, y float64) {
	i := c.x.next
	if c.x.full {
		c.products.add(-c.product(i))
	}
	freshX, freshY := c.x.push(x), c.y.push(y)
	if !freshX && !freshY {
		c.products.add(c.product(i))
		return
	}
	c.products = compensated{}
	for k := range c.x.held() {
		c.products.add(c.product(k))
	}
}

// product returns that of the deviations of the pair in a place of the rings.
func (c *comoments) product(i int) float64 {
	return float64((c.x.values[i] - c.x.pivot) * (c.y.values[i] - c.y.pivot))
}

// scatter returns the sum of the products of the deviations from the two means.
func (c *comoments) scatter() float64 {
	mean := c.y.sum.over(float64(len(c.y.values)))
	return c.products.value() - float64(c.x.sum.value()*mean)
}

// slope returns that of the line through the pairs that is nearest to them by squares
// of y, or 0 where x has not moved.
func (c *comoments) slope() float64 {
	scatter := c.x.scatter()
	if scatter == 0 {
		return 0
	}
	return c.scatter() / scatter
}

// likeness returns the coefficient of correlation, from −1 to 1, or 0 where x or y has
// not moved.
func (c *comoments) likeness() float64 {
	size := math.Sqrt(c.x.scatter()) * math.Sqrt(c.y.scatter())
	if size == 0 {
		return 0
	}
	return min(max(c.scatter()/size, -1), 1)
}

// remainder returns the mean squared distance of the pairs from their line.
func (c *comoments) remainder() float64 {
	r := c.likeness()
	return c.y.variance() * ((1 - r) * (1 + r))
}
