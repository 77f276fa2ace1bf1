package grid

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Lines of a cheap asset fall on the same ticks: those are one. A grid laid anew there has
// fewer lines than the price had crossed of the last one.
func TestLinesOnTicks(t *testing.T) {
	g, in := newLattice(), market.Instrument{Tick: decimal.New(1, -2)}
	g.draw(in, 100, 161.051, 1.1, 5)
	if diff := cmp.Diff([]float64{100, 110, 121, 133.1, 146.41, 161.05}, g.lines); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if g.crossed(150); g.at != 5 || g.crossed(155) || !g.crossed(130) || g.at != 3 {
		t.Errorf("at line %d", g.at)
	}
	g.draw(in, 0.02, 0.0322, 1.1, 5)
	if diff := cmp.Diff([]float64{0.02, 0.03}, g.lines); diff != "" || len(g.cells) != 1 {
		t.Errorf("%d cells (-want +got)\n%s", len(g.cells), diff)
	}
	if g.crossed(0.025); g.at != 1 || g.outside(0.03) || !g.outside(0.01) {
		t.Errorf("at line %d", g.at)
	}
	if g.draw(in, 0.001, 0.002, 1.1, 5); len(g.cells) != 0 {
		t.Errorf("%d cells below a tick", len(g.cells))
	}
}
